"""What each table is, harmonized or mart: columns, types, keys, source bytes; derived from `layouts/` and `sql/<layer>/`.

A table is one .sql file, named as the table, with a YAML comment at its top:

    description   what a row is
    key           the columns that identify a row
    unique        further sets of columns that do
    references    the tables that its rows belong to, and by which columns (of the same names there)
    segments      the segments that its columns come from, where the SQL reads them through views or reads others too
    columns       for columns that are no field of a layout, or mean something else: description, `from` which segment or table
                  columns they are made, `codes` of which table they hold; all others take these from the field or parent column
                  of their name

Types come from DuckDB, which is asked what the SQL returns.
"""

import functools
import graphlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from nibrs_assets.errors import NibrsError
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.layouts import shipped_layouts
from nibrs_assets.records import Field, FileKind, Layouts, Record
from nibrs_assets.views import (
    LAYERS,
    PREVIOUS,
    SCHEMAS,
    SQL_FOLDER,
    WRITTEN,
    prelude,
    relations,
    segments_behind,
    view_statement,
    views_under,
)

_FRONT_MATTER = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_POSTGRES_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision"}
_DUCKDB_TYPES = {
    **{pa.string(): "VARCHAR", pa.binary(): "BLOB"},
    **{pa.int16(): "SMALLINT", pa.int32(): "INTEGER", pa.int64(): "BIGINT"},
}
_COMMON = {
    "data_year": "Year of the master file",
    "line_number": "Line of the record in the master file, counted from 1",
}


class TableError(NibrsError):
    """A table's SQL file whose comment is wrong or incomplete."""


@dataclass(frozen=True)
class Origin:
    """A column that another is made from: of a segment, or of another table. `layer` is `segments` or one of `LAYERS`."""

    layer: str
    table: str
    column: str


@dataclass(frozen=True)
class Column:
    """A column: its DuckDB type, what it means, where it comes from; `codes` is the code table that its values are of."""

    name: str
    type: str
    description: str
    origins: tuple[Origin, ...]
    source: str = ""
    codes: str | None = None

    @property
    def comment(self) -> str:
        """The description and the bytes of the raw record that the column is made from, for people."""
        return f"{self.description.rstrip('.')}. Source: {self.source}." if self.source else self.description

    @property
    def postgres_type(self) -> str:
        if self.type.startswith("DECIMAL"):
            return self.type.replace("DECIMAL", "numeric")
        return _POSTGRES_TYPES.get(self.type, self.type.lower())


@dataclass(frozen=True)
class Table:
    """A table of the layer `layer`, made from the kinds of master file named in `kinds`, of several from those that are there.

    `segments`, `tables` (name to layer), `codes` (code tables) and `reference` (reference tables) are what its SQL reads, directly
    or through views; `previous` the tables of which it reads the year before.
    """

    name: str
    layer: str
    kinds: tuple[str, ...]
    description: str
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    references: Mapping[str, tuple[str, ...]]
    columns: tuple[Column, ...]
    segments: tuple[str, ...]
    tables: Mapping[str, str]
    codes: tuple[str, ...]
    reference: tuple[str, ...]
    sql: str
    previous: tuple[str, ...] = ()

    @property
    def inputs(self) -> list[tuple[str, str]]:
        """Layer and name of the partitions that its SQL reads."""
        return [
            *(("segments", name) for name in self.segments),
            *((layer, name) for name, layer in self.tables.items()),
        ]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@functools.cache
def shipped_tables() -> dict[str, Table]:
    """All tables that ship with the package by name, each after those that its SQL reads."""
    return load_tables(SQL_FOLDER, shipped_layouts())


def tables_of(*kinds: str) -> dict[str, Table]:
    """The tables that are made from these kinds of master file, all of them and no other."""
    return {name: table for name, table in shipped_tables().items() if table.kinds == kinds}


def kinds_of_tables() -> list[tuple[str, ...]]:
    """The kinds of master file that tables are made from: each alone, then those together that some table reads."""
    return sorted({table.kinds for table in shipped_tables().values()}, key=lambda kinds: (len(kinds), kinds))


def load_tables(folder: Path, layouts: Layouts) -> dict[str, Table]:
    """Read the tables in the layers of `folder`; raises `TableError` naming the file when a comment is wrong or incomplete."""
    paths = [path for layer in LAYERS for path in sorted((folder / layer).glob("*.sql"))]
    sources = {path.stem: _Source.read(path, layouts) for path in paths}
    graph = {name: source.reads["tables"] for name, source in sources.items()}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    types = _column_types(order, sources, layouts)
    tables: dict[str, Table] = {}
    for name in order:
        table = sources[name].table(types[name], layouts, tables)
        columns = tuple(replace(c, source=_source(c.origins, layouts, tables)) for c in table.columns)
        tables[name] = replace(table, columns=columns)
    return tables


