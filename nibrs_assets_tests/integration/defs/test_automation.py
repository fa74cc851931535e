"""What follows by itself: the rest of the same year, of old years too, and nothing that its own run makes."""

from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.declarative_automation.automation_condition_tester import (
    EvaluateAutomationConditionsResult,
)
from dagster._core.events import StepMaterializationData

from nibrs_assets.catalog.tables import tables_of
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.defs.automation import SKIP_COMBINED_TAG
from nibrs_assets.defs.jobs import year_job_name
from nibrs_assets_tests.support.home import repository

BOTH = ("nibrs", "return_a")
OLD = "1995"


def keys_of(*kinds: str) -> set[str]:
    return {f"{layer}/{name}" for name, t in tables_of(*kinds).items() for layer in (t.layer, "warehouse")}


class Watched:
    """The two sensors' ticks, and what was materialized between them."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.definitions = build_definitions(Settings.from_environment({}))
        self.last: dict[str, EvaluateAutomationConditionsResult] = {}

    def tick(self, sensor: str) -> set[tuple[str, str]]:
        """Asset and year of all that is asked for."""
        selection = repository().get_sensor_def(sensor).asset_selection
        assert selection
        last = self.last.get(sensor)
        result = self.last[sensor] = dg.evaluate_automation_conditions(
            self.definitions, self.instance, selection, cursor=last.cursor if last else None
        )
        return {
            (key.to_user_string(), year)
            for key in selection.resolve(self.definitions.resolve_asset_graph())
            for year in result.get_requested_partitions(key)
            if year
        }

    def make(self, year: str, *names: str) -> None:
        """Materialize `names` alone."""
        for name in names:
            event = dg.AssetMaterialization(dg.AssetKey.from_user_string(name), partition=year)
            self.instance.report_runless_asset_event(event)

    def make_all(self, year: str, *kinds: str) -> None:
        graph = self.definitions.resolve_asset_graph()
        keys = {key for kind in kinds for key in job_of(kind).asset_layer.executable_asset_keys}
        self.make(year, *sorted(key.to_user_string() for key in keys & graph.get_all_asset_keys()))


def job_of(kind: str) -> Any:
    return repository().get_job(year_job_name((kind,)))


@pytest.fixture
def watched(instance: dg.DagsterInstance) -> Watched:
    """An old year of NIBRS, made before the sensor was first turned on."""
    watched = Watched(instance)
    watched.make_all(OLD, "nibrs")
    assert watched.tick("downstream_same_year") == set()
    return watched


def test_which_sensors_run_by_themselves() -> None:
    statuses = {
        name: repository().get_sensor_def(name).default_status for name in ("both_systems", "downstream_same_year")
    }
    assert statuses == {
        "both_systems": dg.DefaultSensorStatus.RUNNING,
        "downstream_same_year": dg.DefaultSensorStatus.STOPPED,
    }


def test_every_table_of_one_kind_is_watched() -> None:
    selection = repository().get_sensor_def("downstream_same_year").asset_selection
    assert selection
    watched = {key.to_user_string() for key in selection.resolve(repository().asset_graph)}
    assert watched == keys_of("nibrs") | keys_of("return_a")


def after(
    instance: dg.DagsterInstance, job_name: str, *assets: str, **tags: str
) -> list[tuple[str | None, str | None]]:
    """The runs, job and year, that follow a run of OLD which succeeded: of the assets, or the whole job."""
    job = repository().get_job(job_name)
    selection = frozenset(map(dg.AssetKey.from_user_string, assets)) or None
    run = instance.create_run_for_job(
        job, asset_selection=selection, status=dg.DagsterRunStatus.SUCCESS, tags={"dagster/partition": OLD} | tags
    )
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job_name)
    context = dg.build_run_status_sensor_context("both_systems", event, instance, run, repository_def=repository())
    answer = repository().get_sensor_def("both_systems")(context)
    return [("both_systems_year", answer.partition_key)] if isinstance(answer, dg.RunRequest) else []


@pytest.mark.parametrize("job", ["nibrs_year", "return_a_year"])
def test_both_systems_follow_either_in_that_year(instance: dg.DagsterInstance, job: str) -> None:
    assert after(instance, job) == [("both_systems_year", OLD)]


def test_both_systems_follow_what_they_read_and_nothing_else(instance: dg.DagsterInstance) -> None:
    follow = [("both_systems_year", OLD)]
    assert after(instance, "nibrs_year", "harmonized/agency_month", "harmonized/victim") == follow
    assert after(instance, "nibrs_year", "segments/victim", "harmonized/victim_injury") == []
    assert after(instance, "both_systems_year") == []
    assert after(instance, "both_systems_year", *keys_of(*BOTH)) == []
    # `nibrs run` makes them when all its years are done.
    assert after(instance, "nibrs_year", **{SKIP_COMBINED_TAG: "true"}) == []


def test_a_segment_made_alone_takes_the_rest_of_its_year_along(watched: Watched) -> None:
    watched.make(OLD, "segments/arrestee")
    asked = watched.tick("downstream_same_year")
    assert {year for _, year in asked} == {OLD}
    names = {name for name, _ in asked}
    assert {"harmonized/arrestee", "harmonized/arrestee_weapon", "marts/agency_arrest_month"} <= names
    # The warehouse's tables of a kind are replaced together.
    assert {name for name in names if name.startswith("warehouse/")} == {
        name for name in keys_of("nibrs") if name.startswith("warehouse/")
    }
    assert not {"harmonized/victim", "harmonized/property"} & names
    assert watched.tick("downstream_same_year") == set()


def test_nothing_follows_while_the_year_is_incomplete(watched: Watched) -> None:
    watched.make("1993", "segments/arrestee")
    asked = {name for name, year in watched.tick("downstream_same_year") if year == "1993"}
    assert not {name for name in asked if name.startswith("warehouse/")}


def test_what_a_run_makes_itself_is_not_made_again(watched: Watched) -> None:
    """Whatever of the year's job is done when the sensor looks: it is the run's to make."""
    job = job_of("nibrs")
    instance = watched.instance
    planned = job.asset_layer.executable_asset_keys
    run = instance.create_run_for_job(
        job, asset_selection=frozenset(planned), tags={"dagster/partition": OLD}, status=dg.DagsterRunStatus.STARTED
    )

    def made(name: str) -> None:
        event = dg.AssetMaterialization(dg.AssetKey.from_user_string(name), partition=OLD)
        instance.report_dagster_event(
            run_id=run.run_id,
            dagster_event=dg.DagsterEvent(
                event_type_value=dg.DagsterEventType.ASSET_MATERIALIZATION.value,
                job_name=run.job_name,
                event_specific_data=StepMaterializationData(event, []),
            ),
        )

    for name in ("raw/nibrs_master_file", "segments/arrestee", "harmonized/arrestee"):
        made(name)
    assert watched.tick("downstream_same_year") == set()
    for key in sorted(planned):
        made(key.to_user_string())
    instance.report_run_canceled(run)
    assert watched.tick("downstream_same_year") == set()
