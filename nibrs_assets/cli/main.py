"""The `nibrs` command."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table as Printed

from nibrs_assets.core import processes
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.fixed_width.decode import DecodeReport
from nibrs_assets.fixed_width.encode import encode as encode_segments
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.ingest.decoding import decode_to_lake
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.lake.lake import Lake
from nibrs_assets.lake.staging import staging_in
from nibrs_assets.layouts.loader import shipped_layouts

if TYPE_CHECKING:
    from nibrs_assets.core.settings import Settings

# A pipe has no width; a table in it is better wide than cut.
_out = Console(width=None if sys.stdout.isatty() else 200)
_err = Console(stderr=True)

_KINDS = {"nibrs": "nibrs", "return-a": "return_a"}
"""The kinds of master file by what people call them here."""

_NOT_PUBLISHED = 3

_PATH = click.Path(path_type=Path)


class _PeopleGroup(click.Group):
    """Shows errors that are meant for people as one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except NibrsError as error:
            click.echo(f"nibrs: {error}", err=True)
        except OSError as error:
            click.echo(f"nibrs: {error.filename or 'the system'}: {error.strerror or error}", err=True)
        sys.exit(1)


def _settings() -> "Settings":
    # A third of a second, for pydantic-settings: too much for `--help` and `decode`.
    from nibrs_assets.core.settings import Settings

    return Settings.from_environment()


@click.group(cls=_PeopleGroup)
@click.version_option(package_name="nibrs_assets")
def main() -> None:
    """The FBI's crime data, decoded, harmonized and loaded. Every setting is an environment variable; see the README."""
    # So that what was started is stopped, and what was staged is removed, as on Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@main.command()
@click.argument("source", type=_PATH)
@click.option("--out", "folder", type=_PATH, required=True, help="Folder for segments/<segment>/year=<YYYY>/*.parquet.")
@click.option(
    "--year", type=click.IntRange(1960, 2100), help="Data year; default: what the records say, else the file's name."
)
def decode(source: Path, folder: Path, year: int | None) -> None:
    """Decode SOURCE, a NIBRS or Return A master file as .zip or .txt, to one Parquet dataset per segment."""
    layouts = shipped_layouts()
    _refuse_remote(folder)
    if source.is_dir():
        raise NibrsError(f"{source}: is a folder; give the .zip or .txt in it")
    if folder.is_file():
        raise NibrsError(f"{folder}: is a file; --out takes a folder")
    with _removed_if_failing(folder), _progress("decoding") as progress, source.open("rb") as file:
        lake = Lake.at(str(folder))
        segments = [segment for kind in layouts.kinds.values() for segment in segment_names(kind)]
        report = decode_to_lake(file, str(source), lake, segments, year, progress)
    _print_report(report)


@main.command()
@click.argument("folder", type=_PATH)
@click.option("--year", type=int, required=True)
@click.option("--kind", type=click.Choice(list(_KINDS)), required=True)
@click.option("--out", "target", type=_PATH, required=True, help="The text file to write.")
def encode(folder: Path, year: int, kind: str, target: Path) -> None:
    """Write the master file of YEAR back from the segments that `nibrs decode` made in FOLDER."""
    layouts = shipped_layouts()
    encoded = layouts.kinds[_KINDS[kind]]
    lake = Lake.at(str(folder))
    segments = {name: Path(lake.path("segments", name, year)) for name in segment_names(encoded)}
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise NibrsError(f"{target}: --out takes a file, in a folder that is there")
    if not any(path.exists() for path in segments.values()):
        raise NibrsError(
            f"{folder}: holds no segments of {encoded.title} {year} (segments/<segment>/year={year}); decode the file there first"
        )
    with (
        staging_in(target.absolute().with_name(f".{target.name}.staging")) as beside,
        _progress("encoding") as progress,
    ):
        staged = beside / target.name
        with staged.open("wb") as file:
            lines = encode_segments(segments, layouts, encoded, file, progress)
        staged.replace(target)
    _out.print(f"{target}: {lines:,} lines of {year}", highlight=False)