def _source(origins: tuple[Origin, ...], layouts: Layouts, tables: Mapping[str, Table]) -> str:
    """The bytes behind `origins`, such as `victim bytes 68-69`; the columns of other tables are followed to theirs."""
    sources: dict[str, list[Field]] = {}
    inherited: list[str] = []
    for origin in origins:
        if origin.layer in LAYERS:
            inherited.append(tables[origin.table].column(origin.column).source)
        elif origin.column != "line_number":
            sources.setdefault(origin.table, []).append(layouts.records[origin.table].column(origin.column))
    own = [_bytes_of(fields, layouts.records[segment]) for segment, fields in sources.items()]
    return "; ".join(dict.fromkeys([*own, *filter(None, inherited)]))


def _bytes_of(fields: list[Field], record: Record) -> str:
    """Where `fields` stand: `04 (victim) bytes 68-69`."""
    first, last = min(f.start for f in fields), max(f.end for f in fields)
    where = fields[0].bytes_label if len(fields) == 1 else f"{len(fields)} fields in bytes {first}-{last}"
    if record.rows and first >= record.rows.start:
        where += f" of {record.rows.number} 1, the others {record.rows.width} bytes further each"
    return f"{record.record_type} ({record.segment}) {where}"


@dataclass(frozen=True)
class _Source:
    """A table's SQL file, taken apart. `reads` are the segments, tables, code and reference tables behind its SQL."""

    path: Path
    sql: str
    front: dict[str, Any]
    direct: list[str]
    reads: dict[str, list[str]]

    @property
    def references(self) -> dict[str, list[str]]:
        return self.front.get("references") or {}

    @classmethod
    def read(cls, path: Path, layouts: Layouts) -> "_Source":
        text = path.read_text(encoding="utf-8")
        match = _FRONT_MATTER.match(text)
        try:
            front = yaml.safe_load(match[1]) if match else None
        except yaml.YAMLError as error:
            raise TableError(f"{path}: the comment at its top is not readable as YAML: {error}") from None
        if not isinstance(front, dict) or not {"description", "key"} <= front.keys():
            raise TableError(f"{path}: must begin with a YAML comment that gives description and key")
        reads = relations_behind(text, layouts)
        return cls(path, text, front, relations_behind(text, layouts, views=False)["segments"], reads)

    def kinds(self, layouts: Layouts, tables: Mapping[str, Table]) -> tuple[str, ...]:
        def reads(kind: FileKind) -> bool:
            of_tables = {name for table in self.reads["tables"] for name in tables[table].kinds}
            names = {*kind.records, *segment_names(kind)}
            return kind.name in of_tables or bool(names & set(self.reads["segments"]))

        return tuple(kind.name for kind in layouts.kinds.values() if reads(kind))

    def table(self, types: dict[str, str], layouts: Layouts, tables: Mapping[str, Table]) -> Table:
        described = self.front.get("columns") or {}
        for name, given in described.items():
            if not (isinstance(given, dict) and {"description"} <= given.keys() <= {"description", "from", "codes"}):
                raise TableError(
                    f"{self.path}: column {name!r} in its comment takes description, from and codes, nothing else"
                )
            if given.get("codes", next(iter(layouts.codes))) not in layouts.codes:
                raise TableError(f"{self.path}: codes {given['codes']!r} of column {name!r} is no code table")
        for name in [
            *described,
            *self.front["key"],
            *(column for columns in self.references.values() for column in columns),
        ]:
            if name not in types:
                raise TableError(f"{self.path}: its comment names the column {name!r}, which the SQL does not return")
        return Table(
            name=self.path.stem,
            layer=self.path.parent.name,
            kinds=self.kinds(layouts, tables),
            description=self.front["description"].strip(),
            key=tuple(self.front["key"]),
            unique=tuple(map(tuple, self.front.get("unique") or [])),
            references={target: tuple(columns) for target, columns in self.references.items()},
            columns=tuple(
                self._column(name, type_, described.get(name) or {}, layouts, tables) for name, type_ in types.items()
            ),
            segments=tuple(self.reads["segments"]),
            tables={name: tables[name].layer for name in self.reads["tables"]},
            codes=tuple(self.reads["codes"]),
            reference=tuple(self.reads["reference"]),
            sql=self.sql,
        )

    def _column(
        self, name: str, type_: str, described: dict[str, Any], layouts: Layouts, tables: Mapping[str, Table]
    ) -> Column:
        if described:
            made_from = [self._origin(written, layouts, tables) for written in described.get("from", [])]
            origins_ = tuple(origin for group in made_from for origin in group)
            return Column(name, type_, described["description"], origins_, codes=described.get("codes"))
        own = self.front.get("segments") or self.direct or self.reads["segments"]
        if name in _COMMON:
            line = tuple(Origin("segments", segment, name) for segment in own[:1] if name == "line_number")
            return Column(name, type_, _COMMON[name], line)
        parents = [
            parent for parent in self.references if parent in self.reads["tables"] and _has(tables[parent], name)
        ]
        if parents:
            inherited = tables[parents[0]].column(name)
            origins_ = tuple(Origin(tables[parent].layer, parent, name) for parent in parents)
            return Column(name, type_, inherited.description, origins_, codes=inherited.codes)
        fields = {segment: found for segment in own if (found := _fields(layouts, segment, name))}
        if fields:
            origins_ = tuple(Origin("segments", segment, f.name) for segment, found in fields.items() for f in found)
            first = next(iter(fields.values()))[0]
            return Column(name, type_, _field_description(first), origins_, codes=first.codes)
        raise TableError(
            f"{self.path}: column {name!r} is no field of what the SQL reads; describe it in the comment at the top"
        )

    def _origin(self, written: str, layouts: Layouts, tables: Mapping[str, Table]) -> tuple[Origin, ...]:
        source, _, column = written.partition(".")
        if source in layouts.records and column == "line_number":
            return (Origin("segments", source, column),)
        if source in layouts.records and (fields := _fields(layouts, source, column)):
            return tuple(Origin("segments", source, field.name) for field in fields)
        if source in tables and _has(tables[source], column):
            return (Origin(tables[source].layer, source, column),)
        raise TableError(f"{self.path}: `from` names {written!r}, which is no column of a segment or table")


