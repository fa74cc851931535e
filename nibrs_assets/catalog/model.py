"""What a table is, of whichever layer: its columns, its key, and what fills it. Plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from nibrs_assets.core.sql_text import Value, postgres_type

LAYERS = ("harmonized", "marts")
"""The layers of a year's run, each made by SQL over those before it."""

CLEARANCE = "clearance"
"""The layer of the tables that models of clearance learn from: made by SQL over the others, no part of a year's run."""

CLEARANCE_RESULTS = "clearance_results"
"""The layer of the tables that tell what became of those models."""

REFERENCE = "reference"
"""The layer of the reference tables."""


class Origin(NamedTuple):
    """A column that another is made from. `layer` is `segments`, `codes`, `reference` or a layer of tables."""

    layer: str
    table: str
    column: str


@dataclass(frozen=True)
class Column:
    """A column: its DuckDB type, its meaning, the columns it is made from.

    `roots` are the columns of segments and code tables where its lineage ends; `source` tells people where these are in the raw
    record. `codes` is the code table that its values belong to.
    """

    name: str
    type: str
    description: str
    origins: tuple[Origin, ...] = ()
    roots: tuple[Origin, ...] = ()
    source: str = ""
    codes: str | None = None

    @property
    def comment(self) -> str:
        """The description, and the bytes of the raw record that the column is made from, for people."""
        return f"{self.description.rstrip('.')}. Source: {self.source}." if self.source else self.description

    @property
    def postgres_type(self) -> str:
        """The type of the column in Postgres."""
        return postgres_type(self.type)


@dataclass(frozen=True)
class Query:
    """The SQL that makes a table, and what it reads, directly or through views.

    `views` are those that are made for it, `<schema>.<name>` to their SQL, each after those it reads itself. `tables` maps names to
    layers; `codes` are code tables, `reference` reference tables; `previous` are the tables whose year before it reads. `version`
    changes with the SQL and with the views and code tables under it.
    """

    sql: str
    views: Mapping[str, str] = field(default_factory=dict)
    segments: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True)
class CsvSource:
    """The CSV files that fill a table.

    `shipped` is a file or folder in `places/`; `folder`, below `$NIBRS_HOME/places`, is where users put files of their own.
    `named_by_file` is the column that holds the file's name. A row of a user's file replaces the shipped row of the same key where
    `is_replaceable`. `headers` are the names a column may have in a file, where they are not its own; `optional` columns may be
    left out or empty.
    """

    shipped: str | None = None
    folder: str | None = None
    named_by_file: str | None = None
    is_replaceable: bool = False
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()

    def headers_of(self, column: str) -> tuple[str, ...]:
        """The headers that `column` may have in a file; the first that is there counts."""
        return self.headers.get(column, (column,))


@dataclass(frozen=True)
class Rows:
    """The rows of a table, in the order of its columns; `code_table` names the code table they are, if they are one."""

    rows: tuple[tuple[Value, ...], ...]
    code_table: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the layer `layer`.

    `filled_by` is the query that makes it, the CSV files it is read from, or its rows; None for tables that a program fills.
    `kinds` are the kinds of master file that it is made from; of several, from those that are there. `references` are the tables
    that its rows belong to, and by which columns (of the same names there).
    """

    name: str
    layer: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    filled_by: Query | CsvSource | Rows | None = None

    @property
    def query(self) -> Query:
        """The query that makes the table; only for those that one makes."""
        assert isinstance(self.filled_by, Query), f"no SQL makes {self.name}"
        return self.filled_by

    @property
    def inputs(self) -> list[tuple[str, str]]:
        """Layer and name of the partitions that its SQL reads."""
        segments = [("segments", name) for name in self.query.segments]
        return [*segments, *((layer, name) for name, layer in self.query.tables.items())]

    def column(self, name: str) -> Column:
        """The column `name`."""
        return next(column for column in self.columns if column.name == name)
