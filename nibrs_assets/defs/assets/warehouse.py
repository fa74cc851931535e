"""warehouse: the harmonized tables and marts in Postgres; all tables of a kind of file and year are replaced together."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from nibrs_assets.catalog.model import Table
from nibrs_assets.catalog.tables import kinds_of_tables, tables_of
from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.defs.assets.metadata import (
    COLUMN_ORIGINS,
    column_schema,
    loaded_column_lineage,
    loaded_column_origins,
)
from nibrs_assets.defs.automation import follows
from nibrs_assets.defs.limits import RETRIES, WAREHOUSE
from nibrs_assets.defs.partitions import ONE_YEAR_A_RUN, years_of
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.warehouse.ddl import SCHEMA
from nibrs_assets.warehouse.load import Warehouse


def warehouse_assets() -> list[dg.AssetsDefinition]:
    """The tables of the warehouse: a step per kind of file, and one per combination of kinds that tables read together."""
    return [_warehouse(kinds) for kinds in kinds_of_tables()]


def _warehouse(kinds: tuple[str, ...]) -> dg.AssetsDefinition:
    """The tables of these kinds of file. One step, not to be split: a reader sees a year's tables all old or all new."""
    tables = tables_of(*kinds)

    @dg.multi_asset(
        name=f"{shipped_layouts().name_of(kinds)}_warehouse",
        specs=[_spec(table) for table in tables.values()],
        partitions_def=years_of(kinds),
        backfill_policy=ONE_YEAR_A_RUN,
        pool=WAREHOUSE,
        retry_policy=RETRIES,
    )
    def warehouse_year(
        context: dg.AssetExecutionContext, lake: dg.ResourceParam[Lake], warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        year, start = int(context.partition_key), time.monotonic()
        with user_errors_as_failures():
            paths = {name: lake.require(table.layer, name, year) for name, table in tables.items()}
            with lake.unchanged(paths.values()) as still_unchanged:
                datasets = {name: lake.dataset(path) for name, path in paths.items()}
                loaded_tables = warehouse.load_year(year, tables, datasets, still_unchanged)
        rows = sum(loaded.rows for loaded in loaded_tables.values())
        took = f"{rows:,} rows in {time.monotonic() - start:.1f} s"
        context.log.info(f"{len(loaded_tables)} tables loaded into Postgres: {took}")
        for name, loaded in loaded_tables.items():
            if loaded.values_with_nul:
                context.log.warning(f"{name}: {loaded.values_with_nul:,} values held NUL bytes, replaced by U+FFFD")
            metadata: dict[str, Any] = {
                "dagster/row_count": loaded.rows,
                "dagster/column_lineage": loaded_column_lineage(tables[name]),
                "values_with_nul": loaded.values_with_nul,
            }
            yield dg.MaterializeResult(asset_key=["warehouse", name], metadata=metadata)

    return warehouse_year


def _spec(table: Table) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=["warehouse", table.name],
        deps=[[table.layer, table.name]],
        group_name="warehouse",
        kinds={"postgres"},
        description=table.description,
        automation_condition=follows(table.kinds),
        metadata={
            "dagster/table_name": f"{SCHEMA}.{table.name}",
            "dagster/column_schema": column_schema(table),
            COLUMN_ORIGINS: loaded_column_origins(table),
        },
    )
