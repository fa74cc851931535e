"""DuckDB sessions over the partitions of one year in the lake."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from nibrs_assets.parquet import ParquetFile
from nibrs_assets.records import Layouts
from nibrs_assets.resources.lake import Lake
from nibrs_assets.tables import Table
from nibrs_assets.views import SCHEMAS, prelude, view_statement, views_under


@contextmanager
def year_session(
    lake: Lake, layouts: Layouts, table: Table, year: int, memory_limit: str, spill_folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB session in which the SQL of `table` runs for `year`, reading the lake; it spills to `spill_folder`.

    Raises `NibrsError` when a partition that the table reads is not in the lake.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill_folder),
        "preserve_insertion_order": True,
    }
    with duckdb.connect(config=config) as connection:
        if not lake.local:
            # DuckDB's own S3 reader is an extension that is downloaded at run time; pyarrow reads for it.
            for layer, name in table.inputs:
                connection.register(_dataset_name(layer, name), lake.dataset(lake.require(layer, name, year)))
        for statement in session_statements(lake, layouts, table, year):
            connection.execute(statement)
        yield connection


def session_statements(lake: Lake, layouts: Layouts, table: Table, year: int) -> Iterator[str]:
    """The statements after which the SQL of `table` runs; over S3 the datasets must be registered before."""
    for schema in SCHEMAS:
        yield f"CREATE SCHEMA {schema}"
    for layer, name in table.inputs:
        path = lake.require(layer, name, year)
        source = (
            f"read_parquet({_literal(path)}, hive_partitioning = false)" if lake.local else _dataset_name(layer, name)
        )
        yield f"CREATE VIEW {layer}.{name} AS FROM {source}"
    yield from prelude(layouts, year, table.segments, table.codes)
    yield from itertools.starmap(view_statement, views_under(table.sql).items())


def _dataset_name(layer: str, name: str) -> str:
    return f"{layer}_{name}_dataset"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def write_query(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    """Stream what `sql` returns into the Parquet file `path`; returns the number of rows."""
    reader = connection.sql(sql).to_arrow_reader(1 << 16)
    with ParquetFile(path, reader.schema) as file:
        for batch in reader:
            file.write(batch)
    return file.rows
