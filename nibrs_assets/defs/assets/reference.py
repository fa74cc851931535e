"""reference: code tables, series breaks and places, of no year; as Parquet in the lake and as tables in Postgres."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from nibrs_assets.catalog.csv_tables import arrow_schema
from nibrs_assets.catalog.model import REFERENCE, CsvSource, Table
from nibrs_assets.catalog.places import place_batches, place_tables
from nibrs_assets.catalog.reference import select_rows, shipped_reference_tables
from nibrs_assets.core.parquet import ParquetFile
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.defs.limits import RETRIES, WAREHOUSE
from nibrs_assets.engine.session import write_query
from nibrs_assets.lake.lake import Lake
from nibrs_assets.warehouse.ddl import SCHEMA
from nibrs_assets.warehouse.load import Warehouse


def reference_assets() -> list[dg.AssetsDefinition]:
    """The reference tables in the lake, and in the warehouse."""
    return [_in_the_lake(), _in_the_warehouse()]


def _spec(table: Table, layer: str) -> dg.AssetSpec:
    columns = [dg.TableColumn(column.name, column.postgres_type, column.description) for column in table.columns]
    in_postgres = {"dagster/table_name": f"{SCHEMA}.{table.name}"} if layer == "warehouse" else {}
    return dg.AssetSpec(
        key=[layer, table.name],
        deps=[[REFERENCE, table.name]] if layer == "warehouse" else [],
        group_name=layer,
        kinds={"postgres"} if layer == "warehouse" else {"parquet"},
        description=table.description,
        metadata={"dagster/column_schema": dg.TableSchema(columns), **in_postgres},
    )


def _specs(layer: str) -> list[dg.AssetSpec]:
    return [_spec(table, layer) for table in shipped_reference_tables().values()]


def _in_the_lake() -> dg.AssetsDefinition:
    @dg.multi_asset(name="reference_lake", specs=_specs(REFERENCE), retry_policy=RETRIES)
    def reference_lake(
        settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> Iterator[dg.MaterializeResult[None]]:
        for table in shipped_reference_tables().values():
            path = lake.path(REFERENCE, table.name, None)
            with user_errors_as_failures(), lake.staging() as folder:
                staged = folder / "table.parquet"
                rows = _write(table, settings, staged)
                lake.publish(staged, path)
            metadata: dict[str, Any] = {"dagster/row_count": rows, "dagster/uri": lake.uri(path)}
            yield dg.MaterializeResult(asset_key=[REFERENCE, table.name], metadata=metadata)

    return reference_lake


def _write(table: Table, settings: Settings, path: Path) -> int:
    """Write the rows of a table to a Parquet file; how many there are."""
    if not isinstance(table.filled_by, CsvSource):
        with duckdb.connect() as connection:
            return write_query(connection, select_rows(table), path)
    with ParquetFile(path, arrow_schema(table)) as file:
        for batch in place_batches(table, settings.places_dir):
            file.write(batch)
    return file.rows


def _in_the_warehouse() -> dg.AssetsDefinition:
    """All reference tables in Postgres; loading a year brings those of codes up to date as well."""

    @dg.multi_asset(name="reference_warehouse", specs=_specs("warehouse"), pool=WAREHOUSE, retry_policy=RETRIES)
    def reference_warehouse(
        lake: dg.ResourceParam[Lake], warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with user_errors_as_failures():
            paths = {name: lake.require(REFERENCE, name, None) for name in place_tables()}
            with lake.unchanged(paths.values()):
                rows = warehouse.load_reference_tables({name: lake.dataset(path) for name, path in paths.items()})
        for name, count in rows.items():
            yield dg.MaterializeResult(asset_key=["warehouse", name], metadata={"dagster/row_count": count})

    return reference_warehouse
