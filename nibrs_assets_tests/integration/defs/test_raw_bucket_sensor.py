"""The sensor on a raw folder that is a bucket."""

import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from nibrs_assets_tests.support.home import Home
from nibrs_assets_tests.support.raw_folder_sensor import OTHER_2020, RawFolderSensor
from nibrs_assets_tests.support.s3_server import BUCKET, s3_server
from nibrs_assets_tests.support.samples import SAMPLE, make_zip


def test_a_bucket_is_watched_as_a_folder_is(
    home_at: Callable[..., Home], instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock of a bucket is its own: a zip is dropped now, and looked at when it has settled.
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 3600 * 10**9)
    with s3_server(tmp_path) as s3:
        folder = {"NIBRS_RAW_DIR": f"s3://{BUCKET}/dropped", "AWS_ENDPOINT_URL": s3.url}
        watched = RawFolderSensor(home_at(NIBRS_CDE_URL="none", **folder), instance)

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
