"""A deployment in operation: Dagster's records in Postgres, limits that hold, killed runs that are noticed and run again."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml

from nibrs_assets.assets.failure import failing_for_people
from nibrs_assets.automation.limits import DECODE, POOLS, TABLES, WAREHOUSE
from nibrs_assets.definitions import build_definitions
from nibrs_assets.errors import NibrsError
from nibrs_assets.resources.warehouse import Warehouse
from nibrs_assets.settings import Settings
from nibrs_assets_tests.conftest import DATA, RETURN_A, RETURN_A_SAMPLE
from nibrs_assets_tests.deployment import PATIENCE, Deployment, deployed, queue, wait_until
from nibrs_assets_tests.scale_out import digests, over_workers, worker_of

YEARS = (1971, 1974, 2013)
ENDED = ("SUCCESS", "FAILURE", "CANCELED")


def with_zips(home: Path) -> Path:
    """A home with three years of Return A, the shortest way to the warehouse."""
    (home / "raw").mkdir(parents=True)
    for zipped in (DATA / "reta-1971.zip", DATA / "reta-1974.zip", RETURN_A_SAMPLE / "reta-2013.zip"):
        shutil.copy(zipped, home / "raw")
    return home


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("deployment")
    with deployed(with_zips(folder / "home"), folder / "log") as deployment:
        yield deployment


def test_the_ui_answers_and_records_are_in_postgres(deployment: Deployment) -> None:
    request = urllib.request.Request(
        f"{deployment.url}/graphql",
        json.dumps({"query": "{instance {runQueuingSupported daemonHealth {allDaemonStatuses {daemonType required}}}}"}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        instance = json.load(response)["data"]["instance"]
    assert instance["runQueuingSupported"]
    required = {status["daemonType"] for status in instance["daemonHealth"]["allDaemonStatuses"] if status["required"]}
    assert {"QUEUED_RUN_COORDINATOR", "MONITORING", "EVENT_LOG_CONSUMER", "BACKFILL"} <= required
    limits = deployment.records("SELECT concurrency_key, \"limit\" FROM concurrency_limits")
    assert dict(limits) == POOLS  # type: ignore[arg-type]
    assert not list((deployment.home / "deployment").rglob("*.db"))


def test_a_killed_run_is_noticed_and_run_again_within_the_limits(deployment: Deployment) -> None:
    deployment.backfill("return_a_year", *YEARS)
    killed = deployment.runs()[-1]
    assert killed.year == "2013"
    events = f"SELECT event FROM event_logs WHERE run_id = '{killed.run_id}'"
    wait_until(lambda: bool(deployment.records(f"{events} AND dagster_event_type = 'STEP_START'")))
    [[event]] = deployment.records(f"{events} AND event LIKE '%parent process (pid:%'")
    process = psutil.Process(int(str(event).split("parent process (pid: ")[1].split(")")[0]))
    steps = process.children(recursive=True)
    assert steps
    process.kill()
    psutil.wait_procs(steps, timeout=PATIENCE)
    wait_until(lambda: len(deployment.runs()) == 4 and all(run.status in ENDED for run in deployment.runs()))
    runs = {(run.year, "dagster/retry_number" in run.tags): run for run in deployment.runs()}
    assert {key: run.status for key, run in runs.items()} == {
        ("1971", False): "SUCCESS",
        ("1974", False): "SUCCESS",
        ("2013", False): "FAILURE",
        ("2013", True): "SUCCESS",
    }
    # Two runs of a backfill at once, and one decoding.
    times = [(run.started or 0, run.ended or 0) for run in runs.values()]
    assert max(sum(start <= other <= end for start, end in times) for other, _ in times) == 2
    decoded = deployment.step_times("return_a_segments")
    assert len(decoded) >= 3
    assert all(end <= begin for (_, end), (begin, _) in pairwise(decoded))