@main.command()
@click.option("--kind", type=click.Choice(list(_KINDS)), required=True)
@click.option("--year", type=int, required=True)
@click.option("--replace", is_flag=True, help="Also replace a zip that was put there by hand.")
def fetch(kind: str, year: int, replace: bool) -> None:
    """Download the FBI's zip of YEAR into the raw folder, unless it has it; ends with 3 when the FBI has not published it."""
    from nibrs_assets.ingest.fbi import FbiService, NotPublishedError, fetch_zip

    settings, wanted = _settings(), shipped_layouts().kinds[_KINDS[kind]]
    if not settings.cde_url:
        raise NibrsError("NIBRS_CDE_URL is none, so nothing is fetched")
    if year < wanted.since:
        raise NibrsError(f"{wanted.title} has files from {wanted.since} on, none of {year}")
    raw = RawFolder.of(settings)
    try:
        with _progress("fetching") as progress:
            fetched = fetch_zip(FbiService(settings.cde_url), raw, wanted, year, replace, progress)
    except NotPublishedError as error:
        click.echo(f"nibrs: {error}", err=True)
        sys.exit(_NOT_PUBLISHED)
    what = (
        f"{fetched.size:,} bytes, SHA-256 {fetched.sha256}" if fetched else "is what the FBI publishes; nothing to do"
    )
    _out.print(f"{raw.place(wanted.zip_of(year))}: {what}", highlight=False, soft_wrap=True)


@main.command()
@click.argument("years", type=int, nargs=-1)
@click.option("--kind", type=click.Choice(list(_KINDS)), help="Only files of this kind.")
@click.option("--add-zips", type=_PATH, help="First copy the zips under this folder that the raw folder has none of.")
def run(years: tuple[int, ...], kind: str | None, add_zips: Path | None) -> None:
    """Take YEARS (default: all) of the zips in the raw folder through all layers to Postgres, and show what is there."""
    # Dagster takes seconds to import, and only this command needs it.
    from nibrs_assets.catalog.tables import shipped_tables
    from nibrs_assets.dictionary.publish import publish_datapackage, publish_pages
    from nibrs_assets.warehouse.load import Warehouse

    settings = _settings()
    raw = RawFolder.of(settings)
    _add_zips(raw, add_zips)
    kinds = [_KINDS[kind]] if kind else list(_KINDS.values())
    wanted = _wanted(raw, years, kinds)
    missing = sorted(set(years) - {year for _, year in wanted})
    for year in missing:
        click.echo(f"{_no_zip(raw, kinds, year)}; nibrs fetch gets it from the FBI", err=True)
    warehouse = Warehouse.of(settings)
    with warehouse.running(), warehouse.connect():
        succeeded = _materialize(settings, wanted)
        counts = warehouse.row_counts(list(shipped_tables()))
    if not any(counts.values()):
        sys.exit(1)
    _print_counts(counts)
    lake = Lake.of(settings)
    publish_pages(lake)
    publish_datapackage(lake)
    _out.print(
        "\nWhere to look next:\n"
        f"  {lake.uri(lake.root)}/dictionary/index.html   what every table, column and code is\n"
        "  make dashboard                           agencies, who reports, places, in a browser\n"
        "  make ui                                  the asset graph, with every year, check and column\n"
        '  .venv/bin/nibrs psql -c "\\dt+ nibrs.*"    SQL over the tables above\n'
        f"  {settings.lake_uri}   the same as Parquet",
        highlight=False,
        soft_wrap=True,
    )
    sys.exit(0 if succeeded and not missing else 1)


@main.command()
@click.argument("years", type=int, nargs=-1)
def clearance(years: tuple[int, ...]) -> None:
    """Learn and audit models of clearance from all years in the lake, making what they learn from anew of YEARS (default: all)."""
    from nibrs_assets.clearance.publish import refuse_missing_libraries
    from nibrs_assets.cli.run_years import run_clearance
    from nibrs_assets.warehouse.load import Warehouse

    settings = _settings()
    refuse_missing_libraries()
    lake, since = Lake.of(settings), shipped_layouts().kinds["nibrs"].since
    there = [year for year in range(since, 2100) if lake.exists(lake.path("harmonized", "incident", year))]
    if missing := sorted(set(years) - set(there)):
        raise NibrsError(
            f"{lake.uri(lake.root)}: holds no incidents of {missing[0]}; nibrs run {missing[0]} makes them"
        )
    if not there:
        raise NibrsError(f"{lake.uri(lake.root)}: holds no incidents of any year; nibrs run makes them")
    with Warehouse.of(settings).running():
        for made in run_clearance(settings, [year for year in there if year in years or not years]):
            _err.print(f"{made}: done")
    _out.print(
        f"The card and the models: {lake.uri(lake.root)}/clearance/model/   "
        "its figures: nibrs psql, tables clearance_*",
        highlight=False,
        soft_wrap=True,
    )


