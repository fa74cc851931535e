"""What went wrong in a run, in words for people."""

from collections.abc import Iterable, Iterator

import dagster as dg
from dagster._core.execution.plan.objects import StepFailureData


def failed_steps(events: Iterable[dg.DagsterEvent]) -> Iterator[tuple[str, str]]:
    """The steps that failed by themselves among the failure events of a run, and why."""
    for event in events:
        if message := _why(event.step_failure_data):
            yield event.step_key or "", message


def _why(data: StepFailureData) -> str | None:
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    if data.error:
        return (data.error.cause or data.error).message.strip()
    return None
