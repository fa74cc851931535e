"""The `nibrs` command as its users run it."""

import shutil
import signal
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets_tests.support.command import nibrs, start
from nibrs_assets_tests.support.lines import lines_of
from nibrs_assets_tests.support.samples import REAL_LINES, SAMPLE, make_zip, unpack_independently
from nibrs_assets_tests.support.sound_year import change, sound


def test_decode_and_encode(tmp_path: Path) -> None:
    result = nibrs("decode", SAMPLE / "nibrs-2020.zip", "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "administrative" in result.stdout
    assert "12,450" in result.stdout
    paths = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len(paths) == 15
    assert "segments/victim/year=2020/part-0.parquet" in paths
    assert pq.read_metadata(tmp_path / "out/segments/victim/year=2020/part-0.parquet").num_rows == 14_937
    result = nibrs("encode", tmp_path / "out", "--year", "2020", "--kind", "nibrs", "--out", tmp_path / "back.txt")
    assert result.returncode == 0, result.stderr
    assert lines_of((tmp_path / "back.txt").read_bytes()) == lines_of(unpack_independently(SAMPLE / "nibrs-2020.zip"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back.txt", "out"]


def test_decode_of_a_text_file_takes_the_year_from_its_headers(tmp_path: Path) -> None:
    assert nibrs("decode", REAL_LINES, "--out", tmp_path).returncode == 0
    assert (tmp_path / "segments/window_arrestee/year=2021").is_dir()


@pytest.mark.parametrize("problem", ["missing", "not a master", "truncated", "other year"])
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path: Path, problem: str) -> None:
    source, more = tmp_path / "nibrs-2020.zip", []
    if problem == "not a master":
        make_zip(source, b"a,b\n1,2\n")
    elif problem == "truncated":
        source.write_bytes((SAMPLE / "nibrs-2020.zip").read_bytes()[:400_000])
    elif problem == "other year":
        shutil.copy(SAMPLE / "nibrs-2020.zip", source)
        more = ["--year", "2019"]
    result = nibrs("decode", source, "--out", tmp_path / "deep" / "out", *more)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"nibrs: {source}: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "deep").exists()


def test_bad_input_leaves_what_was_there(tmp_path: Path) -> None:
    assert nibrs("decode", SAMPLE / "nibrs-2020.zip", "--out", tmp_path / "out").returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    bad = tmp_path / "nibrs-2020.zip"
    data = bytearray((SAMPLE / "nibrs-2020.zip").read_bytes())
    data[300_000] ^= 0xFF
    bad.write_bytes(data)
    assert nibrs("decode", bad, "--out", tmp_path / "out").returncode == 1
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert files == {path: time for path, time in before.items() if path.is_file()}


def test_encode_without_segments_says_so(tmp_path: Path) -> None:
    result = nibrs("encode", tmp_path, "--year", "2020", "--kind", "nibrs", "--out", tmp_path / "back.txt")
    assert result.returncode == 1
    assert "holds no segments of NIBRS 2020" in result.stderr
    assert not (tmp_path / "back.txt").exists()


def test_run_psql_and_views(tmp_path: Path) -> None:
    zips = tmp_path / "zips"
    zips.mkdir()
    make_zip(zips / "nibrs-2021.zip", REAL_LINES.read_bytes())
    home = tmp_path / "home"
    result = nibrs("run", "--add-zips", zips, home=home)
    assert result.returncode == 0, result.stderr
    assert "NIBRS 2021: 31 lines decoded in " in result.stderr
    assert "NIBRS 2021: harmonized/victim: " in result.stderr
    assert "window_recovered_property_drug" in result.stdout
    assert "nibrs psql" in result.stdout
    result = nibrs("psql", "-At", "-c", "SELECT count(*) FROM nibrs.incident", home=home)
    assert (result.returncode, result.stdout) == (0, "4\n"), result.stderr
    of_ones_own = "CREATE TABLE nibrs.mine AS SELECT 1"
    assert "permission denied for schema nibrs" in nibrs("psql", "-c", of_ones_own, home=home).stderr
    assert nibrs("psql", "--as", "owner", "-c", of_ones_own, home=home).returncode == 0
    views = nibrs("views", "offense", "--year", "2021", home=home)
    assert views.returncode == 0, views.stderr
    with duckdb.connect() as by_hand:
        by_hand.execute(views.stdout)
        [row] = by_hand.sql((SQL_FOLDER / "harmonized" / "offense.sql").read_text()).fetchall()
    assert (row[:3], len(row[3]), row[4]) == ((2021, 202100000001, "AK0010200"), 20, "290")


def test_run_tells_what_is_wrong_and_goes_on(tmp_path: Path) -> None:
    zips = tmp_path / "zips"
    zips.mkdir()
    make_zip(zips / "nibrs-2020.zip", REAL_LINES.read_bytes())
    result = nibrs("run", "2019", "2020", "--add-zips", zips, home=tmp_path / "home")
    assert result.returncode == 1
    assert "holds no nibrs-2019.zip or reta-2019.zip" in result.stderr
    assert "2 of its 2 records of a year name 2021, not 2020" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_year_that_a_check_stops_is_told_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "zips").mkdir()
    wrong = change("01", 39, 41, "002")(sound(2019))
    make_zip(tmp_path / "zips/nibrs-2019.zip", "\n".join(wrong).encode())
    result = nibrs("run", "--add-zips", tmp_path / "zips", home=tmp_path / "home")
    assert result.returncode == 1
    assert (
        "the year is kept out of the warehouse, as totals_are_the_segments_found found total_victim_segments"
        in result.stderr
    )
    assert "NIBRS and Return A 2019: both_systems_year failed: not run, as NIBRS 2019 failed" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_and_leaves_nothing_running(tmp_path: Path, kind: signal.Signals) -> None:
    (tmp_path / "raw").mkdir()
    for year in (2016, 2018):
        shutil.copy(SAMPLE / f"nibrs-{year}.zip", tmp_path / "raw")
    process = start("run", home=tmp_path)
    lake, deadline = tmp_path / "lake", time.monotonic() + 120
    while not list(lake.glob("harmonized/*/*/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(kind)
    _, shown = process.communicate(timeout=600)
    assert process.returncode in (130, 143), shown
    assert not (lake / "segments/victim/year=2018").exists()
    assert not list(lake.glob(".staging/*"))
    assert not EmbeddedPostgres(tmp_path / "postgres").is_running()


def test_dictionary_of_an_empty_lake_and_of_one_with_data(tmp_path: Path) -> None:
    home, pages = tmp_path / "home", tmp_path / "pages"
    result = nibrs("dictionary", "--out", pages, home=home)
    assert result.returncode == 0, result.stderr
    assert f"{pages / 'index.html'}: " in result.stdout
    assert "no datapackage.json: nothing is in the lake" in result.stderr
    assert "bytes 68-69" in (pages / "harmonized/victim.html").read_text()
    assert not home.exists()
    assert nibrs("decode", REAL_LINES, "--out", home / "lake").returncode == 0
    result = nibrs("dictionary", home=home)
    assert result.returncode == 0, result.stderr
    assert f"{home / 'lake/datapackage.json'}: 15 tables and segments" in result.stdout
    in_lake = {path.relative_to(home / "lake/dictionary") for path in (home / "lake/dictionary").rglob("*.html")}
    assert in_lake == {path.relative_to(pages) for path in pages.rglob("*.html")}
