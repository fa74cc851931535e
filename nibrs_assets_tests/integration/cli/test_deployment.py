"""A deployment in operation: Dagster's records in Postgres, limits that hold, killed runs that are noticed and run again."""

import json
import os
import shutil
import signal
import threading
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import dagster as dg
import duckdb
import psutil
import pytest
import yaml
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from nibrs_assets.catalog.model import CLEARANCE
from nibrs_assets.cli.backfill import backfill
from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.defs.launcher import CheckedRunLauncher
from nibrs_assets.defs.limits import DECODE, POOLS, TABLES, WAREHOUSE
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets_tests.scale_out import WORKERS, digests, over_workers, worker_of
from nibrs_assets_tests.support.deployment import PASSWORD, PATIENCE, Deployment, deployed, free_port, queue, wait_until
from nibrs_assets_tests.support.pipeline import platform_at
from nibrs_assets_tests.support.samples import DATA, RETURN_A, RETURN_A_SAMPLE

YEARS = (1971, 1974, 2013)
FEW_YEARS = YEARS[:2]


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
        json.dumps(
            {"query": "{instance {runQueuingSupported daemonHealth {allDaemonStatuses {daemonType required}}}}"}
        ).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        instance = json.load(response)["data"]["instance"]
    assert instance["runQueuingSupported"]
    required = {status["daemonType"] for status in instance["daemonHealth"]["allDaemonStatuses"] if status["required"]}
    assert {"QUEUED_RUN_COORDINATOR", "MONITORING", "EVENT_LOG_CONSUMER", "BACKFILL"} <= required
    limits = deployment.records('SELECT concurrency_key, "limit" FROM concurrency_limits')
    assert dict(limits) == POOLS  # type: ignore[arg-type]
    assert not list((deployment.home / "deployment").rglob("*.db"))


def test_a_run_that_its_code_server_does_not_know_is_gone(deployment: Deployment) -> None:
    """As after a restart of machine or container; while the code server does not answer, nothing is known."""
    workspace = yaml.safe_load((deployment.home / "deployment/workspace.yaml").read_text())
    ports = {
        workspace["load_from"][0]["grpc_server"]["port"]: WorkerStatus.NOT_FOUND,
        free_port(): WorkerStatus.RUNNING,
    }
    with dg.DagsterInstance.ephemeral() as instance:
        launcher = CheckedRunLauncher()
        launcher.register_instance(instance)
        for port, status in ports.items():
            where = json.dumps({"host": "127.0.0.1", "port": port})
            run = instance.add_run(dg.DagsterRun(job_name="nibrs_year", tags={GRPC_INFO_TAG: where}))
            assert launcher.check_run_worker_health(run).status is status


def test_a_killed_run_is_noticed_and_run_again_within_the_limits(deployment: Deployment) -> None:
    asked = deployment.backfill("return-a", *YEARS)
    wait_until(lambda: any(run.year == "2013" for run in deployment.runs()))
    [killed] = [run for run in deployment.runs() if run.year == "2013"]
    events = f"SELECT event FROM event_logs WHERE run_id = '{killed.run_id}'"
    wait_until(lambda: bool(deployment.records(f"{events} AND dagster_event_type = 'STEP_START'")))
    [[event]] = deployment.records(f"{events} AND event LIKE '%parent process (pid:%'")
    process = psutil.Process(int(str(event).split("parent process (pid: ")[1].split(")")[0]))
    steps = process.children(recursive=True)
    assert steps
    process.kill()
    psutil.wait_procs(steps, timeout=PATIENCE)
    wait_until(lambda: sum(run.job == "return_a_year" and run.ended is not None for run in deployment.runs()) == 4)
    asked.terminate()
    asked.communicate()
    of_job = [run for run in deployment.runs() if run.job == "return_a_year"]
    runs = {(run.year, "dagster/retry_number" in run.tags): run for run in of_job}
    assert {key: run.status for key, run in runs.items()} == {
        ("1971", False): "SUCCESS",
        ("1974", False): "SUCCESS",
        ("2013", False): "FAILURE",
        ("2013", True): "SUCCESS",
    }
    # Two runs of a backfill at once, and one decoding.
    times = [(run.started or 0, run.ended or 0) for run in deployment.runs()]
    assert max(sum(start <= other <= end for start, end in times) for other, _ in times) == 2
    decoded = deployment.step_times("return_a_segments")
    assert len(decoded) >= 3
    assert all(end <= begin for (_, end), (begin, _) in pairwise(decoded))