def _has(table: Table, column: str) -> bool:
    return any(found.name == column for found in table.columns)


def _fields(layouts: Layouts, segment: str, name: str) -> list[Field]:
    """The fields of a segment called `name`, or whose repetition is: without its number or label, or by that label alone."""
    if segment not in layouts.records:
        return []
    record = layouts.records[segment]
    carried = record.rows.carries if record.rows else ()
    return [
        f
        for f in (*record.fields, *carried)
        if f.name == name or (f.repetition and name in (f.repetition.name, f.repetition.label))
    ]


def _field_description(field: Field) -> str:
    return f"{field.description}. {field.note}" if field.note else field.description


def relations_behind(sql: str, layouts: Layouts, views: bool = True) -> dict[str, list[str]]:
    """The segments, tables, code tables and reference tables that `sql` reads; those behind its views too, unless not `views`."""
    found: dict[str, list[str]] = {"segments": [], "tables": [], "codes": [], "reference": [], "previous": []}
    for text in [sql, *(views_under(sql).values() if views else [])]:
        for schema, name in relations(text):
            if schema in LAYERS:
                found["tables"].append(name)
            elif schema in ("codes", "year_codes"):
                found["codes"].append(name)
            elif schema == "reference":
                found["reference"].append(name)
            elif schema == PREVIOUS:
                found["previous"].append(name)
            elif schema not in WRITTEN or (schema != "shared" and not views):
                found["segments"] += segments_behind(schema, name, layouts)
    return {kind: list(dict.fromkeys(names)) for kind, names in found.items()}


def _column_types(order: list[str], sources: Mapping[str, _Source], layouts: Layouts) -> dict[str, dict[str, str]]:
    """What DuckDB says that each table's SQL returns, asked over empty segments."""
    types: dict[str, dict[str, str]] = {}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("PRAGMA disable_optimizer")
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        segments = [(kind, segment) for kind in layouts.kinds.values() for segment in segment_names(kind)]
        for kind, segment in segments:
            columns = ", ".join(f'"{f.name}" {_DUCKDB_TYPES[f.type]}' for f in segment_schema(kind, segment))
            connection.execute(f"CREATE TABLE segments.{segment} ({columns})")
        read = {kind: {name for s in sources.values() for name in s.reads[kind]} for kind in ("codes", "reference")}
        for statement in prelude(layouts, 0, [s for _, s in segments], read["codes"], read["reference"]):
            connection.execute(statement)
        made: set[str] = set()
        for name in order:
            try:
                for view, sql in views_under(sources[name].sql).items():
                    if view not in made:
                        connection.execute(view_statement(view, sql))
                        made.add(view)
                table = f"{sources[name].path.parent.name}.{name}"
                connection.execute(f"CREATE TABLE {table} AS\n{sources[name].sql}")
                described = connection.execute(f"DESCRIBE {table}").fetchall()
            except duckdb.Error as error:
                raise TableError(f"{sources[name].path}: {error}") from None
            types[name] = {row[0]: row[1] for row in described}
    return types
