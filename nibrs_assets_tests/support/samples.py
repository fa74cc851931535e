"""The files that tests read, and the zips and raw folders that they make of them."""

import csv
import struct
import zipfile
from pathlib import Path

import inflate64
import pytest

from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts

TESTS = Path(__file__).parents[1]
REPOSITORY = TESTS.parent
DATA = TESTS / "data"
SAMPLE = REPOSITORY / "sample" / "nibrs"
RETURN_A_SAMPLE = REPOSITORY / "sample" / "return_a"
LAYOUTS = REPOSITORY / "layouts"
REAL_LINES = DATA / "real_lines_2021.txt"
SAMPLE_YEARS = (2012, 2013, 2016, 2018, 2020)
WHOLE_FILES = [pytest.param(year, marks=[] if year == 2020 else pytest.mark.slow) for year in SAMPLE_YEARS]
"""For tests that look at every byte of a file: all years, of which the smallest is quick."""
NIBRS = shipped_layouts().kinds["nibrs"]
RETURN_A = shipped_layouts().kinds["return_a"]


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


def make_zip(path: Path, text: bytes, member: str = "2021_NIBRS.txt") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, text)
    return path


def raw_folder(path: Path) -> RawFolder:
    """A raw folder on this machine."""
    return RawFolder(Lake.at(str(path)), path)


def file_of_year(year: int, *lines: str) -> bytes:
    """A file of lines of the real 2021 file, with `year` in its headers."""
    return "\n".join(lines).replace("122021NYN", f"12{year}NYN").encode()


def layout_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file in `layouts/`, read without the package."""
    with (LAYOUTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
