"""Makes the tables in Postgres, brings them up to date and comments them, from what the catalog says of them."""

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from nibrs_assets.catalog.model import Column, Table
from nibrs_assets.core.errors import NibrsError

SCHEMA = "nibrs"
LOADING = "nibrs_loading"


def table_name(name: str, schema: str = SCHEMA) -> sql.Identifier:
    """The qualified name of a table."""
    return sql.Identifier(schema, name)


def column_names(columns: Sequence[str]) -> sql.Composed:
    """The names of columns, with commas between them."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def columns_of(connection: psycopg.Connection, table: str) -> dict[str, str]:
    """Name and type of the columns of a table in the schema `nibrs`; empty when it is not there."""
    query = """
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum
    """
    return dict(connection.execute(query, [f"{SCHEMA}.{table}"]).fetchall())


_WIDTHS = {"bigint": 8, "double precision": 8, "integer": 4, "date": 4, "smallint": 2, "boolean": 1}


def packed(table: Table) -> list[Column]:
    """The columns of a table in the order in which its rows need no padding, coded columns before other text.

    Postgres aligns numbers to their width. To read a column, it walks over those of no fixed width before it: codes, which
    are read the most, come first.
    """
    return sorted(table.columns, key=lambda column: (-_WIDTHS.get(column.postgres_type, 0), column.codes is None))


def column_definitions(table: Table, columns: Sequence[Column] = ()) -> list[sql.Composable]:
    """The columns of a table for CREATE TABLE, in the order of `columns` if given; those of the key are NOT NULL."""
    definitions: list[sql.Composable] = []
    for column in columns or table.columns:
        required = sql.SQL(" NOT NULL") if column.name in table.key else sql.SQL("")
        definitions.append(
            sql.SQL("{} {}{}").format(sql.Identifier(column.name), _type(column.postgres_type), required)
        )
    return definitions


def _type(postgres_type: str) -> sql.SQL:
    # The type names are those that the descriptions derive, no input.
    return sql.SQL(postgres_type)


def add_new_columns(connection: psycopg.Connection, table: Table, there: Mapping[str, str]) -> None:
    """Add the columns that the table in the warehouse, which has the columns `there`, lacks; `NibrsError` where one has changed."""
    wanted = {column.name: column.postgres_type for column in table.columns}
    changed = [name for name, type_ in there.items() if wanted.get(name) != type_]
    if changed:
        raise NibrsError(
            f"warehouse: column {changed[0]!r} of {SCHEMA}.{table.name} is {there[changed[0]]} and should be "
            f"{wanted.get(changed[0], 'gone')}; the table was made by another version. "
            f"DROP SCHEMA {SCHEMA} CASCADE and load the years again"
        )
    for name in wanted.keys() - there.keys():
        add = sql.SQL("ALTER TABLE {} ADD COLUMN {} {}")
        connection.execute(add.format(table_name(table.name), sql.Identifier(name), _type(wanted[name])))


def comment(connection: psycopg.Connection, table: Table) -> None:
    """Put the descriptions on the table and its columns."""
    on_table = sql.SQL("COMMENT ON TABLE {} IS {}")
    connection.execute(on_table.format(table_name(table.name), sql.Literal(table.description)))
    on_column = sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
    for column in table.columns:
        name = sql.Identifier(column.name)
        connection.execute(on_column.format(table_name(table.name), name, sql.Literal(column.comment)))
