"""How the same is done without the package: what the ratios of `make bench` are against."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pandas as pd
import polars as pl
import psycopg
import pyarrow.dataset as ds
import sqlalchemy as sa

from nibrs_assets.catalog.model import Table
from nibrs_assets.fixed_width.source import inspect, open_master
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import Field, Record

NIBRS = shipped_layouts().kinds["nibrs"]
_UNPACKED_AT_ONCE = 1 << 24


def _records() -> list[Record]:
    return list(NIBRS.by_record_type().values())


def inflate(path: Path) -> None:
    """Unpack the zip with the library that the package uses, and throw the text away."""
    buffer = memoryview(bytearray(_UNPACKED_AT_ONCE))
    with path.open("rb") as file, open_master(file, inspect(file, path.name)) as stream:
        while stream.readinto(buffer):
            pass


def read_fwf(text: Path, folder: Path) -> None:
    """The usual way: the lines of each record type to a file of their own, `pandas.read_fwf`, Parquet."""
    records = {record.record_type.encode(): record for record in _records()}
    files = {kind: (folder / f"{record.segment}.txt").open("wb") for kind, record in records.items()}
    with text.open("rb") as lines:
        for line in lines:
            if line[:2] in files:
                files[line[:2]].write(line)
    for file in files.values():
        file.close()
    for record in records.values():
        path = folder / f"{record.segment}.txt"
        if path.stat().st_size:
            fields = [field for field in record.fields if field.width]
            frame = pd.read_fwf(
                path,
                colspecs=[(field.start - 1, field.end) for field in fields],
                names=[field.name for field in fields],
                dtype=str,
                encoding="latin-1",
            )
            frame.to_parquet(folder / f"{record.segment}.parquet", compression="zstd")


def duckdb_substring(text: Path, folder: Path) -> None:
    """A pass of DuckDB over the text for each segment, with `substring`."""
    with duckdb.connect() as connection:
        for record in _records():
            columns = ", ".join(
                f"nullif(rtrim(substring(line, {field.start}, {field.width})), '') AS {field.name}"
                for field in record.fields
                if field.width
            )
            connection.execute(
                f"""
                COPY (
                    SELECT {columns}
                    FROM read_csv('{text}', columns = {{'line': 'VARCHAR'}}, header = false, auto_detect = false,
                        delim = '\x01', quote = '', escape = '', encoding = 'latin-1', new_line = '\\r\\n')
                    WHERE substring(line, 1, 2) = '{record.record_type}'
                ) TO '{folder / record.segment}.parquet' (FORMAT parquet, COMPRESSION zstd)
                """
            )


def polars_substring(text: Path, folder: Path) -> None:
    """A pass of Polars over the text for each segment, with `str.slice`."""
    for record in _records():
        lines = pl.scan_csv(
            text, has_header=False, separator="\x01", quote_char=None, new_columns=["line"], schema={"line": pl.String}
        )
        of_type = lines.filter(pl.col("line").str.starts_with(record.record_type))
        of_type.select(_slice(field) for field in record.fields if field.width).sink_parquet(
            folder / f"{record.segment}.parquet", compression="zstd"
        )


def _slice(field: Field) -> pl.Expr:
    cell = pl.col("line").str.slice(field.start - 1, field.width).str.strip_chars_end(" \r")
    return pl.when(cell != "").then(cell).alias(field.name)


def return_a_by_record(text: Path, folder: Path) -> None:
    """Return A record by record in Python: a dictionary for each month, its counts as integers, a CSV file."""
    record = shipped_layouts().kinds["return_a"].records["return_a_month"]
    rows = record.rows
    assert rows
    codes = shipped_layouts().codes["reta_overpunch"]
    signs = {code.code: (code.facts["digit"], int(code.facts["sign"])) for code in codes}

    def count(written: str) -> int | None:
        digit, sign = signs.get(written[-1], (written[-1], 1))
        try:
            return int(written[:-1] + digit) * sign
        except ValueError:
            return None

    carried = [(field.name, slice(field.start - 1, field.end)) for field in rows.carries]
    fields = [(f.name, slice(f.start - rows.start, f.end - rows.start + 1), f.type == "count") for f in record.fields]
    names = ["line_number", rows.number, *(name for name, _ in carried), *(name for name, _, _ in fields)]
    with text.open(encoding="latin-1") as lines, (folder / "month.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for line_number, line in enumerate(lines, 1):
            for number in range(rows.times):
                start = rows.start - 1 + number * rows.width
                month = line[start : start + rows.width]
                row: dict[str, object] = {"line_number": line_number, rows.number: number + 1}
                row |= {name: line[place].rstrip() for name, place in carried}
                for name, place, is_count in fields:
                    row[name] = count(month[place]) if is_count else month[place].rstrip()
                writer.writerow(row)


def scans(tables: Iterable[Table], files: Mapping[tuple[str, str], Path], folder: Path, memory: str) -> None:
    """What any script must at least do that makes the tables: read the columns that each is made from, and write them."""
    with duckdb.connect(config={"memory_limit": memory, "temp_directory": str(folder)}) as connection:
        for table in tables:
            for layer, name in table.inputs:
                origins = [o for column in table.columns for o in (*column.origins, *column.roots)]
                columns = dict.fromkeys(o.column for o in origins if (o.layer, o.table) == (layer, name))
                if columns:
                    listed = ", ".join(f'"{column}"' for column in columns)
                    target = folder / f"{table.name}_{layer}_{name}.parquet"
                    connection.execute(
                        f"COPY (SELECT {listed} FROM read_parquet('{files[layer, name]}')) TO '{target}' "
                        "(FORMAT parquet, COMPRESSION zstd)"
                    )


def duckdb_rewrite(parquet: Path, target: Path) -> None:
    """The rows of a Parquet file as DuckDB writes them with zstd."""
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_parquet('{parquet}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def bare_copy(url: str, datasets: Mapping[str, ds.Dataset]) -> None:
    """Binary COPY of the rows into tables without keys, references or checks."""
    with adbc.connect(url) as connection:
        for name, dataset in datasets.items():
            reader = dataset.scanner(batch_size=1 << 16, batch_readahead=2, fragment_readahead=1).to_reader()
            with connection.cursor() as cursor:
                cursor.adbc_ingest(name, reader, mode="create", db_schema_name="bare")
            connection.commit()


def empty_bare(url: str) -> None:
    """An empty schema for `bare_copy`."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS bare CASCADE")
        connection.execute("CREATE SCHEMA bare")


def to_sql(url: str, datasets: Mapping[str, ds.Dataset], rows: int) -> int:
    """`pandas.to_sql` of the first `rows` rows of each table, a thousand a statement; returns how many these are."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    done = 0
    for name, dataset in datasets.items():
        frame = dataset.head(rows).to_pandas()
        done += frame.to_sql(name, engine, schema="bare", if_exists="replace", index=False, chunksize=1000) or 0
    engine.dispose()
    return done
