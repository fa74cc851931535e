"""A warehouse of national size, made up: the tables that the dashboard reads, loaded as years are, into a Postgres of its own.

python -m nibrs_assets_tests.bench.national [--agencies 25000] [--years 1991-2024] [--home build/national]

Of the tables of months it has the offenses that pages ask for, not all that there are; the other tables are whole.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.dataset as ds

from nibrs_assets.catalog.csv_tables import arrow_schema
from nibrs_assets.catalog.model import Table
from nibrs_assets.catalog.places import place_batches, place_tables
from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.core.parquet import ParquetFile
from nibrs_assets.core.settings import Settings
from nibrs_assets.engine.session import write_query
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.warehouse.load import Warehouse

_SQL = Path(__file__).parent / "national"
_HOME = Path(__file__).parents[2] / "build" / "national"


def made_tables() -> list[str]:
    """The tables that are filled."""
    return sorted(path.stem for path in _SQL.glob("*.sql") if path.stem != "agency")


def settings_at(home: Path) -> Settings:
    return Settings.from_environment({"NIBRS_HOME": str(home)})


def fill(home: Path, agencies: int, years: range) -> None:
    """Make the warehouse in `home`, a year after the other."""
    settings = settings_at(home)
    warehouse = Warehouse.of(settings)
    # Their foreign keys lead to tables that are not made.
    tables = {name: replace(shipped_tables()[name], references={}) for name in made_tables()}
    with warehouse.running(), tempfile.TemporaryDirectory() as folder:
        _load_places(warehouse, settings, Path(folder))
        with duckdb.connect() as connection:
            _prepare(connection, agencies)
            for year in years:
                begun = time.monotonic()
                paths = {
                    n: _write(connection, table, year, Path(folder) / f"{n}.parquet") for n, table in tables.items()
                }
                loaded = warehouse.load_year(year, tables, {name: ds.dataset(path) for name, path in paths.items()})
                rows = sum(table.rows for table in loaded.values())
                print(f"{year}: {rows:,} rows, {time.monotonic() - begun:.0f} s", flush=True)


def _load_places(warehouse: Warehouse, settings: Settings, folder: Path) -> None:
    paths = {}
    for name, table in place_tables().items():
        paths[name] = folder / f"place_{name}.parquet"
        with ParquetFile(paths[name], arrow_schema(table)) as file:
            for batch in place_batches(table, settings.places_dir):
                file.write(batch)
    warehouse.load_reference_tables({name: ds.dataset(path) for name, path in paths.items()})


def _prepare(connection: duckdb.DuckDBPyConnection, agencies: int) -> None:
    codes = shipped_layouts().codes
    states = sorted({str(c.facts["ucr_abbr"]) for c in codes["state"] if c.facts["state_fips"] and c.facts["ucr_abbr"]})
    connection.execute("CREATE TABLE state (place INTEGER, ucr_abbr VARCHAR)")
    connection.executemany("INSERT INTO state VALUES (?, ?)", list(enumerate(states, 1)))
    offenses = {
        c.code: (c.code, c.facts["part_of"] or None, c.facts["index_crime"] or None) for c in codes["summary_offense"]
    }
    connection.execute("CREATE TABLE offense (code VARCHAR, part_of VARCHAR, index_crime VARCHAR)")
    connection.executemany("INSERT INTO offense VALUES (?, ?, ?)", list(offenses.values()))
    connection.execute("CREATE TABLE county (county_fips VARCHAR, state_abbreviation VARCHAR)")
    for batch in place_batches(place_tables()["county"], Path("nowhere")):
        rows = [(r["county_fips"], r["state_abbreviation"]) for r in batch.to_pylist()]
        connection.executemany("INSERT INTO county VALUES (?, ?)", rows)
    connection.execute("SET VARIABLE agencies = " + str(int(agencies)))
    connection.execute("SET VARIABLE counties = (SELECT list(county_fips ORDER BY county_fips) FROM county)")
    connection.execute((_SQL / "agency.sql").read_text())


def _write(connection: duckdb.DuckDBPyConnection, table: Table, year: int, path: Path) -> Path:
    """The rows of a table of the year, with the columns and types of the table; what the SQL does not make is NULL."""
    connection.execute("SET VARIABLE year = " + str(int(year)))
    query = (_SQL / f"{table.name}.sql").read_text()
    made = {column[0] for column in connection.sql(f"SELECT * FROM ({query}) LIMIT 0").description}
    columns = ", ".join(f'{c.name if c.name in made else "NULL"}::{c.type} AS "{c.name}"' for c in table.columns)
    write_query(connection, f"SELECT {columns} FROM ({query})", path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--agencies", type=int, default=25_000)
    parser.add_argument("--years", default="1991-2024")
    parser.add_argument("--home", type=Path, default=_HOME)
    asked = parser.parse_args()
    first, last = (int(year) for year in asked.years.split("-"))
    asked.home.mkdir(parents=True, exist_ok=True)
    fill(asked.home.absolute(), asked.agencies, range(first, last + 1))


if __name__ == "__main__":
    main()
