"""The reference tables, of no year: what codes mean and where series break, made from `layouts/`, and those of `places.py`.

`code_<code table>` has a row per code: where its meaning changed, the present one, with the others in its label. `code_meaning` has
a row per code and meaning, with the years of each; `series_break` where a code means or counts something else than before.
`sql/tables.yaml` describes them all.
"""

import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from pathlib import Path

from nibrs_assets.catalog.csv_tables import shipped_files, users_files
from nibrs_assets.catalog.model import REFERENCE, Column, CsvSource, Rows, Table
from nibrs_assets.catalog.notation import TableError, TableNote, notes_without_sql, shared_descriptions
from nibrs_assets.catalog.places import place_tables
from nibrs_assets.core.sql_text import Value, literal, quoted
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import Code, Layouts

UNKNOWN_CODE = {"label": "Unknown code: the FBI's documents do not have it", "is_known": False, "source": "observed"}
"""The row of a code that is in a file and in no document."""

_TEMPLATE = "code_{code_table}"
_BEFORE_FACTS = ("code", "label", "valid_from", "valid_to", "is_known")
_AFTER_FACTS = ("source",)


@functools.cache
def shipped_reference_tables() -> dict[str, Table]:
    """The reference tables of the layouts that ship with the package and those of places, by name."""
    return reference_tables(shipped_layouts())


def reference_tables(layouts: Layouts) -> dict[str, Table]:
    """The reference tables by name: those of `layouts`, then those of places."""
    return {**layout_tables(layouts), **place_tables()}


def layout_tables(layouts: Layouts) -> dict[str, Table]:
    """The reference tables of `layouts` by name."""
    tables = [_code_table(name, codes) for name, codes in layouts.codes.items()]
    meanings = [
        (name, code.code, code.valid_from, code.valid_to, code.label, code.source)
        for name, codes in layouts.codes.items()
        for code in codes
    ]
    breaks = [tuple(value if value != "" else None for value in astuple(found)) for found in layouts.series_breaks]
    tables += [_table("code_meaning", meanings), _table("series_break", breaks)]
    return {table.name: table for table in tables}


def name_of_code_table(codes: str) -> str:
    """The name of the code table `codes` as a reference table."""
    return _TEMPLATE.replace("{code_table}", codes)


def rows_version(table: Table, users_folder: Path) -> str:
    """What changes with the columns or the rows of a reference table, those of the users' CSV files in `users_folder` included."""
    digest = hashlib.sha256(repr((table.columns, table.filled_by)).encode())
    if isinstance(table.filled_by, CsvSource):
        for path in (*shipped_files(table.filled_by), *users_files(table.filled_by, users_folder)):
            digest.update(f"\0{path.stem}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def select_rows(table: Table) -> str:
    """SELECT of the rows of a reference table; of one that is read from CSV files no row, only the columns and their types."""
    columns = [f"{quoted(column.name)}::{column.type} AS {quoted(column.name)}" for column in table.columns]
    if not isinstance(table.filled_by, Rows):
        return empty_rows(table.columns)
    values = ",\n    ".join(f"({', '.join(map(literal, row))})" for row in table.filled_by.rows)
    names = ", ".join(quoted(column.name) for column in table.columns)
    return (
        f"SELECT {', '.join(columns)}\nFROM (VALUES\n    {values}\n) AS written ({names})\n"
        f"ORDER BY {', '.join(table.key)}"
    )


def empty_rows(columns: Iterable[Column]) -> str:
    """SELECT of `columns` with their types, and no row."""
    nothing = ", ".join(f"NULL::{column.type} AS {quoted(column.name)}" for column in columns)
    return f"SELECT {nothing} WHERE false"


def _note(name: str) -> TableNote:
    return notes_without_sql()[REFERENCE][name]


def _table(name: str, rows: Sequence[tuple[Value, ...]]) -> Table:
    return replace(_note(name).table(REFERENCE, shared_descriptions()), filled_by=Rows(tuple(rows)))


def _code_table(name: str, codes: Sequence[Code]) -> Table:
    facts = tuple(codes[0].facts)
    note = _note(_TEMPLATE).filled_in(name_of_code_table(name), title=name.replace("_", " "))
    columns = [*_BEFORE_FACTS, *facts, *_AFTER_FACTS]
    if undescribed := [column for column in columns if column not in note.columns]:
        raise TableError(
            f"{note.where}: column {undescribed[0]!r} of layouts/codes/{name}.csv is not among its columns; describe it there"
        )
    meanings: dict[str, list[Code]] = {}
    for code in codes:
        meanings.setdefault(code.code, []).append(code)
    rows = tuple(_code_row(of_code, facts) for of_code in meanings.values())
    note = replace(note, columns={column: note.columns[column] for column in columns})
    return replace(note.table(REFERENCE, shared_descriptions()), filled_by=Rows(rows, code_table=name))


def _code_row(meanings: Sequence[Code], facts: Sequence[str]) -> tuple[Value, ...]:
    *before, last = sorted(meanings, key=lambda code: code.valid_from)
    until = "; ".join(f"through {code.valid_to} {code.label}" for code in before if code.label != last.label)
    label = f"{last.label} ({until})" if until else last.label
    first = min(code.valid_from for code in meanings)
    return (last.code, label, first, last.valid_to, True, *(last.facts[fact] or None for fact in facts), last.source)
