"""The sensor on the raw folder: which zips make which years anew, and which do not."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from nibrs_assets.core.errors import NibrsError
from nibrs_assets_tests.automation.conftest import Home, repository
from nibrs_assets_tests.conftest import REAL_LINES, RETURN_A, RETURN_A_SAMPLE, SAMPLE, make_zip
from nibrs_assets_tests.s3 import BUCKET, s3_server

OTHER_2020 = REAL_LINES.read_bytes().replace(b"2021", b"2020")


class Watched:
    """The sensor's ticks over a home, with the cursor between them."""

    def __init__(self, home: Home, instance: dg.DagsterInstance) -> None:
        self.home, self.instance, self.cursor, self.dropped = home, instance, None, 0

    def tick(self) -> list[tuple[str | None, str | None]]:
        """Job and year of each run that the next tick asks for."""
        return [(request.job_name, request.partition_key) for request in self.requests()]

    def requests(self) -> list[dg.RunRequest]:
        sensor = repository().get_sensor_def("raw_folder")
        context = dg.build_sensor_context(
            self.instance,
            self.cursor,
            repository_def=repository(),
            sensor_name="raw_folder",
            resources=self.home.resources,
        )
        data = sensor.evaluate_tick(context)
        self.cursor = data.cursor  # type: ignore[assignment]
        return list(data.run_requests or [])

    def drop(self, name: str, zipped: Path | bytes, age: float = 60) -> Path:
        """Put a zip into the raw folder, last written `age` seconds ago."""
        path = self.home.raw / name
        if isinstance(zipped, bytes):
            path.write_bytes(zipped)
        else:
            shutil.copy(zipped, path)
        self.dropped += 1
        # No two times are the same, as they are not when people copy.
        written = time.time() - age - self.dropped / 1000
        os.utime(path, (written, written))
        return path


@pytest.fixture
def watched(home_at: Callable[..., Home], instance: dg.DagsterInstance) -> Watched:
    """A home whose lake has the 2018 and 2020 that lie in the raw folder."""
    watched = Watched(home_at(NIBRS_CDE_URL="none"), instance)
    for year in (2018, 2020):
        watched.drop(f"nibrs-{year}.zip", SAMPLE / f"nibrs-{year}.zip")
        watched.home.take(year)
    return watched


def test_zips_that_are_in_the_lake_are_no_news(watched: Watched) -> None:
    assert watched.tick() == []


def test_a_new_zip_makes_its_year_once(watched: Watched) -> None:
    watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    watched.drop("reta-2013.zip", RETURN_A_SAMPLE / "reta-2013.zip")
    assert sorted(watched.tick()) == [("nibrs_year", "2016"), ("return_a_year", "2013")]
    assert watched.tick() == []


def test_a_changed_zip_makes_its_year_and_no_other(watched: Watched, tmp_path: Path) -> None:
    assert watched.tick() == []
    watched.drop("nibrs-2020.zip", make_zip(tmp_path / "other.zip", OTHER_2020))
    assert watched.tick() == [("nibrs_year", "2020")]
    assert watched.tick() == []


def test_the_same_bytes_written_again_are_no_news(watched: Watched) -> None:
    assert watched.tick() == []
    watched.drop("nibrs-2020.zip", SAMPLE / "nibrs-2020.zip", age=30)
    assert watched.tick() == []


def test_a_zip_that_is_refused_is_not_tried_for_ever(watched: Watched) -> None:
    bad = (SAMPLE / "nibrs-2020.zip").read_bytes()[:-500]
    watched.drop("nibrs-2020.zip", bad)
    assert watched.tick() == [("nibrs_year", "2020")]
    with pytest.raises(NibrsError):
        watched.home.take(2020)
    assert watched.tick() == []
    watched.drop("nibrs-2020.zip", bad, age=30)
    assert watched.tick() == []
    # The one before it is in the lake still; a good one is tried again.
    watched.drop("nibrs-2020.zip", SAMPLE / "nibrs-2020.zip", age=25)
    assert watched.tick() == []
    watched.drop("nibrs-2020.zip", bad, age=20)
    assert watched.tick() == [("nibrs_year", "2020")]


def test_going_back_to_an_earlier_zip_is_a_run_of_its_own(watched: Watched, tmp_path: Path) -> None:
    other = make_zip(tmp_path / "other.zip", OTHER_2020)
    keys = []
    for zipped in (other, SAMPLE / "nibrs-2020.zip", other):
        watched.drop("nibrs-2020.zip", zipped)
        [request] = watched.requests()
        keys.append(request.run_key)
        watched.home.take(2020)
    assert len(set(keys)) == 3


def test_a_zip_that_is_being_copied_is_waited_for(watched: Watched) -> None:
    watched.drop("nibrs-2016.zip", (SAMPLE / "nibrs-2016.zip").read_bytes()[:1000], age=0)
    assert watched.tick() == []
    watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    assert watched.tick() == [("nibrs_year", "2016")]


def test_a_run_of_the_year_that_goes_on_is_waited_for(watched: Watched, instance: dg.DagsterInstance) -> None:
    """It may be the one that downloaded the zip, and will take it."""
    watched.drop("reta-2013.zip", RETURN_A_SAMPLE / "reta-2013.zip")
    job = repository().get_job("return_a_year")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": "2013"})
    assert watched.tick() == []
    watched.home.take(2013, RETURN_A)
    instance.report_run_canceled(run)
    assert watched.tick() == []


def test_what_is_no_zip_of_a_year_that_has_ended_is_left_alone(watched: Watched) -> None:
    for name in ("nibrs-2099.zip", "nibrs-1990.zip", "nibrs-2016.zip.part", "readme.txt", "nibrs-2016 (1).zip"):
        watched.drop(name, b"anything")
    assert watched.tick() == []


def test_a_zip_taken_away_and_brought_back_is_looked_at_again(watched: Watched) -> None:
    path = watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    assert watched.tick() == [("nibrs_year", "2016")]
    path.unlink()
    assert watched.tick() == []
    watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    assert watched.tick() == [("nibrs_year", "2016")]


def test_no_raw_folder_is_no_error(watched: Watched) -> None:
    shutil.rmtree(watched.home.raw)
    assert watched.tick() == []


def test_a_bucket_is_watched_as_a_folder_is(
    home_at: Callable[..., Home], instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock of a bucket is its own: a zip is dropped now, and looked at when it has settled.
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 3600 * 10**9)
    with s3_server(tmp_path) as s3:
        place = {"NIBRS_RAW_DIR": f"s3://{BUCKET}/dropped", "AWS_ENDPOINT_URL": s3.url}
        watched = Watched(home_at(NIBRS_CDE_URL="none", **place), instance)

        def drop(year: int, zipped: Path) -> None:
            s3.client.put_object(Bucket=BUCKET, Key=f"dropped/nibrs-{year}.zip", Body=zipped.read_bytes())

        assert watched.tick() == []
        for year in (2018, 2020):
            drop(year, SAMPLE / f"nibrs-{year}.zip")
        assert sorted(watched.tick()) == [("nibrs_year", "2018"), ("nibrs_year", "2020")]
        for year in (2018, 2020):
            watched.home.take(year)
        assert watched.tick() == []
        drop(2020, make_zip(tmp_path / "other.zip", OTHER_2020))
        assert watched.tick() == [("nibrs_year", "2020")]
