"""What tests share: the sample data, a decoded file, the positions as the FBI's documents give them."""

import csv
import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import inflate64
import pytest

from nibrs_assets.fixed_width.decode import DecodeReport, decode
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.fixed_width.source import inspect, open_master
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind

HERE = Path(__file__).parent
DATA = HERE / "data"
SAMPLE = HERE.parent / "sample" / "nibrs"
RETURN_A_SAMPLE = HERE.parent / "sample" / "return_a"
REAL_LINES = DATA / "real_lines_2021.txt"
SAMPLE_YEARS = (2012, 2013, 2016, 2018, 2020)

LONGEST_FIRST = (
    "test_deployment",
    "test_reporting",
    "test_counting",
    "test_cli",
    "test_disturbed",
    "test_pipeline",
    "test_dictionary",
    "test_places",
    "test_return_a_pipeline",
    "test_year_checks",
    "test_s3_pipeline",
    "test_reference",
)
"""Modules that take longest: begun first, so that no worker is left alone with one at the end."""

NIBRS = shipped_layouts().kinds["nibrs"]
RETURN_A = shipped_layouts().kinds["return_a"]

Positions = dict[str, list[tuple[str, int, int]]]


def pytest_xdist_auto_num_workers() -> int:
    """A worker more than there are cores, as tests wait for the services that they start."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def read_positions() -> Positions:
    """Field, start and end by record type, as taken from the FBI's record descriptions and not from `layouts/`."""
    positions: Positions = {}
    with (DATA / "positions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            positions.setdefault(row["record"], []).append((row["field"], int(row["start"]), int(row["end"])))
    return positions


def unpack_independently(path: Path) -> bytes:
    """The text in a sample zip, unpacked without the package's own reader."""
    with zipfile.ZipFile(path) as archive:
        [member] = archive.infolist()
        if member.compress_type != 9:
            return archive.read(member)
    data = path.read_bytes()
    name, extra = struct.unpack_from("<HH", data, member.header_offset + 26)
    start = member.header_offset + 30 + name + extra
    return bytes(inflate64.Inflater().inflate(data[start : start + member.compress_size]))


def decode_bytes(text: bytes, folder: Path, year: int | None = None, name: str = "test.txt") -> DecodeReport:
    """Decode `text` to `<folder>/<segment>.parquet`."""
    outputs = segments_in(folder, NIBRS) | segments_in(folder, RETURN_A)
    file = io.BytesIO(text)
    with open_master(file, inspect(file, name)) as stream:
        return decode(stream, name, shipped_layouts(), outputs, year)


def segments_in(folder: Path, kind: FileKind = NIBRS) -> dict[str, Path]:
    """Where `decode_bytes` puts the segments of a kind."""
    return {name: folder / f"{name}.parquet" for name in segment_names(kind)}


def make_zip(path: Path, text: bytes, member: str = "2021_NIBRS.txt") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, text)
    return path


def raw_folder(path: Path) -> RawFolder:
    """The raw folder that is a folder of this machine."""
    return RawFolder(Lake.at(str(path)), path)


@pytest.fixture
def real_lines() -> bytes:
    """31 lines of the FBI's 2021 file, verbatim."""
    return REAL_LINES.read_bytes()


@pytest.fixture
def decoded(tmp_path: Path) -> Callable[[bytes], dict[str, list[dict[str, object]]]]:
    """Decodes text and gives the rows of every segment."""
    import pyarrow.parquet as pq

    def rows(text: bytes, year: int | None = None) -> dict[str, list[dict[str, object]]]:
        report = decode_bytes(text, tmp_path, year)
        return {name: pq.read_table(path).to_pylist() for name, path in segments_in(tmp_path, report.kind).items()}

    return rows
