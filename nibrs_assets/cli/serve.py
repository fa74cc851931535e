"""The commands that start servers or talk to a deployment: ui, dashboard, deploy-local, dagster, backfill."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import click

from nibrs_assets.cli.console import KIND, err, out, settings_given, wait
from nibrs_assets.cli.wanted import kinds_to_run, years_to_run
from nibrs_assets.core import processes
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.layouts.model import FileKind


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=3000, show_default=True)
def ui(host: str, port: int) -> None:
    """Start the Dagster UI, and the warehouse for as long as it runs."""
    from nibrs_assets.cli.run_years import use_dagster_home
    from nibrs_assets.warehouse.load import Warehouse

    settings = settings_given()
    use_dagster_home(settings)
    with Warehouse.of(settings).running():
        err.print(
            f"Dagster UI: http://{host}:{port}   SQL: nibrs psql   Dashboard: make dashboard, then {settings.dashboard_url}",
            highlight=False,
            soft_wrap=True,
        )
        dagster = Path(sys.executable).with_name("dagster")
        command = [str(dagster), "dev", "-m", "nibrs_assets.definitions", "-h", host, "-p", str(port)]
        process = processes.start(command)
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            err.print("stopping …")
        finally:
            processes.stop(process, by=signal.SIGINT)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8050, show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes, of eight threads each."
)
def dashboard(host: str, port: int, workers: int) -> None:
    """Serve the dashboard, and run the warehouse for as long: agencies, who reports, places."""
    try:
        from nibrs_assets.dashboard.server import serve
    except ImportError as error:
        raise NibrsError(f"the dashboard lacks {error.name}; pip install 'nibrs_assets[dashboard]'") from None
    from nibrs_assets.warehouse.load import Warehouse
    from nibrs_assets.warehouse.roles import READER

    with Warehouse.of(settings_given()).running(READER) as url:
        err.print(f"Dashboard: http://{host}:{port}   Ctrl-C stops it", highlight=False)
        serve(url, host, port, workers)


@click.command("deploy-local")
@click.option("--port", type=int, default=3000, show_default=True)
def deploy_local(port: int) -> None:
    """Start a deployment on this machine: webserver, daemon, code server and Postgres, until Ctrl-C."""
    from nibrs_assets.cli.deploy_local import serve

    settings = settings_given()
    try:
        with closing(serve(settings, port)) as deployment:
            url = next(deployment)
            err.print(
                f"Dagster: {url}   its command line: nibrs dagster   Ctrl-C stops all", highlight=False, soft_wrap=True
            )
            raise NibrsError(f"the {next(deployment)} ended, see above; the rest was stopped")
    except KeyboardInterrupt:
        err.print("stopped", highlight=False)


@click.command()
@click.argument("years", type=int, nargs=-1)
@click.option("--kind", type=KIND, help="Only files of this kind.")
@click.option("--url", default="http://127.0.0.1:3000", show_default=True, help="Where the deployment's UI is.")
def backfill(years: tuple[int, ...], kind: FileKind | None, url: str) -> None:
    """Have a running deployment take YEARS (default: all) of the zips in the raw folder through all layers; wait for them."""
    from nibrs_assets.cli.backfill import backfill as requested
    from nibrs_assets.ingest.raw_folder import RawFolder

    settings = settings_given()
    wanted = years_to_run(RawFolder.of(settings), years, kinds_to_run(kind))
    begun = time.monotonic()
    failed: set[tuple[str, str]] = set()
    for ended in requested(url.rstrip("/"), wanted):
        again = f", retry {ended.retry}" if ended.retry else ""
        out.print(f"{ended.job} {ended.year}: {ended.status}, {ended.seconds:.0f} s{again}", highlight=False)
        which = {(ended.job, ended.year)}
        failed = failed - which if ended.status == "SUCCESS" else failed | which
    out.print(f"all: {time.monotonic() - begun:.0f} s", highlight=False)
    sys.exit(1 if failed else 0)


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dagster(arguments: tuple[str, ...]) -> None:
    """Run the command `dagster` on the local deployment; ARGUMENTS go to it."""
    from nibrs_assets.cli.deploy_local import deployment_environment

    settings = settings_given()
    program = str(Path(sys.executable).with_name("dagster"))
    with deployment_environment(settings) as environment:
        # There lies the deployment's workspace.yaml.
        command = subprocess.Popen([program, *arguments], env=environment, cwd=settings.deployment_home)
        sys.exit(wait(command))
