"""What each table is, harmonized or mart: columns, types, keys, source bytes; derived from `layouts/` and `sql/<layer>/`.

A table is one .sql file, named as the table, with a YAML comment at its top:

    description   what a row is
    key           the columns that identify a row
    unique        further sets of columns that do
    caveats       what one must know to count its rows rightly, a list of sentences
    references    the tables that its rows belong to, and by which columns (of the same names there)
    columns       for columns that are no field of a layout, or mean something else: description, and `codes`, the code table whose
                  codes they hold, where the SQL does not say it; all others take that of the field or table column of their name
                  that they are made from

Types come from DuckDB, which is asked what the SQL returns; what a column is made from is read off the SQL (`lineage.py`).
"""

import functools
import graphlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from nibrs_assets.catalog.lineage import Lineage, LineageError, Origin, Traced
from nibrs_assets.catalog.reference import REFERENCE
from nibrs_assets.catalog.views import (
    LAYERS,
    PREVIOUS,
    SCHEMAS,
    WRITTEN,
    prelude,
    relations,
    segments_behind,
    view_statement,
    views_under,
)
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.core.sql_text import postgres_type, quoted
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import Field, FileKind, Layouts

_FRONT_MATTER = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_DUCKDB_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
}
_SEGMENTS_SHOWN = 4
_COMMON = {
    "data_year": "Year of the master file",
    "line_number": "Line of the record in the master file, counted from 1",
}


class TableError(NibrsError):
    """A table's SQL file whose comment is wrong or incomplete."""


@dataclass(frozen=True)
class Column:
    """A column: its DuckDB type, what it means, the columns it is made from.

    `roots` are the columns of segments and code tables that its lineage ends at; `source` says for people where these stand in the
    raw record. `codes` is the code table that its values are of.
    """

    name: str
    type: str
    description: str
    origins: tuple[Origin, ...]
    roots: tuple[Origin, ...] = ()
    source: str = ""
    codes: str | None = None

    @property
    def comment(self) -> str:
        """The description and the bytes of the raw record that the column is made from, for people."""
        return f"{self.description.rstrip('.')}. Source: {self.source}." if self.source else self.description

    @property
    def postgres_type(self) -> str:
        """The column's type in Postgres."""
        return postgres_type(self.type)


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
    caveats: tuple[str, ...] = ()

    @property
    def inputs(self) -> list[tuple[str, str]]:
        """Layer and name of the partitions that its SQL reads."""
        return [
            *(("segments", name) for name in self.segments),
            *((layer, name) for name, layer in self.tables.items()),
        ]

    def column(self, name: str) -> Column:
        """The column `name`, which the table must have."""
        return next(column for column in self.columns if column.name == name)


CLEARANCE = "clearance"
"""The layer of the tables that models of clearance learn from: made by SQL over the others, no part of a year's run."""


@functools.cache
def shipped_tables() -> dict[str, Table]:
    """All tables of `LAYERS` that ship with the package by name, each after those that its SQL reads."""
    return {name: table for name, table in _loaded().items() if table.layer in LAYERS}


@functools.cache
def clearance_tables() -> dict[str, Table]:
    """The tables of the layer `CLEARANCE` by name."""
    return {name: table for name, table in _loaded().items() if table.layer == CLEARANCE}


@functools.cache
def _loaded() -> dict[str, Table]:
    return load_tables(SQL_FOLDER, shipped_layouts())


def tables_of(*kinds: str) -> dict[str, Table]:
    """The tables that are made from these kinds of master file, all of them and no other."""
    return {name: table for name, table in shipped_tables().items() if table.kinds == kinds}


def kinds_of_tables() -> list[tuple[str, ...]]:
    """The kinds of master file that tables are made from: each alone, then those together that some table reads."""
    return sorted({table.kinds for table in shipped_tables().values()}, key=lambda kinds: (len(kinds), kinds))


