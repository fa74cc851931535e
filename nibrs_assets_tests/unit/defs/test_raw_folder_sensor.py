"""The sensor on the raw folder: which zips make which years anew, and which do not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from nibrs_assets.core.errors import NibrsError
from nibrs_assets_tests.support.home import Home, repository
from nibrs_assets_tests.support.raw_folder_sensor import OTHER_2020, RawFolderSensor
from nibrs_assets_tests.support.samples import RETURN_A, RETURN_A_SAMPLE, SAMPLE, make_zip


@pytest.fixture
def watched(home_at: Callable[..., Home], instance: dg.DagsterInstance) -> RawFolderSensor:
    """A home whose lake has the 2018 and 2020 that lie in the raw folder."""
    watched = RawFolderSensor(home_at(NIBRS_CDE_URL="none"), instance)
    for year in (2018, 2020):
        watched.drop(f"nibrs-{year}.zip", SAMPLE / f"nibrs-{year}.zip")
        watched.home.take(year)
    return watched


def test_zips_that_are_in_the_lake_are_no_news(watched: RawFolderSensor) -> None:
    assert watched.tick() == []


def test_a_new_zip_makes_its_year_once(watched: RawFolderSensor) -> None:
    watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    watched.drop("reta-2013.zip", RETURN_A_SAMPLE / "reta-2013.zip")
    assert sorted(watched.tick()) == [("nibrs_year", "2016"), ("return_a_year", "2013")]
    assert watched.tick() == []


def test_a_changed_zip_makes_its_year_and_no_other(watched: RawFolderSensor, tmp_path: Path) -> None:
    assert watched.tick() == []
    watched.drop("nibrs-2020.zip", make_zip(tmp_path / "other.zip", OTHER_2020))
    assert watched.tick() == [("nibrs_year", "2020")]
    assert watched.tick() == []


def test_the_same_bytes_written_again_are_no_news(watched: RawFolderSensor) -> None:
    assert watched.tick() == []
    watched.drop("nibrs-2020.zip", SAMPLE / "nibrs-2020.zip", age=30)
    assert watched.tick() == []


def test_a_zip_that_is_refused_is_not_tried_for_ever(watched: RawFolderSensor) -> None:
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


def test_going_back_to_an_earlier_zip_is_a_run_of_its_own(watched: RawFolderSensor, tmp_path: Path) -> None:
    other = make_zip(tmp_path / "other.zip", OTHER_2020)
    keys = []
    for zipped in (other, SAMPLE / "nibrs-2020.zip", other):
        watched.drop("nibrs-2020.zip", zipped)
        [request] = watched.requests()
        keys.append(request.run_key)
        watched.home.take(2020)
    assert len(set(keys)) == 3


def test_a_zip_that_is_being_copied_is_waited_for(watched: RawFolderSensor) -> None:
    watched.drop("nibrs-2016.zip", (SAMPLE / "nibrs-2016.zip").read_bytes()[:1000], age=0)
    assert watched.tick() == []
    watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    assert watched.tick() == [("nibrs_year", "2016")]


def test_a_run_of_the_year_that_goes_on_is_waited_for(watched: RawFolderSensor, instance: dg.DagsterInstance) -> None:
    """It may be the one that downloaded the zip, and will take it."""
    watched.drop("reta-2013.zip", RETURN_A_SAMPLE / "reta-2013.zip")
    job = repository().get_job("return_a_year")
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": "2013"})
    assert watched.tick() == []
    watched.home.take(2013, RETURN_A)
    instance.report_run_canceled(run)
    assert watched.tick() == []


def test_what_is_no_zip_of_a_year_that_has_ended_is_left_alone(watched: RawFolderSensor) -> None:
    for name in ("nibrs-2099.zip", "nibrs-1990.zip", "nibrs-2016.zip.part", "readme.txt", "nibrs-2016 (1).zip"):
        watched.drop(name, b"anything")
    assert watched.tick() == []


def test_a_zip_taken_away_and_brought_back_is_looked_at_again(watched: RawFolderSensor) -> None:
    path = watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    assert watched.tick() == [("nibrs_year", "2016")]
    path.unlink()
    assert watched.tick() == []
    watched.drop("nibrs-2016.zip", SAMPLE / "nibrs-2016.zip")
    assert watched.tick() == [("nibrs_year", "2016")]


def test_no_raw_folder_is_no_error(watched: RawFolderSensor) -> None:
    shutil.rmtree(watched.home.raw)
    assert watched.tick() == []
