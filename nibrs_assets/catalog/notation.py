"""What a table says of itself, in YAML: in the comment at the top of its .sql file, or in `sql/tables.yaml` where no SQL makes it.

    description   what a row is
    key           the columns that identify a row
    unique        further sets of columns that do
    caveats       what one must know to count its rows rightly, a list of sentences
    references    the tables that its rows belong to, and by which columns (of the same names there)
    columns       by name: description; overrides, true where it differs from what the name means elsewhere; codes, the code table
                  whose codes the column holds, where the SQL does not say it; without SQL also type, as DuckDB names it
    files         without SQL: the CSV files that fill the table, see `CsvSource`

A description stands in one place. It is looked for in the table itself, then in the table that the column is taken from under
the same name, then in the layout, for a column that is a field there, then in `sql/columns.yaml`, which describes the names that
several tables share. A description that replaces one from further down this list must say `overrides: true`; one in
`columns.yaml` that does goes before those of the layouts.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from nibrs_assets.catalog.model import Column, CsvSource, Table
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.paths import SQL_FOLDER

_FRONT_MATTER = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_COLUMN_KEYS = {"description", "overrides", "codes"}
_TABLE_KEYS = {"description", "key", "unique", "caveats", "references", "columns"}
_FILES_KEYS = {"shipped", "folder", "named_by_file", "is_replaceable", "headers", "optional"}


class TableError(NibrsError):
    """A table whose description is wrong or incomplete: names the file."""


@dataclass(frozen=True)
class ColumnNote:
    """What a table says of one of its columns."""

    description: str | None = None
    overrides: bool = False
    codes: str | None = None
    type: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """What other places say of a column: `columns.yaml`, the table that it is taken from, the field of a layout that it is."""

    shared: Mapping[str, ColumnNote]
    of_table: str | None = None
    of_field: str | None = None

    def find(self, column: str) -> tuple[str, str | None]:
        """The first place that describes the column, and what it says; None where none does."""
        shared = self.shared.get(column, ColumnNote())
        if self.of_table:
            return "the table that it is taken from", self.of_table
        if self.of_field and not shared.overrides:
            return "the layout of its field", self.of_field
        return "columns.yaml", shared.description


@dataclass(frozen=True)
class TableNote:
    """What a table says of itself. `where` is the file, for errors."""

    name: str
    where: str
    description: str
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    caveats: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, ColumnNote] = field(default_factory=dict)
    files: CsvSource | None = None

    def description_of(self, column: str, elsewhere: "Elsewhere") -> str:
        """What `column` means; raises `TableError` if nothing says it, or two places do and neither yields."""
        note = self.columns.get(column, ColumnNote())
        place, found = elsewhere.find(column)
        if note.description and found and not note.overrides:
            raise TableError(
                f"{self.where}: column {column!r} is described by {place} already ({found}); "
                "take the description away, or say overrides: true if it means something else here"
            )
        if not (description := note.description or found):
            raise TableError(
                f"{self.where}: column {column!r} is made from no field or column of its name; describe it under "
                "columns in the comment of this table, or in columns.yaml if other tables have it too"
            )
        return description

    def column_of(self, name: str, shared: Mapping[str, ColumnNote]) -> Column:
        """The column `name` of a table that no SQL makes."""
        note = self.columns[name]
        return Column(name, note.type, self.description_of(name, Elsewhere(shared)), codes=note.codes)

    def table(self, layer: str, shared: Mapping[str, ColumnNote]) -> Table:
        """The table, where no SQL makes it."""
        return Table(
            name=self.name,
            layer=layer,
            description=self.description,
            key=self.key,
            unique=self.unique,
            references=self.references,
            caveats=self.caveats,
            columns=tuple(self.column_of(name, shared) for name in self.columns),
            filled_by=self.files,
        )

    def filled_in(self, name: str, **values: str) -> "TableNote":
        """The table `name` of those that this one describes, with the `{values}` in its texts filled in."""

        def text(template: str) -> str:
            for placeholder, value in values.items():
                template = template.replace(f"{{{placeholder}}}", value)
            return template

        columns = {
            column: replace(note, description=text(note.description)) if note.description else note
            for column, note in self.columns.items()
        }
        return replace(self, name=name, description=text(self.description), columns=columns)


def front_matter(path: Path, text: str) -> dict[str, Any]:
    """The YAML comment at the top of the SQL file `path`, empty where there is none; raises `TableError` if it can't be read."""
    match = _FRONT_MATTER.match(text)
    front = _yaml(match[1], f"{path}: the comment at its top") if match else None
    return front if isinstance(front, dict) else {}


def note_of_sql(path: Path, text: str) -> TableNote:
    """What the comment at the top of the SQL file `path` says; raises `TableError` if it is wrong or incomplete."""
    front = front_matter(path, text)
    if not {"description", "key"} <= front.keys():
        raise TableError(f"{path}: must begin with a YAML comment that gives description and key")
    return _note(path.stem, str(path), front, _TABLE_KEYS, _COLUMN_KEYS)


