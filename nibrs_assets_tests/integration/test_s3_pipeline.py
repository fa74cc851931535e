"""The whole main job twice: in folders and the embedded Postgres; all of it in S3, and an outside Postgres. It is the same."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from nibrs_assets.catalog.tables import kinds_of_tables, shipped_tables
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets_tests.support.return_a import joined, records_of
from nibrs_assets_tests.support.s3_server import BUCKET, SECRET, S3Server, s3_server
from nibrs_assets_tests.support.samples import REAL_LINES, SAMPLE, make_zip, unpack_independently

CLI = "from nibrs_assets.cli.main import main; main()"
OF_THIS_TAKE = {"taken_at", "came_from", "modified"}


@dataclass
class Ran:
    """What `nibrs run` left: its home, what it printed, its warehouse."""

    home: Path
    output: str
    url: str

    def rows(self) -> dict[str, list[str]]:
        """All rows of all tables of the warehouse, as texts, sorted."""
        tables = "SELECT relname FROM pg_class WHERE relnamespace = 'nibrs'::regnamespace AND relkind IN ('r', 'p')"
        with psycopg.connect(self.url) as connection:
            names = [name for (name,) in connection.execute(f"{tables} AND NOT relispartition")]
            rows = {name: connection.execute(f'SELECT t::text FROM nibrs."{name}" t') for name in names}
            return {name: sorted(row for (row,) in found) for name, found in rows.items()}


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("aws")) as server:
        yield server


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of both systems: of NIBRS some real incidents, and records of all types."""
    folder = tmp_path_factory.mktemp("zips")
    lines = unpack_independently(SAMPLE / "nibrs-2013.zip").splitlines()[:2_000]
    all_types = REAL_LINES.read_bytes().replace(b"2021", b"2013").splitlines()
    make_zip(folder / "nibrs-2013.zip", b"\n".join([*lines, *all_types]))
    louisiana = [record for record in records_of(2013) if record[3:5] == b"LA"]
    make_zip(folder / "reta-2013.zip", joined(louisiana), "RETA2013.TXT")
    return folder


@contextmanager
def ran(home: Path, zips: Path, url: str, environment: dict[str, str]) -> Iterator[Ran]:
    """`nibrs run` over `zips`, in a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NIBRS_")}
    paths = {"NIBRS_HOME": str(home), "DAGSTER_HOME": str(home / "dagster"), "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", CLI, "run", "--add-zips", str(zips)],
        env={**inherited, **paths, "NIBRS_HASH_KEY": "one key, the same for both of the runs", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    yield Ran(home, result.stdout + result.stderr, url)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, s3: S3Server, zips: Path) -> Iterator[tuple[Ran, Ran]]:
    """The run by default, and the run in S3 with an outside Postgres."""
    default, in_s3 = tmp_path_factory.mktemp("default"), tmp_path_factory.mktemp("s3")
    with (
        EmbeddedPostgres(tmp_path_factory.mktemp("outside")).running() as outside,
        EmbeddedPostgres(default / "postgres").running() as embedded,
    ):
        elsewhere = {
            "NIBRS_RAW_DIR": f"s3://{BUCKET}/dropped",
            "NIBRS_LAKE_URI": f"s3://{BUCKET}/some/prefix",
            "AWS_ENDPOINT_URL": s3.url,
            "NIBRS_WAREHOUSE_URL": outside,
        }

        def run(home: Path, url: str, environment: dict[str, str]) -> Ran:
            with ran(home, zips, url, environment) as run:
                return run

        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(run, default, embedded, {})
            other = pool.submit(run, in_s3, outside, elsewhere)
            yield one.result(), other.result()


def test_postgres_holds_the_same_rows(both: tuple[Ran, Ran]) -> None:
    expected, found = (run.rows() for run in both)
    assert set(shipped_tables()) < set(expected)
    assert [name for name in expected if found.get(name) != expected[name]] == []
    assert found.keys() == expected.keys()
    for name in ("victim", "return_a_offense_month", "nibrs_vs_return_a", "window_arrestee", "code_race"):
        assert expected[name]


def test_the_lake_holds_the_same_files(both: tuple[Ran, Ran], s3: S3Server) -> None:
    root = both[0].home / "lake"
    expected = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    prefix = "some/prefix/"
    found = {key.removeprefix(prefix): content for key, content in s3.objects().items() if key.startswith(prefix)}
    assert found.keys() == expected.keys()
    assert [
        path for path, content in expected.items() if not path.endswith("provenance.json") and found[path] != content
    ] == []
    provenances = [path for path in expected if path.endswith("provenance.json")]
    assert len(provenances) == 2
    for path in provenances:
        one, other = (
            {name: value for name, value in json.loads(files[path]).items() if name not in OF_THIS_TAKE}
            for files in (expected, found)
        )
        assert one == other
    layers = {path.split("/")[0] for path in expected}
    assert layers == {"raw", "segments", "harmonized", "marts", "reference", "dictionary", "datapackage.json"}
    assert s3.parts_left() == []


def test_nothing_of_the_lake_is_on_this_machine(both: tuple[Ran, Ran]) -> None:
    home = both[1].home
    assert sorted(path.name for path in home.iterdir()) == ["dagster", "raw"]
    assert [path for path in home.rglob("*") if path.suffix in (".parquet", ".zip")] == []


def test_no_secret_is_written_or_shown(both: tuple[Ran, Ran]) -> None:
    run = both[1]
    assert SECRET not in run.output
    written = [path for path in run.home.rglob("*") if path.is_file()]
    assert len(written) > 4
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert f"s3://{BUCKET}/some/prefix/dictionary/index.html" in run.output


def test_every_kind_of_table_was_made(both: tuple[Ran, Ran]) -> None:
    made = {name for name, rows in both[0].rows().items() if rows}
    for kinds in kinds_of_tables():
        assert made & {name for name, table in shipped_tables().items() if table.kinds == kinds}
