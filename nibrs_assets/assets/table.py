"""The asset of a table, of whichever layer: its SQL run over the partitions of a year, checked, published."""

import hashlib
from collections.abc import Iterator
from typing import Any

import dagster as dg

from nibrs_assets.assets.columns import COLUMN_ORIGINS, column_lineage, column_origins, column_schema
from nibrs_assets.assets.failure import failing_for_people
from nibrs_assets.automation.following import follows
from nibrs_assets.automation.limits import RETRIES, TABLES
from nibrs_assets.checks.contract import check_specs, check_table
from nibrs_assets.checks.findings import why_stopped
from nibrs_assets.errors import NibrsError
from nibrs_assets.layouts import shipped_layouts
from nibrs_assets.partitions import ONE_YEAR_A_RUN, SAME_YEAR, years_of
from nibrs_assets.places import PLACE_TABLES
from nibrs_assets.reference import REFERENCE
from nibrs_assets.resources.duck import write_query, year_session
from nibrs_assets.resources.lake import Lake
from nibrs_assets.settings import Settings
from nibrs_assets.tables import Table, shipped_tables
from nibrs_assets.views import prelude, views_under
from nibrs_assets.year_checks import gates, with_checks


def tables_in(layer: str) -> list[dg.AssetsDefinition]:
    """An asset per table of `layer`."""
    return [table_asset(table, follows(table.kinds)) for table in shipped_tables().values() if table.layer == layer]


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
        year = int(context.partition_key)
        path = lake.path(table.layer, table.name, year)
        with failing_for_people(), lake.staging() as folder:
            staged = folder / "table.parquet"
            _refuse_stopped(lake, table, year)
            with year_session(lake, shipped_layouts(), in_session, year, settings, folder) as connection:
                rows = write_query(connection, table.sql, staged)
                results = check_table(connection, table, key, staged)
            if reasons := why_stopped(results):
                # Whoever reads this table, the load into the warehouse among them, finds that the year has none.
                lake.remove(path)
                yield from results
                raise NibrsError(f"the year is kept out of the warehouse, as {'; '.join(reasons)}")
            lake.publish(staged, path)
            size = lake.size(path)
        metadata: dict[str, Any] = {
            "dagster/row_count": rows,
            "dagster/uri": lake.uri(path),
            "dagster/column_lineage": column_lineage(table),
            "bytes": size,
        }
        yield dg.MaterializeResult(asset_key=key, metadata=metadata, check_results=results)

    return made_by_sql


def _refuse_stopped(lake: Lake, table: Table, year: int) -> None:
    """Raises `NibrsError` where a table of several kinds of file would be made from one whose year a check has stopped."""
    if len(table.kinds) == 1:
        return
    for name, kinds in gates().items():
        is_there = any(
            lake.exists(lake.path(layer, read, year))
            for layer, read in table.inputs
            if shipped_tables()[read].kinds == kinds
        )
        gate = shipped_tables()[name]
        if set(kinds) <= set(table.kinds) and is_there and not lake.exists(lake.path(gate.layer, name, year)):
            titles = " and ".join(shipped_layouts().kinds[kind].title for kind in kinds)
            raise NibrsError(
                f"{titles} {year} is not whole, or was stopped by a check ({gate.layer}/{name} is not there); materialize it first"
            )


def _dependency(table: Table, read: tuple[str, str]) -> dg.AssetDep:
    """What a table reads, of the same year."""
    return dg.AssetDep(dg.AssetKey(read), partition_mapping=SAME_YEAR if len(table.kinds) > 1 else None)


def _places(table: Table) -> list[dg.AssetDep]:
    """The tables of places that a table reads, which users may change."""
    return [dg.AssetDep(dg.AssetKey([REFERENCE, name])) for name in table.reference if name in PLACE_TABLES]


def _code_version(table: Table) -> str:
    """Changes with the table's SQL and with the views and code tables under it."""
    text = "\n".join(
        [
            table.sql,
            *views_under(table.sql).values(),
            *prelude(shipped_layouts(), 0, table.segments, table.codes, table.reference),
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()[:12]
