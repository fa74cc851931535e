"""The commands for master files: decode, encode, fetch."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table as Printed

from nibrs_assets.cli.console import KIND, PATH, err, out, progress, refuse_remote, removed_if_failing, settings_given
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind

if TYPE_CHECKING:
    from nibrs_assets.fixed_width.decode import DecodeReport

_NOT_PUBLISHED = 3


@click.command()
@click.argument("source", type=PATH)
@click.option("--out", "folder", type=PATH, required=True, help="Folder for segments/<segment>/year=<YYYY>/*.parquet.")
@click.option(
    "--year", type=click.IntRange(1960, 2100), help="Data year; default: what the records say, else the file's name."
)
def decode(source: Path, folder: Path, year: int | None) -> None:
    """Decode SOURCE, one of the FBI's master files as .zip or .txt, to one Parquet dataset per segment."""
    # Here and below: what brings NumPy and Arrow is imported by the command that needs it, so that `nibrs --help` is quick.
    from nibrs_assets.fixed_width.segments import segment_names
    from nibrs_assets.ingest.decoding import decode_to_lake
    from nibrs_assets.lake.lake import Lake

    layouts = shipped_layouts()
    refuse_remote(folder)
    if source.is_dir():
        raise NibrsError(f"{source}: is a folder; give the .zip or .txt in it")
    if folder.is_file():
        raise NibrsError(f"{folder}: is a file; --out takes a folder")
    with removed_if_failing(folder), progress("decoding") as bar, source.open("rb") as file:
        lake = Lake.at(str(folder))
        segments = [segment for kind in layouts.kinds.values() for segment in segment_names(kind)]
        report = decode_to_lake(file, str(source), lake, segments, year, bar)
    _print_report(report)


@click.command()
@click.argument("folder", type=PATH)
@click.option("--year", type=int, required=True)
@click.option("--kind", type=KIND, required=True)
@click.option("--out", "target", type=PATH, required=True, help="The text file to write.")
def encode(folder: Path, year: int, kind: FileKind, target: Path) -> None:
    """Write the master file of YEAR back from the segments that `nibrs decode` made in FOLDER."""
    from nibrs_assets.fixed_width.encode import encode as encode_segments
    from nibrs_assets.fixed_width.segments import segment_names
    from nibrs_assets.lake.lake import Lake
    from nibrs_assets.lake.staging import staging_in

    layouts = shipped_layouts()
    lake = Lake.at(str(folder))
    segments = {name: Path(lake.path("segments", name, year)) for name in segment_names(kind)}
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise NibrsError(f"{target}: --out takes a file, in a folder that is there")
    if not any(path.exists() for path in segments.values()):
        raise NibrsError(
            f"{folder}: holds no segments of {kind.title} {year} (segments/<segment>/year={year}); decode the file there first"
        )
    staging = target.absolute().with_name(f".{target.name}.staging")
    with staging_in(staging) as beside, progress("encoding") as bar:
        staged = beside / target.name
        with staged.open("wb") as file:
            lines = encode_segments(segments, layouts, kind, file, bar)
        staged.replace(target)
    out.print(f"{target}: {lines:,} lines of {year}", highlight=False)


@click.command()
@click.option("--kind", type=KIND, required=True)
@click.option("--year", type=int, required=True)
@click.option("--replace", is_flag=True, help="Also replace a zip that was put there by hand.")
def fetch(kind: FileKind, year: int, replace: bool) -> None:
    """Download the FBI's zip of YEAR into the raw folder, unless it has it; ends with 3 when the FBI has not published it."""
    from nibrs_assets.ingest.fbi import FbiService, NotPublishedError, fetch_zip
    from nibrs_assets.ingest.raw_folder import RawFolder

    settings = settings_given()
    if not settings.cde_url:
        raise NibrsError("NIBRS_CDE_URL is none, so nothing is fetched")
    if year < kind.since:
        raise NibrsError(f"{kind.title} has files from {kind.since} on, none of {year}")
    raw = RawFolder.of(settings)
    try:
        with progress("fetching") as bar:
            fetched = fetch_zip(FbiService(settings.cde_url), raw, kind, year, replace, bar)
    except NotPublishedError as error:
        click.echo(f"nibrs: {error}", err=True)
        sys.exit(_NOT_PUBLISHED)
    what = (
        f"{fetched.size:,} bytes, SHA-256 {fetched.sha256}" if fetched else "is what the FBI publishes; nothing to do"
    )
    out.print(f"{raw.place(kind.zip_of(year))}: {what}", highlight=False, soft_wrap=True)


def _print_report(report: "DecodeReport") -> None:
    printed = Printed("segment", title=f"{report.kind.title} {report.year}: {report.lines:,} lines")
    printed.add_column("rows", justify="right")
    printed.add_column("non-ASCII lines", justify="right")
    for segment, counts in report.segments.items():
        printed.add_row(segment, f"{counts.rows:,}", f"{counts.non_ascii_lines:,}")
    out.print(printed)
    for reason, lines in report.rejected.most_common():
        err.print(f"rejected: {lines:,} lines: {reason}", highlight=False)
