"""SQL parsed by sqlglot: each text once in a process, for whoever asks what it reads or where its columns come from."""

import functools

import sqlglot
from sqlglot import exp


@functools.cache
def parsed(sql: str) -> exp.Expr:
    """The syntax tree of one statement, shared and not to be changed. Raises `sqlglot.ParseError`."""
    return sqlglot.parse_one(sql, read="duckdb")


@functools.cache
def relations_named(sql: str) -> tuple[tuple[str, str], ...]:
    """Schema and name of every relation that `sql` qualifies with a schema, in the order of the text, each once."""
    named = [node for node in parsed(sql).find_all(exp.Table) if node.db]
    in_order = sorted(named, key=lambda node: int(node.this.meta["start"]))
    return tuple(dict.fromkeys((node.db, node.name) for node in in_order))
