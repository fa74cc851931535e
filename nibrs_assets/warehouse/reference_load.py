"""The reference tables in the warehouse, and the foreign keys by which coded columns join to their code tables.

They are of no year and are not exchanged: rows are added and brought up to date in place. A code that only a file has gets a row
that says so, so that every code joins and none keeps a year from being loaded.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from nibrs_assets.catalog.model import Rows, Table
from nibrs_assets.catalog.places import place_tables
from nibrs_assets.catalog.reference import UNKNOWN_CODE, layout_tables, name_of_code_table
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.warehouse.ddl import (
    LOADING,
    SCHEMA,
    add_new_columns,
    column_definitions,
    column_names,
    columns_of,
    comment,
    table_name,
)

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_VERSIONS = table_name("reference_version", LOADING)


def prepare_reference_tables(connection: psycopg.Connection) -> dict[str, int]:
    """Make the reference tables of the layouts, or bring those that are there up to date; the rows of each."""
    tables = layout_tables(shipped_layouts())
    for table in tables.values():
        _prepare(connection, table)
        assert isinstance(table.filled_by, Rows)
        _remove_rows(connection, table, table.filled_by)
        _put_rows(connection, table, table.filled_by)
    return {name: _rows(connection, name) for name in tables}


def load_place_tables(connection: psycopg.Connection, datasets: "Mapping[str, ds.Dataset]") -> dict[str, int]:
    """Replace the rows of the tables of places by those of `datasets`, inside the transaction of `connection`; the rows of each."""
    for name, dataset in datasets.items():
        table = place_tables()[name]
        names = [column.name for column in table.columns]
        rows = (row for batch in dataset.to_batches(columns=names) for row in batch.to_pylist())
        replace_rows(connection, table, ([row[column] for column in names] for row in rows))
    return {name: _rows(connection, name) for name in datasets}


def keep_versions(connection: psycopg.Connection, versions: Mapping[str, str]) -> None:
    """Note which version of its rows each reference table has now, inside the transaction of `connection`."""
    connection.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, version text)").format(_VERSIONS))
    connection.execute(sql.SQL("DELETE FROM {}").format(_VERSIONS))
    with connection.cursor() as cursor:
        insert = sql.SQL("INSERT INTO {} (name, version) VALUES (%s, %s)").format(_VERSIONS)
        cursor.executemany(insert, list(versions.items()))


def kept_versions(connection: psycopg.Connection) -> dict[str, str]:
    """The versions that `keep_versions` noted; none when reference tables were never loaded."""
    if connection.execute("SELECT to_regclass(%s)", [_VERSIONS.as_string(connection)]).fetchone() == (None,):
        return {}
    return dict(connection.execute(sql.SQL("SELECT name, version FROM {}").format(_VERSIONS)).fetchall())


def replace_rows(connection: psycopg.Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Make a table of no year, if it is not there, and replace its rows inside the transaction of `connection`."""
    _prepare(connection, table)
    connection.execute(sql.SQL("DELETE FROM {}").format(table_name(table.name)))
    names = column_names([column.name for column in table.columns])
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(table_name(table.name), names)
    with connection.cursor() as cursor, cursor.copy(copy) as copied:
        for row in rows:
            copied.write_row(row)


def _prepare(connection: psycopg.Connection, table: Table) -> None:
    if there := columns_of(connection, table.name):
        add_new_columns(connection, table, there)
    else:
        _create(connection, table)
    comment(connection, table)


def _create(connection: psycopg.Connection, table: Table) -> None:
    key = sql.SQL("PRIMARY KEY ({})").format(column_names(table.key))
    definitions = sql.SQL(", ").join([*column_definitions(table), key])
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table_name(table.name), definitions))


