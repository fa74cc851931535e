"""The asset of a table, of whichever layer: its SQL run over the partitions of a year, checked, published."""

import hashlib
from collections.abc import Iterator
from typing import Any

import dagster as dg

from nibrs_assets.catalog.checks import with_checks
from nibrs_assets.catalog.model import REFERENCE, Table
from nibrs_assets.catalog.places import place_tables
from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.catalog.views import prelude
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.failure import failing_for_people
from nibrs_assets.defs.assets.metadata import COLUMN_ORIGINS, column_lineage, column_origins, column_schema
from nibrs_assets.defs.automation import follows
from nibrs_assets.defs.checks import check_result, check_specs
from nibrs_assets.defs.limits import RETRIES, TABLES
from nibrs_assets.defs.partitions import ONE_YEAR_A_RUN, SAME_YEAR, years_of
from nibrs_assets.engine.build import build_table
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts


def table_assets() -> list[dg.AssetsDefinition]:
    """An asset per harmonized table and mart."""
    return [table_asset(table, follows(table.kinds)) for table in shipped_tables().values()]


def table_asset(table: Table, condition: "dg.AutomationCondition[Any] | None") -> dg.AssetsDefinition:
    """The asset of `table`, which is made by itself on `condition`, if there is one."""
    key = dg.AssetKey([table.layer, table.name])
    in_session = with_checks(table)

    @dg.asset(
        key=key,
        deps=[*(_dependency(table, read) for read in in_session.inputs), *_places(in_session)],
        group_name=table.layer,
        kinds={"duckdb", "parquet"},
        partitions_def=years_of(table.kinds),
        backfill_policy=ONE_YEAR_A_RUN,
        automation_condition=condition,
        pool=TABLES,
        retry_policy=RETRIES,
        description=table.description,
        code_version=_code_version(table),
        check_specs=check_specs(table, key),
        metadata={"dagster/column_schema": column_schema(table), COLUMN_ORIGINS: column_origins(table)},
    )
    def made_by_sql(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        with failing_for_people():
            built = build_table(lake, settings, table, int(context.partition_key))
            results = [check_result(check, key) for check in built.checks]
            if built.path is None:
                yield from results
                raise NibrsError(f"the year is kept out of the warehouse, as {'; '.join(built.reasons)}")
        metadata: dict[str, Any] = {
            "dagster/row_count": built.rows,
            "dagster/uri": lake.uri(built.path),
            "dagster/column_lineage": column_lineage(table),
            "bytes": built.bytes,
        }
        yield dg.MaterializeResult(asset_key=key, metadata=metadata, check_results=results)

    return made_by_sql


def _dependency(table: Table, read: tuple[str, str]) -> dg.AssetDep:
    """What a table reads, of the same year."""
    return dg.AssetDep(dg.AssetKey(read), partition_mapping=SAME_YEAR if len(table.kinds) > 1 else None)


def _places(table: Table) -> list[dg.AssetDep]:
    """The tables of places that a table reads, which users may change."""
    return [dg.AssetDep(dg.AssetKey([REFERENCE, name])) for name in table.query.reference if name in place_tables()]


def _code_version(table: Table) -> str:
    """Changes with the table's SQL and with the views and code tables under it."""
    query = table.query
    under = prelude(shipped_layouts(), 0, query.segments, query.codes, query.reference)
    text = "\n".join([query.sql, *query.views.values(), *under])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
