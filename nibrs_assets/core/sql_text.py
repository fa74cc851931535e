"""Names, values and types as SQL text."""

_POSTGRES_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision"}

Value = str | int | bool | None


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Value) -> str:
    """A value as an SQL literal."""
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def postgres_type(duckdb_type: str) -> str:
    """What Postgres calls a type of DuckDB."""
    return _POSTGRES_TYPES.get(duckdb_type, duckdb_type.lower().replace("decimal", "numeric"))