def load_tables(folder: Path, layouts: Layouts) -> dict[str, Table]:
    """Read the tables in the layers of `folder`; raises `TableError` naming the file when a comment is wrong or incomplete."""
    paths = [path for layer in (*LAYERS, CLEARANCE) for path in sorted((folder / layer).glob("*.sql"))]
    sources = {path.stem: _Source.read(path, layouts) for path in paths}
    graph = {name: source.reads["tables"] for name, source in sources.items()}
    order = list(graphlib.TopologicalSorter(graph).static_order())
    types = _column_types(order, sources, layouts)
    lineage = Lineage(layouts)
    tables: dict[str, Table] = {}
    for name in order:
        table = tables[name] = sources[name].table(types[name], lineage, layouts, tables)
        lineage.add_table(table.layer, name, types[name], table.key)
    return tables


def _roots(origins: tuple[Origin, ...], tables: Mapping[str, Table]) -> tuple[Origin, ...]:
    """Where the lineage ends that leads through `origins`."""
    ends = ([o] if o.layer not in LAYERS else tables[o.table].column(o.column).roots for o in origins)
    return tuple(dict.fromkeys(root for found in ends for root in found))


def _source(roots: tuple[Origin, ...], layouts: Layouts) -> str:
    """The bytes behind `roots`, such as `04 (victim) bytes 68-69`."""
    fields: dict[str, list[Field]] = {}
    for root in roots:
        if field := _field(root, layouts):
            fields.setdefault(root.table, []).append(field)
    if len(fields) > _SEGMENTS_SHOWN:
        types = ", ".join(layouts.records[segment].record_type for segment in fields)
        return f"{sum(map(len, fields.values()))} fields of the record types {types}"
    return "; ".join(layouts.records[segment].place_of(found) for segment, found in fields.items())


def _field(origin: Origin, layouts: Layouts) -> Field | None:
    """The field of the raw record that a segment's column is; None for what the decoder adds."""
    record = layouts.records.get(origin.table) if origin.layer == "segments" else None
    carried = record.rows.carries if record and record.rows else ()
    fields = (*record.fields, *carried) if record else ()
    return next((field for field in fields if field.name == origin.column), None)


def front_matter(path: Path, text: str) -> dict[str, Any]:
    """The YAML comment at the top of the SQL file `path`, empty where there is none; raises `TableError` when it can't be read."""
    match = _FRONT_MATTER.match(text)
    try:
        front = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError as error:
        raise TableError(f"{path}: the comment at its top is not readable as YAML: {error}") from None
    return front if isinstance(front, dict) else {}


