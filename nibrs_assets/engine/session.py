"""DuckDB sessions over the partitions of one year in the lake."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.catalog.csv_tables import arrow_schema
from nibrs_assets.catalog.model import REFERENCE, Table
from nibrs_assets.catalog.places import place_batches, place_tables
from nibrs_assets.catalog.reference import empty_rows
from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.catalog.views import PREVIOUS, SCHEMAS, prelude, view_statement
from nibrs_assets.core.parquet import ROW_GROUP_ROWS, ParquetFile
from nibrs_assets.core.settings import Settings
from nibrs_assets.core.sql_text import literal
from nibrs_assets.engine.privacy import hash_key
from nibrs_assets.ingest.raw_zips import recorded
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.model import Layouts

_MOST_DISTINCT = 0.25
"""A column gets no Parquet dictionary when more than this share of its values are distinct."""


class YearSession:
    """A DuckDB session in which the SQL of tables of one year runs over the lake; what it reads is made known table by table."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, lake: Lake, layouts: Layouts, year: int, settings: Settings
    ):
        self._connection = connection
        self._lake = lake
        self._layouts = layouts
        self._year = year
        self._settings = settings
        self._executed: set[str] = set()

    @contextmanager
    def reading(self, table: Table) -> Iterator[duckdb.DuckDBPyConnection]:
        """The connection, ready for the SQL of `table`.

        For a table of several kinds of file, a kind whose year is not there is empty. Raises `NibrsError` when a partition that the
        table reads is not in the lake, or is replaced meanwhile.
        """
        files = dict(_files(self._lake, table, self._year))
        with self._lake.unchanged(files.values()):
            if not self._lake.local:
                # DuckDB's own S3 reader is an extension that is downloaded at run time; pyarrow reads for it.
                for name, path in files.items():
                    self._connection.register(name, self._lake.dataset(path))
            for name in _places_not_in_the_lake(self._lake, table):
                places = place_tables()[name]
                batches = place_batches(places, self._settings.places_dir)
                rows = pa.Table.from_batches(batches, arrow_schema(places))
                self._connection.register(_dataset_name(REFERENCE, name), rows)
            for statement in session_statements(self._lake, self._layouts, table, self._year):
                self._execute_once(statement)
            yield self._connection

    def _execute_once(self, statement: str) -> None:
        if statement not in self._executed:
            self._connection.execute(statement)
            self._executed.add(statement)


@contextmanager
def open_session(
    lake: Lake, layouts: Layouts, year: int, settings: Settings, spill_folder: Path
) -> Iterator[YearSession]:
    """A session of `year`, which takes up to the memory limit of `settings` and spills to `spill_folder`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "temp_directory": str(spill_folder),
        "preserve_insertion_order": True,
    }
    with duckdb.connect(config=config) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET VARIABLE keeps_numbers = ?", [settings.keeps_numbers])
        connection.execute("SET VARIABLE hash_key = ?", [hash_key(settings)])
        yield YearSession(connection, lake, layouts, year, settings)


@contextmanager
def year_session(
    lake: Lake, layouts: Layouts, table: Table, year: int, settings: Settings, spill_folder: Path
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session for one table alone, as `YearSession.reading` gives it."""
    with open_session(lake, layouts, year, settings, spill_folder) as session, session.reading(table) as connection:
        yield connection


def _files(lake: Lake, table: Table, year: int) -> Iterator[tuple[str, str]]:
    """The files that are there of what a table reads, by the name of their dataset."""
    for layer, name, path in _inputs(lake, table, year):
        if path:
            yield _dataset_name(layer, name), path
    for name, path in _previous(lake, table, year):
        if path:
            yield _dataset_name(PREVIOUS, name), path
    for name in _places(table):
        if name not in _places_not_in_the_lake(lake, table):
            yield _dataset_name(REFERENCE, name), lake.path(REFERENCE, name, None)


def _places(table: Table) -> list[str]:
    """The tables of places that a table reads."""
    return [name for name in table.query.reference if name in place_tables()]


def _places_not_in_the_lake(lake: Lake, table: Table) -> list[str]:
    """Those that nobody has materialized yet: they are read as they are in their files."""
    return [name for name in _places(table) if not lake.exists(lake.path(REFERENCE, name, None))]