def test_two_celery_workers_make_the_same_tables_as_one_process(tmp_path: Path) -> None:
    home, alone = with_zips(tmp_path / "shared"), with_zips(tmp_path / "alone")
    with platform_at(alone) as platform:
        for year in FEW_YEARS:
            platform.materialize(year, kind=RETURN_A)
    with queue() as url, deployed(home, tmp_path / "log", NIBRS_CELERY_URL=url) as deployment:
        runs = over_workers(deployment, tmp_path, "return-a", FEW_YEARS)
        assert {worker_of(run, url) for run in runs} == set(WORKERS)
        assert PASSWORD not in "".join(
            path.read_text(errors="replace")
            for path in (*(home / "deployment").rglob("*"), tmp_path / "log")
            if path.is_file()
        )
    one, two = (digests(EmbeddedPostgres(of / "postgres"), "return_a", FEW_YEARS) for of in (alone, home))
    assert one == two
    assert all(count for (table, _), (count, _) in one.items() if table == "return_a_agency")


def test_steps_that_take_memory_are_in_pools_that_are_limited() -> None:
    graph = build_definitions(Settings.from_environment({})).resolve_asset_graph()
    pools = {
        "segments": {DECODE},
        "harmonized": {TABLES},
        "marts": {TABLES},
        CLEARANCE: {TABLES},
        "warehouse": {WAREHOUSE},
    }
    for key in graph.executable_asset_keys:
        assert graph.get(key).pools == pools.get(key.path[0], set()), key
    assert set().union(*pools.values()) == set(POOLS)


@pytest.mark.parametrize(
    ("error", "may_pass"), [(NibrsError("a damaged zip"), False), (PassingError("no answer"), True)]
)
def test_only_what_may_pass_is_tried_again(error: NibrsError, may_pass: bool) -> None:
    with pytest.raises(dg.Failure) as raised, user_errors_as_failures():
        raise error
    assert raised.value.allow_retries is may_pass


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_while_duckdb_works_is_no_error_to_be_tried_again(kind: signal.Signals) -> None:
    """The error that DuckDB raises for a signal must end the run; now and then one comes between two queries."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    raised: list[type[BaseException]] = []
    before = signal.signal(kind, stop)
    try:
        with duckdb.connect() as connection:
            while not raised or (raised[-1] is KeyboardInterrupt and len(raised) < 50):
                with pytest.raises(BaseException) as caught, user_errors_as_failures():
                    threading.Timer(0.1, os.kill, (os.getpid(), kind)).start()
                    while True:
                        connection.execute("SELECT count(DISTINCT range) FROM range(1_000_000)").fetchall()
                raised.append(caught.type)
    finally:
        signal.signal(kind, before)
    assert raised[-1] is dg.DagsterExecutionInterruptedError


def test_a_warehouse_that_does_not_answer_may_pass(tmp_path: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    settings = Settings.from_environment({"NIBRS_HOME": str(tmp_path), "NIBRS_WAREHOUSE_URL": url})
    with pytest.raises(PassingError, match="can't be reached"), Warehouse.of(settings).connect():
        pass


def test_a_backfill_without_a_deployment_says_so() -> None:
    with pytest.raises(NibrsError, match="no deployment answers there"):
        list(backfill(f"http://127.0.0.1:{free_port()}", [("nibrs", 2020)]))


def test_every_file_of_the_deployment_says_whether_it_was_run() -> None:
    files = [path for path in shipped_folder("deploy").iterdir() if path.name == "Dockerfile" or path.suffix == ".yaml"]
    assert len(files) == 8
    for path in files:
        assert "\n# Run: " in path.read_text(), path
        if path.suffix == ".yaml":
            yaml.safe_load(path.read_text())


def test_containers_and_processes_have_the_same_limits() -> None:
    ours = yaml.safe_load((shipped_folder("deploy") / "dagster.yaml").read_text())
    helm = yaml.safe_load((shipped_folder("deploy") / "helm-values.yaml").read_text())["dagsterDaemon"]
    queue = helm["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert queue["maxConcurrentRuns"] == ours["concurrency"]["runs"]["max_concurrent_runs"]
    assert queue["tagConcurrencyLimits"] == ours["concurrency"]["runs"]["tag_concurrency_limits"]
    assert helm["runRetries"]["maxRetries"] == ours["run_retries"]["max_retries"]
    assert helm["runRetries"]["retryOnAssetOrOpFailure"] is ours["run_retries"]["retry_on_asset_or_op_failure"] is False
