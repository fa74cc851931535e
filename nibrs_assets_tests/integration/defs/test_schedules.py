"""The schedules of the annual refresh, at simulated times, against a server that behaves like the FBI's."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg
import pytest

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.defs.assets.raw import raw_assets
from nibrs_assets.ingest.fbi import fetch_zip
from nibrs_assets.ingest.raw_zips import recorded
from nibrs_assets_tests.support.fbi_server import SECRET, FbiServer
from nibrs_assets_tests.support.home import Home, repository
from nibrs_assets_tests.support.samples import NIBRS, REAL_LINES, RETURN_A_SAMPLE, SAMPLE, make_zip, raw_folder

OCTOBER_2022 = datetime(2022, 10, 3, 6, tzinfo=UTC)


def ask(
    home: Home, instance: dg.DagsterInstance, when: datetime = OCTOBER_2022, schedule: str = "nibrs_annual_refresh"
) -> list[dg.RunRequest]:
    context = dg.build_schedule_context(instance, when, repository_def=repository(), resources=home.resources)
    return list(repository().get_schedule_def(schedule).evaluate_tick(context).run_requests or [])


def years(requests: list[dg.RunRequest]) -> list[str]:
    return sorted(request.partition_key or "" for request in requests)


@pytest.fixture
def home(home_at: Callable[..., Home], fbi: FbiServer) -> Home:
    """2018 fetched from the FBI, 2020 dropped by hand; both are as the FBI has them."""
    home = home_at(NIBRS_CDE_URL=fbi.url)
    fbi.put(2018, (SAMPLE / "nibrs-2018.zip").read_bytes())
    fbi.put(2020, (SAMPLE / "nibrs-2020.zip").read_bytes())
    fetch_zip(fbi.service, raw_folder(home.raw), NIBRS, 2018)
    shutil.copy(SAMPLE / "nibrs-2020.zip", home.raw)
    home.take(2018)
    home.take(2020)
    fbi.requests.clear()
    return home


def test_all_are_off_until_somebody_turns_them_on() -> None:
    for kind in ("nibrs", "return_a"):
        schedule = repository().get_schedule_def(f"{kind}_annual_refresh")
        assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert repository().get_sensor_def("raw_folder").default_status is dg.DefaultSensorStatus.STOPPED


def test_nothing_new_is_no_run(home: Home, fbi: FbiServer, instance: dg.DagsterInstance) -> None:
    assert ask(home, instance) == []
    # It asks about what is there and what may be new, of the last five years; 2017 and 2019 were left out.
    asked = {path for path, *_ in fbi.requests if path.startswith("/storage/")}
    assert asked == {f"/storage/master_files/nibrs/nibrs-{year}.zip" for year in (2018, 2020)}
    assert {range_ for range_, _ in fbi.downloads} == {"bytes=0-0"}


def test_a_new_year_is_run_once_with_its_newest_zip(home: Home, fbi: FbiServer, instance: dg.DagsterInstance) -> None:
    fbi.put(2021, b"anything")
    fbi.put(2019, b"was left out before")
    [request] = ask(home, instance)
    assert request.partition_key == "2021"
    assert request.run_config == {"ops": {"raw__nibrs_master_file": {"config": {"fetch": "NEWEST"}}}}
    # Dagster starts a run key once.
    assert [again.run_key for again in ask(home, instance)] == [request.run_key]
    assert SECRET not in str(request)


def test_the_year_that_has_not_ended_is_not_asked_for(home: Home, fbi: FbiServer, instance: dg.DagsterInstance) -> None:
    fbi.put(2021, b"anything")
    assert ask(home, instance, datetime(2021, 12, 27, 6, tzinfo=UTC)) == []
    assert years(ask(home, instance, datetime(2022, 1, 3, 6, tzinfo=UTC))) == ["2021"]


@pytest.mark.parametrize("change", ["etag", "size", "size of a dropped one", "date"])
def test_a_year_published_anew_is_run(home: Home, fbi: FbiServer, instance: dg.DagsterInstance, change: str) -> None:
    content = (SAMPLE / "nibrs-2018.zip").read_bytes()
    if change == "etag":
        fbi.put(2018, content, etag='"second"')
    elif change == "size":
        fbi.put(2018, content + b"!")
    elif change == "date":
        fbi.put(2018, content, etag=None, last_modified="Tue, 03 Nov 2026 10:00:00 GMT")
    else:
        fbi.put(2020, content)
    assert years(ask(home, instance)) == ["2020" if "dropped" in change else "2018"]


def test_years_before_the_last_five_are_not_asked_for(
    home: Home, fbi: FbiServer, instance: dg.DagsterInstance, home_at: Callable[..., Home]
) -> None:
    fbi.put(2018, b"changed")
    in_2025 = datetime(2025, 10, 6, 6, tzinfo=UTC)
    assert ask(home, instance, in_2025) == []
    assert years(ask(home_at(NIBRS_CDE_URL=fbi.url, NIBRS_REFRESH_YEARS="7"), instance, in_2025)) == ["2018"]


def test_an_empty_lake_begins_with_the_newest_year(
    home_at: Callable[..., Home], fbi: FbiServer, instance: dg.DagsterInstance
) -> None:
    for year in (2017, 2018, 2019, 2020):
        fbi.put(year, b"anything")
    assert years(ask(home_at(NIBRS_CDE_URL=fbi.url), instance)) == ["2020"]
    assert ask(home_at(NIBRS_CDE_URL="none"), instance) == []


def test_return_a_has_its_own(home: Home, fbi: FbiServer, instance: dg.DagsterInstance) -> None:
    fbi.put(2021, b"anything", "reta")
    [request] = ask(home, instance, schedule="return_a_annual_refresh")
    assert (request.partition_key, request.run_config) == (
        "2021",
        {"ops": {"raw__return_a_master_file": {"config": {"fetch": "NEWEST"}}}},
    )


def test_a_service_that_is_down_fails_the_tick(home: Home, fbi: FbiServer, instance: dg.DagsterInstance) -> None:
    fbi.signing_answers = [(500, "text/html", b"")] * 10
    with pytest.raises(NibrsError, match="can't tell what it has"):
        # What a schedule raises comes wrapped.
        try:
            ask(home, instance)
        except dg.DagsterError as error:
            raise error.__cause__ or error from None


def materialize_raw(home: Home, year: int, kind: str = "nibrs", fetch: str | None = None) -> dg.ExecuteInProcessResult:
    key = dg.AssetKey(["raw", f"{kind}_master_file"])
    config = {"ops": {f"raw__{kind}_master_file": {"config": {"fetch": fetch}}}} if fetch else None
    return dg.materialize(
        raw_assets(),
        selection=dg.AssetSelection.assets(key),
        partition_key=str(year),
        resources=home.resources,
        run_config=config,
        raise_on_error=False,
    )


def test_the_requested_run_replaces_the_zip_and_then_there_is_no_news(
    home: Home, fbi: FbiServer, instance: dg.DagsterInstance
) -> None:
    newer = make_zip(home.raw.parent / "newer.zip", REAL_LINES.read_bytes().replace(b"2021", b"2020")).read_bytes()
    fbi.put(2020, newer, etag='"second"')
    [request] = ask(home, instance)
    assert materialize_raw(home, 2020, fetch="NEWEST").success
    assert (home.raw / "nibrs-2020.zip").read_bytes() == newer
    taken = recorded(home.lake, NIBRS, 2020)
    assert taken
    assert taken.etag == '"second"'
    assert request.run_key == 'nibrs-2020.zip "second"'
    assert ask(home, instance) == []


def test_the_raw_asset_downloads_what_nobody_dropped(home: Home, fbi: FbiServer) -> None:
    content = (RETURN_A_SAMPLE / "reta-2013.zip").read_bytes()
    fbi.put(2013, content, "reta")
    refused = materialize_raw(home, 2013, "return_a", fetch="NEVER")
    assert not refused.success
    assert fbi.requests == []
    made = materialize_raw(home, 2013, "return_a")
    assert made.success
    [event] = made.get_asset_materialization_events()
    metadata = event.step_materialization_data.materialization.metadata
    assert metadata["etag"].value == '"first"'
    assert "".join(map(str, made.all_events)).count(SECRET) == 0
    # What is there is taken, whatever the FBI has.
    fbi.put(2013, b"another", "reta")
    fbi.requests.clear()
    assert materialize_raw(home, 2013, "return_a").success
    assert fbi.requests == []


def test_the_raw_asset_tells_that_a_year_is_not_published(home: Home) -> None:
    failed = materialize_raw(home, 2022)
    [failure] = failed.get_step_failure_events()
    data = failure.step_failure_data.user_failure_data
    assert data
    told = data.description or ""
    assert "there is no zip for 2022 in the raw folder" in told
    assert "the FBI has not published NIBRS 2022" in told
