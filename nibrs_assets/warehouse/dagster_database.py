"""Dagster's own database in the embedded server, beside the warehouse, with a role of its own."""

import secrets
from contextlib import suppress
from urllib.parse import urlsplit

import psycopg
from psycopg import errors

from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets.warehouse.roles import set_password

DATABASE = "dagster"
ROLE = "nibrs_dagster"


def dagster_database(embedded: EmbeddedPostgres, owners_url: str) -> str:
    """The URL of the database for its role; both are made unless they are there."""
    with psycopg.connect(owners_url, autocommit=True) as connection:
        if not embedded.has_login(ROLE):
            with suppress(errors.DuplicateObject):
                connection.execute(f"CREATE ROLE {ROLE}")
            password = secrets.token_urlsafe(32)
            set_password(connection, ROLE, password)
            embedded.keep_login(ROLE, password)
        with suppress(errors.DuplicateDatabase):
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
            connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
    return urlsplit(embedded.url(ROLE))._replace(path=f"/{DATABASE}").geturl()
