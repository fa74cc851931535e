"""The tables that SQL makes, harmonized and marts: a step per kinds of file, in which each table is an asset of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any

import dagster as dg

from nibrs_assets.catalog.checks import with_checks
from nibrs_assets.catalog.model import REFERENCE, Table
from nibrs_assets.catalog.places import place_tables
from nibrs_assets.catalog.tables import kinds_of_tables, tables_of
from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.failure import shortage, user_errors_as_failures
from nibrs_assets.defs.assets.metadata import COLUMN_ORIGINS, column_lineage, column_origins, column_schema
from nibrs_assets.defs.assets.retries import made_before
from nibrs_assets.defs.automation import follows
from nibrs_assets.defs.checks import check_result, check_specs
from nibrs_assets.defs.limits import RETRIES, TABLES
from nibrs_assets.defs.partitions import ONE_YEAR_A_RUN, SAME_YEAR, years_of
from nibrs_assets.engine.build import BuiltTable, build_tables, in_order
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts

_Event = dg.MaterializeResult[None] | dg.AssetCheckResult


def table_assets() -> list[dg.AssetsDefinition]:
    """The harmonized tables and marts: a step for those of each kind of file, and for those of several kinds together."""
    return [
        tables_step(f"{shipped_layouts().name_of(kinds)}_tables", list(tables_of(*kinds).values()), follows(kinds))
        for kinds in kinds_of_tables()
    ]


def tables_step(
    name: str, tables: Sequence[Table], condition: "dg.AutomationCondition[Any] | None"
) -> dg.AssetsDefinition:
    """The assets of `tables`, all made of the same kinds of file; any of them can be materialized alone.

    They are made by themselves on `condition`, if there is one.
    """
    by_key = {_key(table): table for table in tables}
    [kinds] = {table.kinds for table in tables}

    @dg.multi_asset(
        name=name,
        specs=[_spec(table, condition) for table in tables],
        check_specs=[spec for key, table in by_key.items() for spec in check_specs(table, key)],
        can_subset=True,
        partitions_def=years_of(kinds),
        backfill_policy=ONE_YEAR_A_RUN,
        pool=TABLES,
        retry_policy=RETRIES,
    )
    def tables_of_year(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> Iterator[_Event]:
        year = int(context.partition_key)
        selected = in_order([by_key[key] for key in context.selected_asset_keys])
        made = made_before(context, list(map(_key, selected)))
        for key, metadata in made.items():
            context.log.info(f"{key.to_user_string()} was made before the retry; it stays as it is")
            yield dg.MaterializeResult(asset_key=key, metadata=metadata)
        wanted = [table for table in selected if _key(table) not in made]
        failed: list[BuiltTable] = []
        with closing(build_tables(lake, settings, wanted, year)) as building:
            for number, built in enumerate(iter(partial(_next, building), None), start=1):
                yield from _events(context, lake, built)
                if built.path is None:
                    failed.append(built)
                else:
                    took = f"{built.rows:,} rows in {built.seconds:.1f} s"
                    context.log.info(f"{_key(built.table).to_user_string()}: {took} ({number} of {len(wanted)} tables)")
        with user_errors_as_failures():
            _raise_failures(failed)

    return tables_of_year


def _spec(table: Table, condition: "dg.AutomationCondition[Any] | None") -> dg.AssetSpec:
    reads = with_checks(table)
    return dg.AssetSpec(
        key=_key(table),
        deps=[*(_dependency(table, read) for read in reads.inputs), *_places(reads)],
        group_name=table.layer,
        kinds={"duckdb", "parquet"},
        automation_condition=condition,
        description=table.description,
        code_version=table.query.version,
        metadata={"dagster/column_schema": column_schema(table), COLUMN_ORIGINS: column_origins(table)},
    )


def _key(table: Table) -> dg.AssetKey:
    return dg.AssetKey([table.layer, table.name])


def _next(building: Iterator[BuiltTable]) -> BuiltTable | None:
    with user_errors_as_failures():
        return next(building, None)


def _events(context: dg.AssetExecutionContext, lake: Lake, built: BuiltTable) -> Iterator[_Event]:
    """What Dagster is told of a table: that it was materialized, and how those of its checks ended that the run has selected."""
    key = _key(built.table)
    selected = {check.name for check in context.selected_asset_check_keys if check.asset_key == key}
    checks = [check_result(check, key) for check in built.checks if check.name in selected]
    if built.path is None:
        yield from checks
        return
    metadata: Mapping[str, Any] = {
        "dagster/row_count": built.rows,
        "dagster/uri": lake.uri(built.path),
        "dagster/column_lineage": column_lineage(built.table),
        "bytes": built.bytes,
        "seconds": round(built.seconds, 2),
    }
    yield dg.MaterializeResult(asset_key=key, metadata=metadata, check_results=checks)


def _raise_failures(failed: Sequence[BuiltTable]) -> None:
    """Raises what failed in one error, if anything did; one that may pass (`PassingError`) when one of them may."""
    if not failed:
        return
    message = "; ".join(f"{built.table.layer}/{built.table.name}: {_why(built)}" for built in failed)
    may_pass = any(isinstance(built.failure, PassingError) for built in failed)
    raise PassingError(message) if may_pass else NibrsError(message)


def _why(built: BuiltTable) -> str:
    if built.failure:
        return shortage(built.failure) or str(built.failure)
    return f"the year is kept out of the warehouse, as {'; '.join(built.reasons)}"


def _dependency(table: Table, read: tuple[str, str]) -> dg.AssetDep:
    """What a table reads, of the same year."""
    return dg.AssetDep(dg.AssetKey(read), partition_mapping=SAME_YEAR if len(table.kinds) > 1 else None)


def _places(table: Table) -> list[dg.AssetDep]:
    """The tables of places that a table reads, which users may change."""
    return [dg.AssetDep(dg.AssetKey([REFERENCE, name])) for name in table.query.reference if name in place_tables()]
