"""The `nibrs` command."""

import signal
import sys

import click

from nibrs_assets.cli import docs, files, run, serve, sql
from nibrs_assets.cli.console import CommandGroup


@click.group(cls=CommandGroup)
@click.version_option(package_name="nibrs_assets")
def main() -> None:
    """The FBI's crime data, decoded, harmonized and loaded. Every setting is an environment variable; see the README."""
    # So that what was started is stopped, and what was staged is removed, as on Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


for _command in (
    *(files.decode, files.encode, files.fetch),
    *(run.run, run.clearance),
    *(serve.ui, serve.dashboard, serve.deploy_local, serve.dagster, serve.backfill),
    *(sql.psql, sql.roles, sql.views),
    docs.dictionary,
):
    main.add_command(_command)
