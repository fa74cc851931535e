"""Taking zips from the raw folder: what is recorded, what is refused, and that refusing leaves nothing behind."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.ingest.raw_zips import take_zip
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.samples import NIBRS, SAMPLE, make_zip, raw_folder


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(str(tmp_path / "lake"))


def test_provenance_is_recorded_beside_the_zip(raw: Path, lake: Lake) -> None:
    zipped = shutil.copy(SAMPLE / "nibrs-2016.zip", raw)
    taken = take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2016)
    folder = Path(lake.root) / "raw" / "nibrs_master_file" / "year=2016"
    assert sorted(path.name for path in folder.iterdir()) == ["nibrs-2016.zip", "provenance.json"]
    assert (folder / "nibrs-2016.zip").read_bytes() == Path(zipped).read_bytes()
    recorded = json.loads((folder / "provenance.json").read_text())
    assert recorded["sha256"] == taken.sha256 == hashlib.sha256(Path(zipped).read_bytes()).hexdigest()
    assert recorded["member"] == "2016_NIBRS_NATIONAL_MASTER_FILE.txt"
    assert (recorded["compression"], recorded["lines"], recorded["records_by_year"]) == (
        "Deflate64",
        362_682,
        {"2016": 172},
    )
    assert recorded["came_from"] == str(zipped)


def test_the_same_zip_again_keeps_its_record_and_mends_the_copy(raw: Path, lake: Lake, real_lines: bytes) -> None:
    zipped = make_zip(raw / "nibrs-2021.zip", real_lines)
    first = take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2021)
    copy = Path(lake.path("raw", "nibrs_master_file", 2021, "nibrs-2021.zip"))
    copy.write_bytes(b"what a take of another zip left when it was killed before it wrote its record")
    assert take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2021) == first
    assert copy.read_bytes() == zipped.read_bytes()


def test_no_zip_says_where_it_looked_and_how_to_get_it(raw: Path, lake: Lake) -> None:
    with pytest.raises(NibrsError) as caught:
        take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2015)
    message = str(caught.value)
    assert str(raw / "nibrs-2015.zip") in message
    assert "Crime Data Explorer" in message


@pytest.mark.parametrize("damage", ["another year", "no headers", "not a zip", "truncated", "flipped"])
def test_refused_zips_leave_nothing_and_keep_what_was_there(
    raw: Path, lake: Lake, real_lines: bytes, damage: str
) -> None:
    make_zip(raw / "nibrs-2021.zip", real_lines)
    before = take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2021)
    bad = raw / "nibrs-2021.zip"
    if damage == "another year":
        shutil.copy(SAMPLE / "nibrs-2020.zip", bad)
    elif damage == "no headers":
        make_zip(bad, b"\n".join(line for line in real_lines.splitlines() if line[:2] != b"BH"))
    elif damage == "not a zip":
        bad.write_bytes(b"<html>")
    elif damage == "truncated":
        bad.write_bytes((SAMPLE / "nibrs-2020.zip").read_bytes()[:-5000])
    else:
        data = bytearray(bad.read_bytes())
        data[len(data) // 2] ^= 1
        bad.write_bytes(data)
    with pytest.raises(NibrsError, match=r"nibrs-2021.zip"):
        take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2021)
    kept = Path(lake.path("raw", "nibrs_master_file", 2021, "nibrs-2021.zip"))
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == before.sha256
    assert [path for path in Path(lake.root).rglob("*") if ".staging" in path.parts] == []


def test_another_years_file_is_named(raw: Path, lake: Lake) -> None:
    shutil.copy(SAMPLE / "nibrs-2020.zip", raw / "nibrs-2019.zip")
    with pytest.raises(
        NibrsError, match=r"8 of its 8 records of a year name 2020, not 2019; name the file nibrs-2020.zip"
    ):
        take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2019)
