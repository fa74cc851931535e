"""The `nibrs` command."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table as Printed

from nibrs_assets.errors import NibrsError
from nibrs_assets.fixed_width.decode import DecodeReport
from nibrs_assets.fixed_width.encode import encode as encode_segments
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.layouts import nibrs_layouts
from nibrs_assets.resources.decoding import decode_to_lake
from nibrs_assets.resources.lake import Lake
from nibrs_assets.settings import Settings

# A pipe has no width; a table in it is better wide than cut.
_out = Console(width=None if sys.stdout.isatty() else 200)
_err = Console(stderr=True)

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
    "--year", type=click.IntRange(1960, 2100), help="Data year; default: what the headers say, else the file's name."
)
def decode(source: Path, folder: Path, year: int | None) -> None:
    """Decode SOURCE, a master file as .zip or .txt, to one Parquet dataset per record type."""
    layouts = nibrs_layouts()
    _refuse_remote(folder)
    if source.is_dir():
        raise NibrsError(f"{source}: is a folder; give the .zip or .txt in it")
    if folder.is_file():
        raise NibrsError(f"{folder}: is a file; --out takes a folder")
    with _removed_if_failing(folder), _progress("decoding") as progress, source.open("rb") as file:
        lake = Lake.at(str(folder))
        report = decode_to_lake(file, str(source), lake, layouts, segment_names(layouts), year, progress)
    _print_report(report)


@main.command()
@click.argument("folder", type=_PATH)
@click.option("--year", type=int, required=True)
@click.option("--kind", type=click.Choice(["nibrs"]), required=True)
@click.option("--out", "target", type=_PATH, required=True, help="The text file to write.")
def encode(folder: Path, year: int, kind: str, target: Path) -> None:  # noqa: ARG001 (one kind so far)
    """Write the master file of YEAR back from the segments that `nibrs decode` made in FOLDER."""
    layouts = nibrs_layouts()
    lake = Lake.at(str(folder))
    segments = {name: Path(lake.path("segments", name, year)) for name in segment_names(layouts)}
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise NibrsError(f"{target}: --out takes a file, in a folder that is there")
    if not any(path.exists() for path in segments.values()):
        raise NibrsError(
            f"{folder}: holds no segments of {year} (segments/<segment>/year={year}); decode the file there first"
        )
    with (
        tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=f".{target.name}.") as beside,
        _progress("encoding") as progress,
    ):
        staged = Path(beside) / target.name
        with staged.open("wb") as file:
            lines = encode_segments(segments, layouts, file, progress)
        staged.replace(target)
    _out.print(f"{target}: {lines:,} lines of {year}", highlight=False)


@main.command()
@click.argument("years", type=int, nargs=-1)
@click.option("--add-zips", type=_PATH, help="First copy the zips in this folder that the raw folder has none of.")
def run(years: tuple[int, ...], add_zips: Path | None) -> None:
    """Take YEARS (default: every zip in the raw folder) through all layers to Postgres, and show what is there."""
    # Dagster takes seconds to import, and only this command needs it.
    from nibrs_assets.partitions import FIRST_NIBRS_YEAR, NIBRS_YEARS
    from nibrs_assets.resources.raw_zips import years_in
    from nibrs_assets.resources.warehouse import Warehouse
    from nibrs_assets.run_years import run_years
    from nibrs_assets.tables import harmonized_tables

    settings = Settings.from_environment()
    if add_zips and not add_zips.is_dir():
        raise NibrsError(f"{add_zips}: there is no such folder to add zips from")
    settings.raw_dir.mkdir(parents=True, exist_ok=True)
    for zipped in sorted(add_zips.glob("*.zip")) if add_zips else []:
        if not (target := settings.raw_dir / zipped.name).exists():
            copied = shutil.copy(zipped, target.with_suffix(".part"))
            Path(copied).replace(target)
    wanted = list(years) or years_in(settings.raw_dir)
    if unknown := set(wanted) - set(map(int, NIBRS_YEARS.get_partition_keys())):
        raise NibrsError(
            f"{min(unknown)}: there are NIBRS files from {FIRST_NIBRS_YEAR} to the last year that has ended"
        )
    warehouse = Warehouse.of(settings)
    failed = False
    with warehouse.running(), warehouse.connect():
        _err.print(f"Materializing {', '.join(map(str, wanted))} …")
        for ended in run_years(settings, wanted):
            if ended.was_interrupted:
                click.echo(f"{ended.year}: interrupted; what was there before stays", err=True)
                sys.exit(130)
            failed |= bool(ended.failures)
            for step, message in ended.failures.items():
                click.echo(f"{ended.year}: {step} failed: {message}", err=True)
            for check in ended.failed_checks:
                click.echo(f"{ended.year}: check not passed: {check}", err=True)
            if not ended.failures:
                _err.print(f"{ended.year}: done")
        counts = warehouse.row_counts(list(harmonized_tables()))
    if not any(counts.values()):
        sys.exit(1)
    _print_counts(counts)
    _out.print(
        "\nWhere to look next:\n"
        "  make ui                                  the asset graph, with every year, check and column\n"
        '  .venv/bin/nibrs psql -c "\\dt+ nibrs.*"    SQL over the tables above\n'
        f"  {settings.lake_uri}   the same as Parquet",
        highlight=False,
        soft_wrap=True,
    )
    sys.exit(1 if failed else 0)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=3000, show_default=True)
def ui(host: str, port: int) -> None:
    """Start the Dagster UI, and the warehouse for as long as it runs."""
    from nibrs_assets.resources.warehouse import Warehouse
    from nibrs_assets.run_years import use_dagster_home

    settings = Settings.from_environment()
    use_dagster_home(settings)
    with Warehouse.of(settings).running():
        _err.print(f"Dagster UI: http://{host}:{port}   SQL: nibrs psql", highlight=False)
        dagster = Path(sys.executable).with_name("dagster")
        command = [str(dagster), "dev", "-m", "nibrs_assets.definitions", "-h", host, "-p", str(port)]
        # In a session of its own, so that all that dagster starts can be stopped together.
        process = subprocess.Popen(command, start_new_session=True)
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            _err.print("stopping …")
        finally:
            _stop_session(process)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(arguments: tuple[str, ...]) -> None:
    """Open psql on the warehouse; ARGUMENTS go to psql."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    from nibrs_assets.resources.postgres_server import find_binaries
    from nibrs_assets.resources.warehouse import Warehouse

    settings = Settings.from_environment()
    program = shutil.which("psql") or str(find_binaries(settings.pg_bin) / "psql")
    with Warehouse.of(settings).running() as url:
        # The password goes by the environment, as a command line can be read by everyone.
        given = conninfo_to_dict(url)
        password = {"PGPASSWORD": str(secret)} if (secret := given.pop("password", None)) else {}
        command = [program, make_conninfo("", **given), *arguments]
        sys.exit(_wait(subprocess.Popen(command, env={**os.environ, **password})))


