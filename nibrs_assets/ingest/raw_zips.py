"""Takes the FBI's zips from the raw folder into the lake, checked and with a record of where they came from."""

import json
import shutil
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.fixed_width.decode import kind_of, refuse_other_kind, years_named
from nibrs_assets.fixed_width.lines import blocks
from nibrs_assets.fixed_width.source import MasterFile, inspect, open_master
from nibrs_assets.ingest.download_record import Fetched, sha256_of
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.model import FileKind, Layouts

PROVENANCE_NAME = "provenance.json"

_HOW_TO_GET_IT = (
    "fetch it (nibrs fetch), or download it from the FBI's Crime Data Explorer (Documents & Downloads, master files) "
    "and put it there as {name}"
)


@dataclass(frozen=True)
class Provenance:
    """What is known of a raw zip. Times are ISO 8601; `member_modified` has no time zone, as zips have none."""

    year: int
    file: str
    sha256: str
    size: int
    modified: str
    came_from: str
    taken_at: str
    member: str
    member_size: int
    member_compressed_size: int
    member_crc32: str
    member_modified: str | None
    compression: str
    lines: int
    records_by_year: dict[int, int]
    # Known of zips that were downloaded by this project; `url` is without its signature.
    url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: str | None = None


def take_zip(raw: RawFolder, lake: Lake, layouts: Layouts, kind: FileKind, year: int) -> Provenance:
    """Copy the zip of `kind` and `year` from the raw folder to the lake, after reading all of it.

    Raises `NibrsError`, with nothing left behind, when there is none (says where it looked and how to get it), or it is not a zip,
    truncated, damaged, encrypted, holds more than one master file, or one of another kind or whose records name another year.
    """
    name = kind.zip_of(year)
    found = raw.find().get(name)
    if not found:
        how = _HOW_TO_GET_IT.format(name=name)
        raise NibrsError(f"{raw.place(name)}: there is no zip for {year} in the raw folder; {how}")
    with lake.staging() as folder:
        staged = folder / name
        with raw.open(name) as read, staged.open("wb") as write:
            shutil.copyfileobj(read, write, 1 << 20)
        sha256 = sha256_of(staged)
        with staged.open("rb") as file:
            master = inspect(file, name)
            lines, years = _read_through(file, master, layouts, kind, year)
        assert found.mtime_ns is not None  # a file has one
        provenance = Provenance(
            year=year,
            file=name,
            sha256=sha256,
            size=staged.stat().st_size,
            modified=datetime.fromtimestamp(found.mtime_ns // 10**9, UTC).isoformat(timespec="seconds"),
            came_from=raw.place(name),
            taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
            member=master.member,
            member_size=master.size,
            member_compressed_size=master.compressed_size,
            member_crc32=f"{master.crc:08x}",
            member_modified=master.modified.isoformat() if master.modified else None,
            compression=master.compression,
            lines=lines,
            records_by_year=dict(years),
        )
        if (known := recorded(lake, kind, year)) and known.sha256 == sha256:
            # The same zip again changes nothing, not even when and where it was first taken.
            provenance = known
        provenance = _with_download(provenance, raw.record(name, sha256))
        record = folder / PROVENANCE_NAME
        record.write_text(json.dumps(asdict(provenance), indent=2) + "\n", encoding="utf-8")
        lake.publish(staged, lake.path("raw", kind.raw_asset, year, name))
        lake.publish(record, lake.path("raw", kind.raw_asset, year, PROVENANCE_NAME))
    return provenance


def _with_download(provenance: Provenance, fetched: Fetched | None) -> Provenance:
    if not fetched:
        return provenance
    published = fetched.published
    return replace(
        provenance,
        url=published.url,
        etag=published.etag,
        last_modified=published.last_modified,
        fetched_at=fetched.fetched_at,
    )


def recorded(lake: Lake, kind: FileKind, year: int) -> Provenance | None:
    """What was recorded of the zip of `year` that was taken last, if one was."""
    path = lake.path("raw", kind.raw_asset, year, PROVENANCE_NAME)
    if not lake.exists(path):
        return None
    with lake.open(path) as file:
        recorded = json.loads(file.read())
    years = {int(named): records for named, records in recorded.pop("records_by_year").items()}
    return Provenance(**recorded, records_by_year=years)


def _read_through(
    file: BinaryIO, master: MasterFile, layouts: Layouts, kind: FileKind, year: int
) -> tuple[int, Counter[int]]:
    """Unpack everything, which checks size and CRC; count lines and the years that records name."""
    if not master.is_zipped:
        raise NibrsError(f"{master.name}: not a zip file; download it again")
    lines, years = 0, Counter[int]()
    with open_master(file, master) as stream:
        for block in blocks(stream, master.name):
            if lines == 0:
                refuse_other_kind(kind_of(block, master.name, layouts), master.name, layouts, kind)
            lines += len(block.starts)
            years.update(years_named(block, kind, year))
    most = max(years, key=years.__getitem__, default=None)
    if most is None:
        raise NibrsError(f"{master.name}: holds no record that names a year; it is no master file of {kind.title}")
    if most != year:
        raise NibrsError(
            f"{master.name}: {years[most]:,} of its {years.total():,} records of a year name {most}, not {year}; "
            f"name the file {kind.zip_of(most)}"
        )
    return lines, years
