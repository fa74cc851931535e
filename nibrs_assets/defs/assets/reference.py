"""reference: code tables, series breaks and places, of no year; as Parquet in the lake and as tables in Postgres.

Each file in the lake has in its footer the version of what it was made from, and Postgres keeps the versions it has loaded, so
that a run can skip these tables when nothing has changed.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from nibrs_assets.catalog.csv_tables import arrow_schema
from nibrs_assets.catalog.model import REFERENCE, CsvSource, Table
from nibrs_assets.catalog.places import place_batches, place_tables
from nibrs_assets.catalog.reference import rows_version, select_rows, shipped_reference_tables
from nibrs_assets.core.parquet import ParquetFile
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.defs.limits import RETRIES, WAREHOUSE
from nibrs_assets.lake.lake import Lake
from nibrs_assets.warehouse.ddl import SCHEMA
from nibrs_assets.warehouse.load import Warehouse

_VERSION = "nibrs_source_version"
"""What the footer of a reference table calls the version of its rows."""


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
            version = rows_version(table, settings.places_dir)
            path = lake.path(REFERENCE, table.name, None)
            with user_errors_as_failures(), lake.staging() as folder:
                staged = folder / "table.parquet"
                rows = _write(table, settings, staged, version)
                lake.publish(staged, path)
            metadata: dict[str, Any] = {"dagster/row_count": rows, "dagster/uri": lake.uri(path)}
            data_version = dg.DataVersion(version)
            yield dg.MaterializeResult(asset_key=[REFERENCE, table.name], metadata=metadata, data_version=data_version)

    return reference_lake


def _write(table: Table, settings: Settings, path: Path, version: str) -> int:
    """Write the rows of a table, and their version, to a Parquet file; how many rows there are."""
    if isinstance(table.filled_by, CsvSource):
        schema, batches = arrow_schema(table), place_batches(table, settings.places_dir)
    else:
        with duckdb.connect() as connection:
            rows = connection.sql(select_rows(table)).to_arrow_table()
        schema, batches = rows.schema, iter(rows.to_batches())
    with ParquetFile(path, schema) as file:
        for batch in batches:
            file.write(batch)
        file.note({_VERSION: version})
    return file.rows


def _version_in(lake: Lake, path: str) -> str:
    """The version of the rows in a reference table of the lake; empty if it is not there, can't be read or has none."""
    if not lake.exists(path):
        return ""
    with suppress(pa.ArrowInvalid), lake.open(path) as file:
        noted = pq.read_metadata(file).metadata or {}
        return noted.get(_VERSION.encode(), b"").decode()
    return ""


def reference_is_current(settings: Settings, lake: Lake, warehouse: Warehouse) -> bool:
    """Whether all reference tables, in the lake and in Postgres, were made from what the package and the users' files hold now."""
    wanted = _versions(settings)
    if warehouse.reference_versions() != wanted:
        return False
    return all(_version_in(lake, lake.path(REFERENCE, name, None)) == version for name, version in wanted.items())


def _versions(settings: Settings) -> dict[str, str]:
    return {name: rows_version(table, settings.places_dir) for name, table in shipped_reference_tables().items()}


def _in_the_warehouse() -> dg.AssetsDefinition:
    """All reference tables in Postgres; loading a year brings those of codes up to date as well."""

    @dg.multi_asset(name="reference_warehouse", specs=_specs("warehouse"), pool=WAREHOUSE, retry_policy=RETRIES)
    def reference_warehouse(
        lake: dg.ResourceParam[Lake], warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        with user_errors_as_failures():
            paths = {name: lake.require(REFERENCE, name, None) for name in shipped_reference_tables()}
            with lake.unchanged(paths.values()):
                versions = {name: _version_in(lake, path) for name, path in paths.items()}
                places = {name: lake.dataset(paths[name]) for name in place_tables()}
                rows = warehouse.load_reference_tables(places, versions)
        for name, count in rows.items():
            metadata = {"dagster/row_count": count}
            data_version = dg.DataVersion(versions[name])
            yield dg.MaterializeResult(asset_key=["warehouse", name], metadata=metadata, data_version=data_version)

    return reference_warehouse