def session_statements(lake: Lake, layouts: Layouts, table: Table, year: int) -> Iterator[str]:
    """The statements after which the SQL of `table` runs.

    Over S3 the datasets must be registered before, and everywhere those of tables of places that are not in the lake.
    """
    for schema in SCHEMAS:
        yield f"CREATE SCHEMA {schema}"
    for layer, name, path in _inputs(lake, table, year):
        yield f"CREATE VIEW {layer}.{name} AS {_rows(lake, layer, name, path)}"
    for name, path in _previous(lake, table, year):
        yield f"CREATE VIEW {PREVIOUS}.{name} AS {_rows(lake, PREVIOUS, name, path)}"
    missing = _places_not_in_the_lake(lake, table)
    for name in _places(table):
        path = lake.path(REFERENCE, name, None)
        source = _parquet(path) if lake.local and name not in missing else f"FROM {_dataset_name(REFERENCE, name)}"
        yield f"CREATE VIEW {REFERENCE}.{name} AS {source}"
    yield f"SET VARIABLE lines_in_file = {_lines_in_file(lake, layouts, table, year)}"
    of_layouts = [name for name in table.query.reference if name not in place_tables()]
    yield from prelude(layouts, year, table.query.segments, table.query.codes, of_layouts)
    yield from itertools.starmap(view_statement, table.query.views.items())


def _inputs(lake: Lake, table: Table, year: int) -> Iterator[tuple[str, str, str | None]]:
    """Layer, name and file of what a table reads; no file where the year's is not there and need not be."""
    files = {(layer, name): lake.path(layer, name, year) for layer, name in table.inputs}
    are_there = {read: lake.exists(path) for read, path in files.items()}
    for (layer, name), path in files.items():
        if are_there[layer, name]:
            yield layer, name, path
        elif len(table.kinds) > 1 and any(are_there.values()):
            yield layer, name, None
        else:
            lake.require(layer, name, year)


def _previous(lake: Lake, table: Table, year: int) -> Iterator[tuple[str, str | None]]:
    """Name and file of the tables of which the year before is read, if it is there."""
    for name in table.query.previous:
        path = lake.path(shipped_tables()[name].layer, name, year - 1)
        yield name, path if lake.exists(path) else None


def _lines_in_file(lake: Lake, layouts: Layouts, table: Table, year: int) -> str:
    """The lines of the master file that a table of one kind is made from, as SQL; NULL where its zip is not in the lake."""
    provenance = recorded(lake, layouts.kinds[table.kinds[0]], year) if len(table.kinds) == 1 else None
    return str(provenance.lines) if provenance else "NULL"


def _rows(lake: Lake, layer: str, name: str, path: str | None) -> str:
    if path is None:
        return empty_rows(shipped_tables()[name].columns)
    return _parquet(path) if lake.local else f"FROM {_dataset_name(layer, name)}"


def _parquet(path: str) -> str:
    return f"FROM read_parquet({literal(path)}, hive_partitioning = false)"


def _dataset_name(layer: str, name: str) -> str:
    return f"{layer}_{name}_dataset"


def write_query(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
    """Stream what `sql` returns into the Parquet file `path`; returns the number of rows."""
    reader = connection.sql(sql).to_arrow_reader(1 << 16)
    first = _first_rows(reader)
    with ParquetFile(path, reader.schema, unrepeated=_unrepeated(first)) as file:
        for batch in itertools.chain(first.to_batches(), reader):
            file.write(batch)
    return file.rows


def _first_rows(reader: pa.RecordBatchReader) -> pa.Table:
    """What `reader` gives until it is a row group."""
    batches: list[pa.RecordBatch] = []
    rows = 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows >= ROW_GROUP_ROWS:
            break
    return pa.Table.from_batches(batches, reader.schema)


def _unrepeated(rows: pa.Table) -> list[str]:
    """The columns whose values hardly repeat: hashed numbers, keys, lines."""
    # As many as a row group has, however many came: the same rows make the same file.
    rows = rows.slice(0, ROW_GROUP_ROWS)
    return [
        field.name
        for field in rows.schema
        if field.type in (pa.int64(), pa.string())
        and pc.count_distinct(rows[field.name]).as_py() > rows.num_rows * _MOST_DISTINCT
    ]