@dataclass(frozen=True)
class _Source:
    """A table's SQL file, taken apart. `reads` are the segments, tables, code and reference tables behind its SQL."""

    path: Path
    sql: str
    front: dict[str, Any]
    reads: dict[str, list[str]]

    @property
    def references(self) -> dict[str, list[str]]:
        return self.front.get("references") or {}

    @classmethod
    def read(cls, path: Path, layouts: Layouts) -> "_Source":
        text = path.read_text(encoding="utf-8")
        front = front_matter(path, text)
        if not {"description", "key"} <= front.keys():
            raise TableError(f"{path}: must begin with a YAML comment that gives description and key")
        return cls(path, text, front, relations_behind(text, layouts))

    def kinds(self, layouts: Layouts, tables: Mapping[str, Table]) -> tuple[str, ...]:
        def reads(kind: FileKind) -> bool:
            of_tables = {name for table in self.reads["tables"] for name in tables[table].kinds}
            names = {*kind.records, *segment_names(kind)}
            return kind.name in of_tables or bool(names & set(self.reads["segments"]))

        return tuple(kind.name for kind in layouts.kinds.values() if reads(kind))

    def table(self, types: dict[str, str], lineage: Lineage, layouts: Layouts, tables: Mapping[str, Table]) -> Table:
        described = self.front.get("columns") or {}
        for name, given in described.items():
            if not (isinstance(given, dict) and {"description"} <= given.keys() <= {"description", "codes"}):
                raise TableError(
                    f"{self.path}: column {name!r} in its comment takes description and codes, nothing else"
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
        traced = self._trace(lineage, list(types))
        return Table(
            name=self.path.stem,
            layer=self.path.parent.name,
            kinds=self.kinds(layouts, tables),
            description=self.front["description"].strip(),
            key=tuple(self.front["key"]),
            unique=tuple(map(tuple, self.front.get("unique") or [])),
            references={target: tuple(columns) for target, columns in self.references.items()},
            columns=tuple(self._column(name, type_, traced[name], layouts, tables) for name, type_ in types.items()),
            segments=tuple(self.reads["segments"]),
            tables={name: tables[name].layer for name in self.reads["tables"]},
            codes=tuple(self.reads["codes"]),
            reference=tuple(self.reads["reference"]),
            sql=self.sql,
            caveats=tuple(self.front.get("caveats") or ()),
        )

    def _trace(self, lineage: Lineage, names: list[str]) -> dict[str, Traced]:
        try:
            relation = lineage.trace(self.sql)
        except LineageError as error:
            raise TableError(f"{self.path}: {error}") from None
        found = [name for name, _ in relation.columns]
        if found != names:
            raise TableError(
                f"{self.path}: DuckDB returns the columns {names}, but {found} were followed; name them all"
            )
        return dict(relation.columns)

    def _column(self, name: str, type_: str, traced: Traced, layouts: Layouts, tables: Mapping[str, Table]) -> Column:
        described = (self.front.get("columns") or {}).get(name)
        description = (
            described["description"] if described else _COMMON.get(name) or _inherited(name, traced, layouts, tables)
        )
        if not description:
            raise TableError(
                f"{self.path}: column {name!r} is made from no field or column of its name; describe it in the comment at the top"
            )
        roots = _roots(traced.origins, tables)
        codes = (described or {}).get("codes") or _codes(traced, layouts, tables)
        return Column(name, type_, description, traced.origins, roots, _source(roots, layouts), codes)


def _inherited(name: str, traced: Traced, layouts: Layouts, tables: Mapping[str, Table]) -> str | None:
    """The description of the first origin that is called `name`, or whose repetition is: without its number or label."""
    for origin in traced.origins:
        if origin.layer in LAYERS and origin.column == name:
            return tables[origin.table].column(name).description
        field = _field(origin, layouts)
        place = field.repetition if field else None
        if field and name in (field.name, *((place.name, place.label) if place else ())):
            return f"{field.description}. {field.note}" if field.note else field.description
    return None


def _codes(traced: Traced, layouts: Layouts, tables: Mapping[str, Table]) -> str | None:
    """The code table whose codes the values are, as they stand."""

    def of(origin: Origin) -> str | None:
        if origin.layer == "codes":
            return origin.table if origin.column == "code" else None
        if origin.layer in LAYERS:
            return tables[origin.table].column(origin.column).codes
        field = _field(origin, layouts)
        return field.codes if field else None

    tables_of_codes = {of(origin) for origin in traced.origins}
    return tables_of_codes.pop() if traced.copied and len(tables_of_codes) == 1 else None


def relations_behind(sql: str, layouts: Layouts) -> dict[str, list[str]]:
    """The segments, tables, code tables and reference tables that `sql` reads, itself and through its views."""
    found: dict[str, list[str]] = {"segments": [], "tables": [], "codes": [], "reference": [], "previous": []}
    for text in [sql, *views_under(sql).values()]:
        for schema, name in relations(text):
            if schema in LAYERS:
                found["tables"].append(name)
            elif schema in ("codes", "year_codes"):
                found["codes"].append(name)
            elif schema == REFERENCE:
                found["reference"].append(name)
            elif schema == PREVIOUS:
                found["previous"].append(name)
            elif schema not in WRITTEN:
                found["segments"] += segments_behind(schema, name, layouts)
    return {kind: list(dict.fromkeys(names)) for kind, names in found.items()}


def _column_types(order: list[str], sources: Mapping[str, _Source], layouts: Layouts) -> dict[str, dict[str, str]]:
    """What DuckDB says that each table's SQL returns, asked over empty segments."""
    types: dict[str, dict[str, str]] = {}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("PRAGMA disable_optimizer")
        for schema in (*SCHEMAS, CLEARANCE):
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
                described = connection.execute(f"DESCRIBE\n{sources[name].sql}").fetchall()
                types[name] = {row[0]: row[1] for row in described}
                columns = ", ".join(f"{quoted(column)} {type_}" for column, type_ in types[name].items())
                connection.execute(f"CREATE TABLE {sources[name].path.parent.name}.{name} ({columns})")
            except duckdb.Error as error:
                raise TableError(f"{sources[name].path}: {error}") from None
    return types
