"""Sensors that post to a webhook which runs failed and which checks did not pass."""

from typing import Any

import dagster as dg

from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.outcome import failed_steps
from nibrs_assets.defs.webhook import Webhook

_AT_MOST = 50
_LONGEST = 1000


def notification_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """For runs that failed, and for runs that succeeded with checks that did not; running when a webhook is set."""
    status = dg.DefaultSensorStatus.RUNNING if settings.webhook_url else dg.DefaultSensorStatus.STOPPED

    @dg.run_failure_sensor(
        name="notify_failed_runs",
        default_status=status,
        minimum_interval_seconds=30,
        description="Posts to the webhook (NIBRS_WEBHOOK_URL) a run that failed: its steps, their messages, its checks.",
    )
    def notify_failed_runs(
        context: dg.RunFailureSensorContext, webhook: dg.ResourceParam[Webhook], settings: dg.ResourceParam[Settings]
    ) -> dg.SkipReason | None:
        failures = list(failed_steps(context.get_step_failure_events()))
        message = _message(context, settings.notifies_warnings)
        message["failed_steps"] = [{"step": step, "message": why[:_LONGEST]} for step, why in failures[:_AT_MOST]]
        why = (
            "; ".join(f"{step}: {why}" for step, why in failures) or context.failure_event.message or "no reason given"
        )
        message["text"] = f"{_title(message)} failed: {why}"[:_LONGEST]
        return _post(webhook, message)

    @dg.run_status_sensor(
        name="notify_failed_checks",
        run_status=dg.DagsterRunStatus.SUCCESS,
        default_status=status,
        minimum_interval_seconds=30,
        description="Posts to the webhook (NIBRS_WEBHOOK_URL) the checks that did not pass in a run that succeeded.",
    )
    def notify_failed_checks(
        context: dg.RunStatusSensorContext, webhook: dg.ResourceParam[Webhook], settings: dg.ResourceParam[Settings]
    ) -> dg.SkipReason | None:
        message = _message(context, settings.notifies_warnings)
        if not message["failed_checks"]:
            return dg.SkipReason("all checks passed")
        names = ", ".join(f"{found['asset']}: {found['check']}" for found in message["failed_checks"])
        message["text"] = f"{_title(message)}: checks not passed: {names}"[:_LONGEST]
        return _post(webhook, message)

    return [notify_failed_runs, notify_failed_checks]


def _post(webhook: Webhook, message: dict[str, Any]) -> dg.SkipReason | None:
    if not webhook.url:
        return dg.SkipReason("NIBRS_WEBHOOK_URL is not set")
    webhook.post(message)
    return None


def _message(context: dg.RunStatusSensorContext, with_warnings: bool) -> dict[str, Any]:
    """The facts of a run that every message has; `year` is None for a run without a partition."""
    run = context.dagster_run
    return {
        "text": "",
        "run_id": run.run_id,
        "job": run.job_name,
        "year": run.tags.get("dagster/partition"),
        "status": run.status.value,
        "failed_steps": [],
        "failed_checks": _failed_checks(context.instance, run.run_id, with_warnings),
    }


def _failed_checks(instance: dg.DagsterInstance, run_id: str, with_warnings: bool) -> list[dict[str, str]]:
    found = []
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = entry.get_dagster_event().asset_check_evaluation_data
        if not evaluation.passed and (with_warnings or evaluation.severity is dg.AssetCheckSeverity.ERROR):
            found.append(
                {
                    "asset": evaluation.asset_key.to_user_string(),
                    "check": evaluation.check_name,
                    "severity": evaluation.severity.value,
                }
            )
    return found[:_AT_MOST]


def _title(message: dict[str, Any]) -> str:
    return " ".join(str(part) for part in (message["job"], message["year"]) if part)
