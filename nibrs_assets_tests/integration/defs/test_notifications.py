"""What a webhook is told of runs that fail and of checks that do not pass: against a server on this machine."""

import http.server
import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.notifications import notification_sensors
from nibrs_assets.defs.webhook import Webhook
from nibrs_assets_tests.support.home import Home

TOKEN = "s3cr3t-t0ken"


class Receiver:
    """A webhook: what it was told, and the statuses that it answers with, in turn, before 200."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.url = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == f"/services/{TOKEN}"
            assert self.headers["Content-Type"] == "application/json"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status == 200:
                receiver.told.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/services/{TOKEN}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@dg.asset(
    partitions_def=dg.StaticPartitionsDefinition(["2019", "2020"]),
    check_specs=[
        dg.AssetCheckSpec("sound", asset="table"),
        dg.AssetCheckSpec("usual", asset="table"),
        dg.AssetCheckSpec("fine", asset="table"),
    ],
)
def table() -> Iterator[object]:
    yield dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(passed=False, check_name="sound", severity=dg.AssetCheckSeverity.ERROR),
            dg.AssetCheckResult(passed=False, check_name="usual", severity=dg.AssetCheckSeverity.WARN),
            dg.AssetCheckResult(passed=True, check_name="fine"),
        ]
    )


@dg.asset(deps=[table], partitions_def=dg.StaticPartitionsDefinition(["2019", "2020"]))
def broken() -> None:
    raise dg.Failure("nibrs-2020.zip: not a zip file; download it again", allow_retries=False)


@dg.asset(deps=[broken], partitions_def=dg.StaticPartitionsDefinition(["2019", "2020"]))
def after() -> None:
    """Is not come to."""


def told_of(
    settings: Settings, instance: dg.DagsterInstance, *assets: dg.AssetsDefinition, sensor: str
) -> dg.ExecuteInProcessResult:
    """Run the assets for 2020 as the job `nibrs_year`, and have the sensor evaluated on how it ended."""
    definitions = dg.Definitions(assets, jobs=[dg.define_asset_job("nibrs_year", selection="*")])
    job = definitions.resolve_job_def("nibrs_year")
    result = job.execute_in_process(partition_key="2020", instance=instance, raise_on_error=False)
    run = instance.get_run_by_id(result.run_id)
    assert run
    ends = (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE)
    [ended] = [event for event in result.all_events if event.event_type in ends]
    context = dg.build_run_status_sensor_context(
        sensor_name=sensor,
        dagster_event=ended,
        dagster_instance=instance,
        dagster_run=run,
        resources={"settings": settings, "webhook": replace(Webhook.of(settings), pause=0.001)},
    )
    [evaluate] = [known for known in notification_sensors(settings) if known.name == sensor]
    evaluate(context.for_run_failure() if sensor == "notify_failed_runs" else context)
    return result


@pytest.fixture
def settings(receiver: Receiver) -> Settings:
    return Settings.from_environment({"NIBRS_WEBHOOK_URL": receiver.url})


def test_a_failed_run_is_told_with_its_steps_and_checks(
    receiver: Receiver, settings: Settings, instance: dg.DagsterInstance
) -> None:
    result = told_of(settings, instance, table, broken, after, sensor="notify_failed_runs")
    assert receiver.told == [
        {
            "text": "nibrs_year 2020 failed: broken: nibrs-2020.zip: not a zip file; download it again",
            "run_id": result.run_id,
            "job": "nibrs_year",
            "year": "2020",
            "status": "FAILURE",
            "failed_steps": [{"step": "broken", "message": "nibrs-2020.zip: not a zip file; download it again"}],
            "failed_checks": [{"asset": "table", "check": "sound", "severity": "ERROR"}],
        }
    ]


def test_failed_checks_of_a_run_that_succeeded_are_told(
    receiver: Receiver, settings: Settings, instance: dg.DagsterInstance
) -> None:
    result = told_of(settings, instance, table, sensor="notify_failed_checks")
    [message] = receiver.told
    assert message["text"] == "nibrs_year 2020: checks not passed: table: sound"
    assert message["failed_checks"] == [{"asset": "table", "check": "sound", "severity": "ERROR"}]
    assert (message["run_id"], message["status"], message["failed_steps"]) == (result.run_id, "SUCCESS", [])


def test_warnings_are_told_when_wanted(receiver: Receiver, instance: dg.DagsterInstance) -> None:
    settings = Settings.from_environment({"NIBRS_WEBHOOK_URL": receiver.url, "NIBRS_NOTIFY": "warnings"})
    told_of(settings, instance, table, sensor="notify_failed_checks")
    [message] = receiver.told
    assert [found["check"] for found in message["failed_checks"]] == ["sound", "usual"]


def test_a_run_without_failed_checks_is_not_told(
    receiver: Receiver, settings: Settings, instance: dg.DagsterInstance
) -> None:
    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["2020"]))
    def sound() -> None: ...

    told_of(settings, instance, sound, sensor="notify_failed_checks")
    assert receiver.told == []


def test_nothing_is_told_until_a_webhook_is_set(receiver: Receiver, instance: dg.DagsterInstance) -> None:
    unset = Settings.from_environment({})
    assert {s.default_status for s in notification_sensors(unset)} == {dg.DefaultSensorStatus.STOPPED}
    told_of(unset, instance, table, broken, sensor="notify_failed_runs")
    assert receiver.told == []
    given = Settings.from_environment({"NIBRS_WEBHOOK_URL": receiver.url})
    assert {s.default_status for s in notification_sensors(given)} == {dg.DefaultSensorStatus.RUNNING}


def test_a_busy_webhook_is_tried_again(receiver: Receiver, settings: Settings, instance: dg.DagsterInstance) -> None:
    receiver.answers = [503, 429]
    told_of(settings, instance, table, sensor="notify_failed_checks")
    assert len(receiver.told) == 1


@pytest.mark.parametrize("problem", ["refuses", "is busy", "is not there", "does not answer"])
def test_a_webhook_that_takes_nothing_is_a_clear_error_without_the_secret(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, problem: str
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook = Webhook(SecretStr(receiver.url), pause=0.001, timeout=(1, 0.2))
    silent = http.server.socketserver.TCPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)  # type: ignore[attr-defined]
    with silent:
        if problem == "refuses":
            receiver.answers = [404]
        elif problem == "is busy":
            receiver.answers = [503] * 9
        elif problem == "is not there":
            webhook = replace(webhook, url=SecretStr(f"http://127.0.0.1:9/services/{TOKEN}"))
        else:
            webhook = replace(webhook, url=SecretStr(f"http://127.0.0.1:{silent.server_address[1]}/services/{TOKEN}"))
        with pytest.raises(NibrsError, match=r"the webhook at 127.0.0.1 did not take the message") as caught:
            webhook.post({"text": "test"})
    shown = f"{caught.value}{caught.value.__cause__}{webhook!r}{caplog.text}"
    assert TOKEN not in shown


def test_the_address_is_shown_nowhere(home_at: Callable[..., Home], tmp_path: Path) -> None:
    home = home_at(NIBRS_WEBHOOK_URL=f"https://hooks.example/services/{TOKEN}")
    assert TOKEN not in f"{home.settings!r}{home.resources!r}"
    with pytest.raises(NibrsError) as caught:
        Settings.from_environment({"NIBRS_WEBHOOK_URL": TOKEN, "NIBRS_HOME": str(tmp_path)})
    assert TOKEN not in str(caught.value)
