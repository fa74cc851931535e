"""The commands for SQL: psql, roles, views."""

import os
import shutil
import subprocess
import sys

import click

from nibrs_assets.cli.console import out, settings_given, wait
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.layouts.loader import shipped_layouts


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--as", "role", type=click.Choice(["reader", "loader", "owner"]), default="reader", show_default=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(role: str, arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse, to read only unless told otherwise; ARGUMENTS go to psql."""
    from nibrs_assets.warehouse.embedded import OWNER, find_binaries
    from nibrs_assets.warehouse.load import Warehouse
    from nibrs_assets.warehouse.password import split_password
    from nibrs_assets.warehouse.roles import LOADER, READER

    settings = settings_given()
    program = shutil.which("psql") or str(find_binaries(settings.pg_bin) / "psql")
    with Warehouse.of(settings).running({"reader": READER, "loader": LOADER, "owner": OWNER}[role]) as url:
        # The password goes by the environment, as a command line can be read by everyone.
        conninfo, password = split_password(url)
        secret = {"PGPASSWORD": password} if password else {}
        sys.exit(wait(subprocess.Popen([program, conninfo, *arguments], env={**os.environ, **secret})))


@click.command()
def roles() -> None:
    """Make the roles nibrs_loader and nibrs_reader in the Postgres of NIBRS_WAREHOUSE_URL, which must be its owner's.

    They get the passwords in NIBRS_LOADER_PASSWORD and NIBRS_READER_PASSWORD; one that is not set stays as it is.
    """
    from nibrs_assets.warehouse.load import Warehouse
    from nibrs_assets.warehouse.roles import LOADER, READER

    settings = settings_given()
    if settings.warehouse_url is None:
        raise NibrsError("NIBRS_WAREHOUSE_URL is not set; the embedded PostgreSQL has its roles from the beginning")
    given = {LOADER: settings.loader_password, READER: settings.reader_password}
    passwords = {role: password.get_secret_value() for role, password in given.items() if password}
    Warehouse.of(settings).set_up_roles(passwords)
    for role in given:
        kept = "its password was set" if role in passwords else "its password was left as it was, or none"
        out.print(f"{role}: {kept}", highlight=False)


@click.command()
@click.argument("table")
@click.option("--year", type=int, required=True)
def views(table: str, year: int) -> None:
    """Print the SQL that gives DuckDB what the .sql of TABLE reads, so that it can be run by hand."""
    from nibrs_assets.catalog.model import REFERENCE
    from nibrs_assets.catalog.places import place_tables
    from nibrs_assets.catalog.tables import clearance_tables, shipped_tables
    from nibrs_assets.engine.session import session_statements
    from nibrs_assets.lake.lake import Lake

    settings = settings_given()
    tables = shipped_tables() | clearance_tables()
    if table not in tables:
        raise NibrsError(f"{table!r} is no table; there are {', '.join(sorted(tables))}")
    lake = Lake.of(settings)
    if not lake.local:
        raise NibrsError(
            f"{settings.lake_uri}: views are for a lake in a folder; DuckDB reads S3 by an extension of its own"
        )
    for name in tables[table].query.reference:
        if name in place_tables():
            lake.require(REFERENCE, name, None)
    for statement in list(session_statements(lake, shipped_layouts(), tables[table], year)):
        click.echo(f"{statement.strip().removesuffix(';')};\n")
    click.echo(
        "-- Numbers of incidents and arrests as this installation hashes them take the key in hash.key instead of true."
    )
    click.echo("SET VARIABLE keeps_numbers = true;\n")
