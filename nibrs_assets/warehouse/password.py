"""Keeps a password out of what everyone can read."""

from psycopg.conninfo import conninfo_to_dict, make_conninfo


def split_password(url: str) -> tuple[str, str | None]:
    """A connection string without its password, and the password if it has one."""
    parameters = conninfo_to_dict(url)
    password = parameters.pop("password", None)
    return make_conninfo("", **parameters), str(password) if password else None