def _put_rows(connection: psycopg.Connection, table: Table, filled: Rows) -> None:
    names = [column.name for column in table.columns]
    statement = sql.SQL(
        "INSERT INTO {table} AS t ({names}) VALUES ({values}) ON CONFLICT ({key}) DO UPDATE SET ({names}) = ({new}) "
        "WHERE ({old}) IS DISTINCT FROM ({new})"
    ).format(
        table=table_name(table.name),
        names=column_names(names),
        values=sql.SQL(", ").join([sql.Placeholder()] * len(names)),
        key=column_names(table.key),
        old=sql.SQL(", ").join(sql.Identifier("t", name) for name in names),
        new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in names),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, filled.rows)


def _remove_rows(connection: psycopg.Connection, table: Table, filled: Rows) -> None:
    """Remove rows that the table has no more; of a code table, rows may refer to them, so that they become unknown codes."""
    indexes = [[column.name for column in table.columns].index(name) for name in table.key]
    keys = [[str(row[index]) for row in filled.rows] for index in indexes]
    is_old = sql.SQL("({}) NOT IN (SELECT * FROM unnest({}))").format(
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in table.key),
        sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(keys)),
    )
    if not filled.code_table:
        connection.execute(sql.SQL("DELETE FROM {} WHERE {}").format(table_name(table.name), is_old), keys)
        return
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column.name), sql.Literal(UNKNOWN_CODE.get(column.name)))
        for column in table.columns
        if column.name not in table.key
    )
    update = sql.SQL("UPDATE {} SET {} WHERE is_known AND {}").format(table_name(table.name), changes, is_old)
    connection.execute(update, keys)


def _rows(connection: psycopg.Connection, name: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table_name(name))).fetchone()
    assert row
    return int(row[0])


def code_tables_of(tables: Iterable[Table]) -> list[str]:
    """The code tables, as reference tables, that columns of `tables` refer to."""
    return sorted({name_of_code_table(column.codes) for table in tables for column in table.columns if column.codes})


def add_unknown_codes(connection: psycopg.Connection, table: Table, codes: Mapping[str, Iterable[str]]) -> None:
    """Add to the code tables those of `codes`, which the coded columns of `table` hold, that these don't know."""
    statement = sql.SQL(
        "INSERT INTO {} (code, {}) SELECT code, {} FROM unnest(%s::text[]) AS code ON CONFLICT DO NOTHING"
    )
    values = sql.SQL(", ").join(map(sql.Literal, UNKNOWN_CODE.values()))
    for column in table.columns:
        if column.codes and (found := sorted(codes.get(column.name, ()))):
            target = table_name(name_of_code_table(column.codes))
            connection.execute(statement.format(target, column_names(list(UNKNOWN_CODE)), values), [found])


def code_references(table: Table) -> dict[str, sql.Composed]:
    """The foreign keys of the coded columns of `table` to their code tables, by name, as in ADD CONSTRAINT."""
    return {
        _constraint(column.name): sql.SQL("FOREIGN KEY ({}) REFERENCES {} (code)").format(
            sql.Identifier(column.name), table_name(name_of_code_table(column.codes))
        )
        for column in table.columns
        if column.codes
    }


def join_to_new_codes(connection: psycopg.Connection, table: Table) -> None:
    """Give the coded columns of the partitioned table that have none yet foreign keys to their code tables."""
    query = "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype = 'f'"
    there = {name for (name,) in connection.execute(query, [f"{SCHEMA}.{table.name}"])}
    references = code_references(table)
    for column in table.columns:
        name = _constraint(column.name)
        if column.codes and name not in there:
            add_unknown_codes(connection, table, {column.name: _values(connection, table.name, column.name)})
            connection.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                    table_name(table.name), sql.Identifier(name), references[name]
                )
            )


def _values(connection: psycopg.Connection, table: str, column: str) -> set[str]:
    query = sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} IS NOT NULL")
    return {value for (value,) in connection.execute(query.format(sql.Identifier(column), table_name(table)))}


def _constraint(column: str) -> str:
    return f"{column}_is_a_code"
