"""Tables that are read from CSV files: those that ship with the package, and those that users add.

Files are read row by row, shipped and users' ones together, and refused in plain words, with file and line, where they are wrong.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from nibrs_assets.catalog.model import Column, CsvSource, Table
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.core.sql_text import Value

_ARROW_TYPES: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
}
_ROWS_A_BATCH = 1 << 16

RowCheck = Callable[[Mapping[str, str], Mapping[str, str]], str | None]
"""Why a row can't be taken, None if it can: from the values of its columns, and all that its line holds by header."""


class CsvError(NibrsError):
    """A CSV file that is wrong: names the file and the line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


class CsvRow(NamedTuple):
    """A row of a table, with its key and where it was read."""

    key: tuple[Value, ...]
    values: tuple[Value, ...]
    path: Path
    line: int


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table that is read from CSV files."""
    return pa.schema([(column.name, _ARROW_TYPES[column.type]) for column in table.columns])


def batches_of(table: Table, rows: Iterable[tuple[Value, ...]]) -> Iterator[pa.RecordBatch]:
    """Rows of a table as Arrow batches."""
    schema = arrow_schema(table)
    left = iter(rows)
    while batch := list(islice(left, _ROWS_A_BATCH)):
        columns = zip(*batch, strict=True)
        typed = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(typed, schema=schema)


def read_rows(table: Table, files: CsvSource, users_folder: Path, refused: RowCheck) -> Iterator[CsvRow]:
    """The rows of the shipped files and of those in the table's folder of `users_folder`, no key twice.

    Raises `CsvError` at the first wrong row.
    """
    shipped = shipped_files(files)
    users = users_files(files, users_folder)
    if files.named_by_file:
        _refuse_shipped_names(shipped, users)
    reader = _Reader(table, files, refused)
    replaced = {row.key for row in reader.rows(users)} if files.is_replaceable else set()
    seen: dict[tuple[Value, ...], CsvRow] = {}
    for row in reader.rows([*shipped, *users]):
        if row.key in replaced and row.path not in users:
            continue
        if before := seen.get(row.key):
            where = f"line {before.line}" if before.path == row.path else f"{before.path}, line {before.line}"
            shown = " ".join(map(str, row.key))
            raise CsvError(row.path, row.line, f"{shown} stands twice, before in {where}; take one of the two away")
        seen[row.key] = row
        yield row


def users_files(files: CsvSource, users_folder: Path) -> list[Path]:
    """The CSV files of a table that users have added."""
    return sorted((users_folder / files.folder).glob("*.csv")) if files.folder else []


def shipped_files(files: CsvSource) -> list[Path]:
    """The CSV files of a table that ship with the package."""
    if not files.shipped:
        return []
    path = shipped_folder("places") / files.shipped
    return [path] if path.is_file() else sorted(path.glob("*.csv"))


def _refuse_shipped_names(shipped: list[Path], users: list[Path]) -> None:
    """A file that gives its rows their name must not have the name of a shipped one."""
    names = {path.stem for path in shipped}
    for path in users:
        if path.stem in names:
            message = f"{path.stem} is the name of a file that ships with the package; give yours another"
            raise CsvError(path, 1, message)


class _Reader:
    """Reads the rows of a table out of CSV files."""

    def __init__(self, table: Table, files: CsvSource, refused: RowCheck) -> None:
        self._columns = table.columns
        self._key = [[column.name for column in table.columns].index(name) for name in table.key]
        self._files = files
        self._refused = refused

    def rows(self, paths: list[Path]) -> Iterator[CsvRow]:
        for path in paths:
            lines = _lines(path)
            headers = self._headers(path, next(lines)[1])
            for line, written in lines:
                given = {name: written[header].strip() if header else "" for name, header in headers.items()}
                if self._files.named_by_file:
                    given[self._files.named_by_file] = path.stem
                if why := self._wrong_value(given) or self._refused(given, written):
                    raise CsvError(path, line, why)
                values = tuple(_value(column, given[column.name]) for column in self._columns)
                yield CsvRow(tuple(values[index] for index in self._key), values, path, line)

    def _headers(self, path: Path, written: Mapping[str, str]) -> dict[str, str | None]:
        """The header of each column in a file; None where an optional one is not there."""
        found: dict[str, str | None] = {}
        for column in self._columns:
            if column.name == self._files.named_by_file:
                continue
            names = self._files.headers_of(column.name)
            found[column.name] = next((name for name in names if name in written), None)
            if found[column.name] is None and column.name not in self._files.optional:
                message = f"there is no column {' or '.join(names)}; the first line names the columns"
                raise CsvError(path, 1, message)
        return found

    def _wrong_value(self, given: Mapping[str, str]) -> str | None:
        for column in self._columns:
            value, header = given[column.name], self._files.headers_of(column.name)[0]
            if not value and column.name not in self._files.optional:
                return f"{header} is empty"
            if value and column.type != "VARCHAR" and not re.fullmatch(r"\d{1,9}", value):
                return f"{header} is {value!r}, no whole number; write it without separators or decimals"
        return None


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a CSV file with their numbers, by header in lower case; the first has the headers only."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            headers = [name.strip().lower() for name in next(reader, [])]
            yield 1, dict.fromkeys(headers, "")
            for values in reader:
                if not any(value.strip() for value in values):
                    continue
                if len(values) != len(headers):
                    message = f"{len(values)} values under {len(headers)} columns; is a comma missing, or one too many?"
                    raise CsvError(path, reader.line_num, message)
                yield reader.line_num, dict(zip(headers, values, strict=True))
    except UnicodeDecodeError:
        raise CsvError(path, 1, "is no UTF-8 text; save it as CSV UTF-8") from None
    except csv.Error as error:
        raise CsvError(path, reader.line_num, f"can't be read as CSV ({error})") from None


def _value(column: Column, written: str) -> Value:
    if not written:
        return None
    return written if column.type == "VARCHAR" else int(written)