def _add_zips(raw: RawFolder, add_zips: Path | None) -> None:
    if add_zips and not add_zips.is_dir():
        raise NibrsError(f"{add_zips}: there is no such folder to add zips from")
    raw.landing.mkdir(parents=True, exist_ok=True)
    for zipped in sorted(add_zips.rglob("*.zip")) if add_zips else []:
        raw.add(zipped)


def _materialize(settings: "Settings", wanted: list[tuple[str, int]]) -> bool:
    """Run each kind and year, telling what fails; whether all went well."""
    from nibrs_assets.cli.run_years import run_years

    succeeded = True
    _err.print(f"Materializing {', '.join(f'{_title((kind,))} {year}' for kind, year in wanted) or 'nothing'} …")
    for ended in run_years(settings, wanted):
        what = f"{_title(ended.kinds)} {ended.year}"
        if ended.was_interrupted:
            click.echo(f"{what}: interrupted; what was there before stays", err=True)
            sys.exit(130)
        succeeded &= not ended.failures
        for step, message in ended.failures.items():
            click.echo(f"{what}: {step} failed: {message}", err=True)
        for check in ended.failed_checks:
            click.echo(f"{what}: check not passed: {check}", err=True)
        if not ended.failures:
            _err.print(f"{what}: done")
    return succeeded


def _title(kinds: tuple[str, ...]) -> str:
    return " and ".join(shipped_layouts().kinds[kind].title for kind in kinds)


def _no_zip(raw: RawFolder, kinds: list[str], year: int | str) -> str:
    names = [shipped_layouts().kinds[name].zip_of(year) for name in kinds]
    return f"{raw.place()}: holds no {' or '.join(names)}"