@functools.cache
def shared_descriptions(folder: Path = SQL_FOLDER) -> Mapping[str, ColumnNote]:
    """What `columns.yaml` says by name of column: a description, or a mapping with description and overrides."""
    path = folder / "columns.yaml"
    shared = _yaml(path.read_text(encoding="utf-8"), str(path))
    if not isinstance(shared, dict):
        raise TableError(f"{path}: has to be a mapping of names to descriptions")
    given = {name: said if isinstance(said, dict) else {"description": said} for name, said in shared.items()}
    return {name: _column_note(str(path), name, said, {"description", "overrides"}) for name, said in given.items()}


@functools.cache
def notes_without_sql() -> Mapping[str, Mapping[str, TableNote]]:
    """What `sql/tables.yaml` says of the tables that no SQL makes, by layer and name."""
    path = SQL_FOLDER / "tables.yaml"
    return {
        layer: {
            name: _note(name, f"{path}: table {name!r}", given, _TABLE_KEYS | {"files"}, _COLUMN_KEYS | {"type"})
            for name, given in tables.items()
        }
        for layer, tables in _yaml(path.read_text(encoding="utf-8"), str(path)).items()
    }


def refuse_second_descriptions(notes: Iterable[TableNote], shared: Mapping[str, ColumnNote]) -> None:
    """Raise `TableError` for a column that several tables describe, each as if it were the only one."""
    described: dict[str, TableNote] = {}
    for note in notes:
        for name, column in note.columns.items():
            if not column.description or column.overrides:
                continue
            if name in shared or name in described:
                other = "columns.yaml" if name in shared else described[name].where
                raise TableError(
                    f"{note.where}: column {name!r} is described in {other} too; if it means something else "
                    "here, say overrides: true, else describe it once, in columns.yaml"
                )
            described[name] = note


def _note(name: str, where: str, given: Any, keys: set[str], column_keys: set[str]) -> TableNote:
    if not isinstance(given, dict) or not {"description", "key"} <= given.keys() <= keys:
        raise TableError(f"{where}: takes {', '.join(sorted(keys))}; description and key are required")
    columns = _mapping(where, "columns", given)
    notes = {column: _column_note(where, column, said, column_keys) for column, said in columns.items()}
    if "type" in column_keys:
        _refuse_unknown(where, "key", given["key"], notes)
    return TableNote(
        name=name,
        where=where,
        description=_text(where, "description", given["description"]),
        key=tuple(given["key"]),
        unique=tuple(map(tuple, given.get("unique") or [])),
        caveats=tuple(given.get("caveats") or ()),
        references={target: tuple(by) for target, by in _mapping(where, "references", given).items()},
        columns=notes,
        files=_files(where, _mapping(where, "files", given), notes) if "files" in given else None,
    )


def _column_note(where: str, name: str, given: Any, keys: set[str]) -> ColumnNote:
    if not (isinstance(given, dict) and given.keys() <= keys and ("type" in keys) == ("type" in given)):
        allowed = ", ".join(sorted(keys, key=["type", "description", "overrides", "codes"].index))
        raise TableError(f"{where}: column {name!r} takes {allowed}, nothing else")
    if "description" in given:
        given = {**given, "description": _text(where, f"the description of column {name!r}", given["description"])}
    if given.get("overrides") and "description" not in given:
        raise TableError(f"{where}: column {name!r} says overrides and gives no description to override another with")
    return ColumnNote(**given)


def _files(where: str, given: Mapping[str, Any], columns: Mapping[str, ColumnNote]) -> CsvSource:
    if not given.keys() <= _FILES_KEYS:
        raise TableError(f"{where}: files takes {', '.join(sorted(_FILES_KEYS))}, nothing else")
    headers = {column: tuple(names) for column, names in _mapping(where, "headers", given).items()}
    optional = tuple(given.get("optional") or ())
    _refuse_unknown(where, "files", [*headers, *optional, *filter(None, [given.get("named_by_file")])], columns)
    return CsvSource(**{**given, "headers": headers, "optional": optional})


def _refuse_unknown(where: str, what: str, names: Iterable[str], columns: Mapping[str, ColumnNote]) -> None:
    for name in names:
        if name not in columns:
            raise TableError(f"{where}: {what} names the column {name!r}, which is not among its columns")


def _mapping(where: str, what: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    found = given.get(what) or {}
    if not isinstance(found, dict):
        raise TableError(f"{where}: {what} has to be a mapping")
    return found


def _text(where: str, what: str, found: Any) -> str:
    if not isinstance(found, str):
        raise TableError(f"{where}: {what} has to be a text; put quotes around it if it holds a colon")
    return found.strip()


_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _OnceLoader(_SafeLoader):  # type: ignore[valid-type, misc]
    """YAML in which no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return mapping


def _yaml(text: str, where: str) -> Any:
    try:
        return yaml.load(text, _OnceLoader)  # noqa: S506 (a safe loader)
    except yaml.YAMLError as error:
        raise TableError(f"{where}: is not readable as YAML: {error}") from None
