"""Names and values as SQL text, for the views that are derived from layouts and code tables."""

Value = str | int | bool | None


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Value) -> str:
    """A value as an SQL literal."""
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