def _wanted(raw: RawFolder, years: tuple[int, ...], kinds: list[str]) -> list[tuple[str, int]]:
    """The kinds and years to run: those that the raw folder has zips of, `years` of them if given; `NibrsError` for none."""
    from nibrs_assets.defs.partitions import years_of

    wanted = []
    for kind in (shipped_layouts().kinds[name] for name in kinds):
        ended = set(map(int, years_of((kind.name,)).get_partition_keys()))
        there = raw.years(kind)
        if too_early := [year for year in there if year not in ended and (year in years or not years)]:
            last = max(ended)
            raise NibrsError(
                f"{raw.place(kind.zip_of(too_early[0]))}: {kind.title} has files of {kind.since} to {last}, not of {too_early[0]}"
            )
        wanted += [(kind.name, year) for year in there if year in years or not years]
    if not wanted and not years:
        raise NibrsError(f"{_no_zip(raw, kinds, '<year>')}; put the FBI's master files there")
    return wanted


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=3000, show_default=True)
def ui(host: str, port: int) -> None:
    """Start the Dagster UI, and the warehouse for as long as it runs."""
    from nibrs_assets.cli.run_years import use_dagster_home
    from nibrs_assets.warehouse.load import Warehouse

    settings = _settings()
    use_dagster_home(settings)
    with Warehouse.of(settings).running():
        _err.print(
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
            _err.print("stopping …")
        finally:
            processes.stop(process, by=signal.SIGINT)


@main.command()
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

    with Warehouse.of(_settings()).running(READER) as url:
        _err.print(f"Dashboard: http://{host}:{port}   Ctrl-C stops it", highlight=False)
        serve(url, host, port, workers)


@main.command("deploy-local")
@click.option("--port", type=int, default=3000, show_default=True)
def deploy_local(port: int) -> None:
    """Start a deployment on this machine: webserver, daemon, code server and Postgres, until Ctrl-C."""
    from nibrs_assets.cli.deploy_local import serve

    settings = _settings()
    try:
        with closing(serve(settings, port)) as deployment:
            url = next(deployment)
            _err.print(
                f"Dagster: {url}   its command line: nibrs dagster   Ctrl-C stops all", highlight=False, soft_wrap=True
            )
            raise NibrsError(f"the {next(deployment)} ended, see above; the rest was stopped")
    except KeyboardInterrupt:
        _err.print("stopped", highlight=False)


@main.command()
@click.argument("years", type=int, nargs=-1)
@click.option("--kind", type=click.Choice(list(_KINDS)), help="Only files of this kind.")
@click.option("--url", default="http://127.0.0.1:3000", show_default=True, help="Where the deployment's UI is.")
def backfill(years: tuple[int, ...], kind: str | None, url: str) -> None:
    """Have a running deployment take YEARS (default: all) of the zips in the raw folder through all layers; wait for them."""
    from nibrs_assets.cli.backfill import backfill as requested

    settings = _settings()
    wanted = _wanted(RawFolder.of(settings), years, [_KINDS[kind]] if kind else list(_KINDS.values()))
    begun = time.monotonic()
    failed: set[tuple[str, str]] = set()
    for ended in requested(url.rstrip("/"), wanted):
        again = f", retry {ended.retry}" if ended.retry else ""
        _out.print(f"{ended.job} {ended.year}: {ended.status}, {ended.seconds:.0f} s{again}", highlight=False)
        which = {(ended.job, ended.year)}
        failed = failed - which if ended.status == "SUCCESS" else failed | which
    _out.print(f"all: {time.monotonic() - begun:.0f} s", highlight=False)
    sys.exit(1 if failed else 0)


@main.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dagster(arguments: tuple[str, ...]) -> None:
    """Run the command `dagster` on the local deployment; ARGUMENTS go to it."""
    from nibrs_assets.cli.deploy_local import deployment_environment

    settings = _settings()
    program = str(Path(sys.executable).with_name("dagster"))
    with deployment_environment(settings) as environment:
        # There lies the deployment's workspace.yaml.
        command = subprocess.Popen([program, *arguments], env=environment, cwd=settings.deployment_home)
        sys.exit(_wait(command))


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--as", "role", type=click.Choice(["reader", "loader", "owner"]), default="reader", show_default=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(role: str, arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse, to read only unless told otherwise; ARGUMENTS go to psql."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    from nibrs_assets.warehouse.embedded import OWNER, find_binaries
    from nibrs_assets.warehouse.load import Warehouse
    from nibrs_assets.warehouse.roles import LOADER, READER

    settings = _settings()
    program = shutil.which("psql") or str(find_binaries(settings.pg_bin) / "psql")
    with Warehouse.of(settings).running({"reader": READER, "loader": LOADER, "owner": OWNER}[role]) as url:
        # The password goes by the environment, as a command line can be read by everyone.
        given = conninfo_to_dict(url)
        password = {"PGPASSWORD": str(secret)} if (secret := given.pop("password", None)) else {}
        command = [program, make_conninfo("", **given), *arguments]
        sys.exit(_wait(subprocess.Popen(command, env={**os.environ, **password})))


@main.command()
def roles() -> None:
    """Make the roles nibrs_loader and nibrs_reader in the Postgres of NIBRS_WAREHOUSE_URL, which must be its owner's.

    They get the passwords in NIBRS_LOADER_PASSWORD and NIBRS_READER_PASSWORD; one that is not set stays as it is.
    """
    from nibrs_assets.warehouse.load import Warehouse
    from nibrs_assets.warehouse.roles import LOADER, READER

    settings = _settings()
    if settings.warehouse_url is None:
        raise NibrsError("NIBRS_WAREHOUSE_URL is not set; the embedded PostgreSQL has its roles from the beginning")
    given = {LOADER: settings.loader_password, READER: settings.reader_password}
    passwords = {role: password.get_secret_value() for role, password in given.items() if password}
    Warehouse.of(settings).set_up_roles(passwords)
    for role in given:
        kept = "its password was set" if role in passwords else "its password was left as it was, or none"
        _out.print(f"{role}: {kept}", highlight=False)


@main.command("views")
@click.argument("table")
@click.option("--year", type=int, required=True)
def views(table: str, year: int) -> None:
    """Print the SQL that gives DuckDB what the .sql of TABLE reads, so that it can be run by hand."""
    from nibrs_assets.catalog.places import PLACE_TABLES
    from nibrs_assets.catalog.reference import REFERENCE
    from nibrs_assets.catalog.tables import clearance_tables, shipped_tables
    from nibrs_assets.engine.session import session_statements

    settings = _settings()
    tables = shipped_tables() | clearance_tables()
    if table not in tables:
        raise NibrsError(f"{table!r} is no table; there are {', '.join(sorted(tables))}")
    lake = Lake.of(settings)
    if not lake.local:
        raise NibrsError(
            f"{settings.lake_uri}: views are for a lake in a folder; DuckDB reads S3 by an extension of its own"
        )
    for name in tables[table].reference:
        if name in PLACE_TABLES:
            lake.require(REFERENCE, name, None)
    for statement in list(session_statements(lake, shipped_layouts(), tables[table], year)):
        click.echo(f"{statement.strip().removesuffix(';')};\n")
    click.echo(
        "-- Numbers of incidents and arrests as this installation hashes them take the key in hash.key instead of true."
    )
    click.echo("SET VARIABLE keeps_numbers = true;\n")


@main.command()
@click.option("--out", "folder", type=_PATH, help="Folder for the pages; default: dictionary/ in the lake.")
def dictionary(folder: Path | None) -> None:
    """Write the data dictionary, a page per table, code table and segment, and datapackage.json at the root of the lake."""
    from nibrs_assets.dictionary.publish import DATAPACKAGE, FOLDER, publish_datapackage, publish_pages, write_pages

    settings = _settings()
    lake = Lake.of(settings)
    if folder:
        _refuse_remote(folder)
    written = write_pages(folder) if folder else publish_pages(lake)
    index = str(folder / "index.html") if folder else lake.uri(f"{lake.root}/{FOLDER}/index.html")
    _out.print(f"{index}: {written} pages", highlight=False, soft_wrap=True)
    if described := publish_datapackage(lake):
        where = lake.uri(f"{lake.root}/{DATAPACKAGE}")
        _out.print(f"{where}: {described} tables and segments", highlight=False, soft_wrap=True)
    else:
        _err.print(f"no {DATAPACKAGE}: nothing is in the lake {settings.lake_uri} yet", highlight=False, soft_wrap=True)


def _wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a child that gets the terminal's Ctrl-C itself."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on a terminal, nothing elsewhere; to be told what is done and how much there is."""
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _refuse_remote(folder: Path) -> None:
    if str(folder).startswith(("s3:", "file:")):
        raise NibrsError(f"{folder}: --out takes a folder of this machine; NIBRS_LAKE_URI puts a whole lake elsewhere")


@contextmanager
def _removed_if_failing(folder: Path) -> Iterator[None]:
    """Take `folder`, and those above it that were not there before, away again when what is done inside fails."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        yield
    except BaseException:
        if made:
            shutil.rmtree(made[-1], ignore_errors=True)
        raise


def _print_report(report: DecodeReport) -> None:
    printed = Printed("segment", title=f"{report.kind.title} {report.year}: {report.lines:,} lines")
    printed.add_column("rows", justify="right")
    printed.add_column("non-ASCII lines", justify="right")
    for segment, counts in report.segments.items():
        printed.add_row(segment, f"{counts.rows:,}", f"{counts.non_ascii_lines:,}")
    _out.print(printed)
    for reason, lines in report.rejected.most_common():
        _err.print(f"rejected: {lines:,} lines: {reason}", highlight=False)


def _print_counts(counts: dict[str, dict[int, int]]) -> None:
    years = sorted({year for by_year in counts.values() for year in by_year})
    printed = Printed("table", title="Rows in the warehouse")
    for year in years:
        printed.add_column(str(year), justify="right")
    for name in sorted(counts):
        printed.add_row(name, *(f"{counts[name][year]:,}" if year in counts[name] else "–" for year in years))
    _out.print(printed)