@main.command("views")
@click.argument("table")
@click.option("--year", type=int, required=True)
def views(table: str, year: int) -> None:
    """Print the SQL that gives DuckDB what sql/harmonized/TABLE.sql reads, so that it can be run by hand."""
    from nibrs_assets.resources.duck import session_statements
    from nibrs_assets.tables import harmonized_tables

    settings = Settings.from_environment()
    tables = harmonized_tables()
    if table not in tables:
        raise NibrsError(f"{table!r} is no harmonized table; there are {', '.join(sorted(tables))}")
    lake = Lake.at(settings.lake_uri, settings.s3_endpoint)
    if not lake.local:
        raise NibrsError(
            f"{settings.lake_uri}: views are for a lake in a folder; DuckDB reads S3 by an extension of its own"
        )
    for statement in list(session_statements(lake, nibrs_layouts(), tables[table], year)):
        click.echo(f"{statement.strip().removesuffix(';')};\n")


def _stop_session(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt a child and all that it started, and kill what does not end."""
    for kind in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
            return


def _wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a child that gets the terminal's Ctrl-C itself."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
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
    printed = Printed("segment", title=f"{report.year}: {report.lines:,} lines")
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
        printed.add_row(name, *(f"{counts[name].get(year, 0):,}" for year in years))
    _out.print(printed)
