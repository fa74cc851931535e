"""What went wrong in a run, in words for people."""

from collections.abc import Iterable, Iterator

import dagster as dg


def failed_steps(events: Iterable[dg.DagsterEvent]) -> Iterator[tuple[str, str]]:
    """The steps that failed by themselves among the failure events of a run, and why."""
    for event in events:
        if message := _reason(event):
            yield event.step_key or "", message


def _reason(event: dg.DagsterEvent) -> str | None:
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    if failure.error:
        return (failure.error.cause or failure.error).message.strip()
    return None
