"""The tables that SQL makes, harmonized, marts and of clearance: derived from `layouts/` and `sql/<layer>/`.

A table is one .sql file, named as the table, with a YAML comment at its top (`notation.py`). Types come from DuckDB, which is
asked what the SQL returns; what a column is made from is read off the SQL (`lineage.py`).
"""

import graphlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot

from nibrs_assets.catalog.lineage import Lineage, LineageError
from nibrs_assets.catalog.model import CLEARANCE, LAYERS, Column, Query, Table
from nibrs_assets.catalog.notation import (
    ColumnNote,
    Elsewhere,
    TableError,
    TableNote,
    note_of_sql,
    notes_without_sql,
    refuse_second_descriptions,
    shared_descriptions,
)
from nibrs_assets.catalog.provenance import Provenance
from nibrs_assets.catalog.sql_scope import Traced
from nibrs_assets.catalog.views import SCHEMAS, prelude, read_query, view_statement
from nibrs_assets.core.sql_text import quoted
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.layouts.model import FileKind, Layouts

_DUCKDB_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
}


def load_tables(folder: Path, layouts: Layouts) -> dict[str, Table]:
    """Read the tables in the layers of `folder`; raises `TableError` naming the file when a comment is wrong or incomplete."""
    paths = [path for layer in (*LAYERS, CLEARANCE) for path in sorted((folder / layer).glob("*.sql"))]
    sources = {path.stem: _Source.read(path, layouts) for path in paths}
    shared = shared_descriptions(folder)
    without_sql = (note for notes in notes_without_sql().values() for note in notes.values())
    refuse_second_descriptions([*(source.note for source in sources.values()), *without_sql], shared)
    order = list(graphlib.TopologicalSorter({n: s.query.tables for n, s in sources.items()}).static_order())
    types = _column_types(order, sources, layouts)
    tables: dict[str, Table] = {}
    builder = _Builder(layouts, tables, shared)
    for name in order:
        tables[name] = builder.table(sources[name], types[name])
    return tables


@dataclass(frozen=True)
class _Source:
    """A table's SQL file: what its comment says, and its SQL."""

    path: Path
    note: TableNote
    query: Query

    @property
    def layer(self) -> str:
        return self.path.parent.name

    @classmethod
    def read(cls, path: Path, layouts: Layouts) -> "_Source":
        text = path.read_text(encoding="utf-8")
        try:
            return cls(path, note_of_sql(path, text), read_query(text, layouts))
        except sqlglot.ParseError as error:
            raise TableError(f"{path}: sqlglot does not read it: {error}") from None

    def refuse_unknown_columns(self, types: Mapping[str, str], layouts: Layouts) -> None:
        """Raise `TableError` for a column that the SQL does not return, and a code table that does not exist."""
        referring = (column for columns in self.note.references.values() for column in columns)
        for name in (*self.note.columns, *self.note.key, *referring):
            if name not in types:
                raise TableError(f"{self.path}: its comment names the column {name!r}, which the SQL does not return")
        for name, column in self.note.columns.items():
            if column.codes and column.codes not in layouts.codes:
                raise TableError(f"{self.path}: codes {column.codes!r} of column {name!r} is no code table")


class _Builder:
    """Makes tables out of their sources, each after those that it reads, which are in `tables` then."""

    def __init__(self, layouts: Layouts, tables: Mapping[str, Table], shared: Mapping[str, ColumnNote]) -> None:
        self._layouts = layouts
        self._tables = tables
        self._shared = shared
        self._lineage = Lineage(layouts)
        self._provenance = Provenance(layouts, tables)

    def table(self, source: _Source, types: Mapping[str, str]) -> Table:
        source.refuse_unknown_columns(types, self._layouts)
        traced = self._trace(source, list(types))
        note = source.note
        table = Table(
            name=note.name,
            layer=source.layer,
            description=note.description,
            key=note.key,
            unique=note.unique,
            references=note.references,
            caveats=note.caveats,
            kinds=self._kinds(source.query),
            columns=tuple(self._column(note, name, type_, traced[name]) for name, type_ in types.items()),
            filled_by=source.query,
        )
        self._lineage.add_table(table.layer, table.name, types, table.key)
        return table

    def _trace(self, source: _Source, names: list[str]) -> dict[str, Traced]:
        try:
            relation = self._lineage.trace(source.query.sql)
        except LineageError as error:
            raise TableError(f"{source.path}: {error}") from None
        found = [name for name, _ in relation.columns]
        if found != names:
            raise TableError(
                f"{source.path}: DuckDB returns the columns {names}, but {found} were followed; name them all"
            )
        return dict(relation.columns)

    def _column(self, note: TableNote, name: str, type_: str, traced: Traced) -> Column:
        made_from = self._provenance
        roots = made_from.roots(traced.origins)
        elsewhere = Elsewhere(
            self._shared, made_from.description_in_table(name, traced), made_from.description_in_layout(name, traced)
        )
        own_codes = note.columns[name].codes if name in note.columns else None
        return Column(
            name=name,
            type=type_,
            description=note.description_of(name, elsewhere),
            origins=traced.origins,
            roots=roots,
            source=made_from.source(roots),
            codes=own_codes or made_from.codes(traced),
        )

    def _kinds(self, query: Query) -> tuple[str, ...]:
        """The kinds of master file behind what the query reads."""
        of_tables = {kind for name in query.tables for kind in self._tables[name].kinds}

        def reads(kind: FileKind) -> bool:
            return kind.name in of_tables or bool({*kind.records, *segment_names(kind)} & set(query.segments))

        return tuple(kind.name for kind in self._layouts.kinds.values() if reads(kind))


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
        codes = {name for source in sources.values() for name in source.query.codes}
        reference = {name for source in sources.values() for name in source.query.reference}
        for statement in prelude(layouts, 0, [s for _, s in segments], codes, reference):
            connection.execute(statement)
        made: set[str] = set()
        for name in order:
            try:
                for view, sql in sources[name].query.views.items():
                    if view not in made:
                        connection.execute(view_statement(view, sql))
                        made.add(view)
                described = connection.execute(f"DESCRIBE\n{sources[name].query.sql}").fetchall()
                types[name] = {row[0]: row[1] for row in described}
                columns = ", ".join(f"{quoted(column)} {type_}" for column, type_ in types[name].items())
                connection.execute(f"CREATE TABLE {sources[name].layer}.{name} ({columns})")
            except duckdb.Error as error:
                raise TableError(f"{sources[name].path}: {error}") from None
    return types
