"""The roles of a warehouse: its owner, the loader, and the reader that dashboards, BI and people use; see `roles.sql`."""

from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

LOADER = "nibrs_loader"
READER = "nibrs_reader"
ROLES = (LOADER, READER)

_STATEMENTS = Path(__file__).with_name("roles.sql")


def set_up_roles(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Make the roles in the database of `connection`, which is its owner's, and set the `passwords` given by role.

    Goes with the transaction of `connection`.
    """
    connection.execute(_STATEMENTS.read_bytes())
    for role, password in passwords.items():
        set_password(connection, role, password)


def set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Let `role` log in by `password`, of which the server gets a hash."""
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    alter = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(alter.format(sql.Identifier(role), sql.Literal(hashed)))


def act_as_loader(connection: psycopg.Connection) -> None:
    """Give up what the user may do beyond loading, so that all tables are the loader's; where there are no roles, do nothing."""
    may_be = "SELECT 1 FROM pg_roles WHERE rolname = %s AND pg_has_role(oid, 'MEMBER')"
    if connection.execute(may_be, [LOADER]).fetchone():
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(LOADER)))
