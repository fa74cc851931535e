"""Asks a running deployment for years, as its UI does, and waits for them.

`dagster job backfill` submits the runs itself and then calls the backfill completed, and Dagster does not retry a killed run of a
completed backfill. A backfill that is left to the daemon, as here and in the UI, is completed when its runs are.
"""

import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nibrs_assets.cli.run_years import combined_years
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.defs.automation import SKIP_COMBINED_TAG
from nibrs_assets.defs.jobs import year_job_name

_REQUEST = """
mutation ($job: String!, $years: [String!]!, $tags: [ExecutionTag!]!) {
  launchPartitionBackfill(backfillParams: {
    partitionNames: $years
    tags: $tags
    selector: {
      partitionSetName: $job
      repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "nibrs_assets"}
    }
  }) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
_STATE = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
  runsOrError(filter: {tags: [{key: "dagster/backfill", value: $id}]}) {
    ... on Runs { results { status startTime endTime tags { key value } } }
  }
}
"""
_POLL = 2  # seconds


@dataclass(frozen=True)
class Ended:
    """How a run of a year ended: Dagster's status, its wall time in seconds, how often it was retried."""

    job: str
    year: str
    status: str
    seconds: float
    retry: int


def backfill(url: str, wanted: list[tuple[str, int]]) -> Iterator[Ended]:
    """Run each kind and year of `wanted` on the deployment at `url`, then the years of what is made of several kinds.

    Yields the runs as they end, failed ones before those that are started in their place. Raises `NibrsError` when the deployment
    can't be reached or refuses.
    """
    kinds = list(dict.fromkeys(kind for kind, _ in wanted))
    first = [_request(url, (kind,), [year for of, year in wanted if of == kind]) for kind in kinds]
    yield from _ends(url, first)
    by_kinds: dict[tuple[str, ...], list[int]] = {}
    for made_of, year in combined_years(wanted):
        by_kinds.setdefault(made_of, []).append(year)
    # Tables of more kinds may read those of fewer.
    for _, combinations in itertools.groupby(by_kinds, key=len):
        yield from _ends(url, [_request(url, made_of, by_kinds[made_of]) for made_of in combinations])


def _request(url: str, kinds: tuple[str, ...], years: list[int]) -> tuple[str, str]:
    """The job and the id of a new backfill of it."""
    job = year_job_name(kinds)
    asked = {
        "job": f"{job}_partition_set",
        "years": list(map(str, years)),
        "tags": [{"key": SKIP_COMBINED_TAG, "value": "nibrs backfill"}],
    }
    answer = _ask(url, _REQUEST, asked)["launchPartitionBackfill"]
    if "backfillId" not in answer:
        raise NibrsError(f"{url}: {job} was refused: {answer.get('message', answer['__typename'])}")
    return job, answer["backfillId"]


def _ends(url: str, backfills: list[tuple[str, str]]) -> Iterator[Ended]:
    seen: set[Ended] = set()
    while backfills:
        for job, identity in list(backfills):
            state = _ask(url, _STATE, {"id": identity})
            ended = {_ended(job, run) for run in state["runsOrError"]["results"] if run["endTime"]}
            yield from sorted(ended - seen, key=lambda run: (run.year, run.retry))
            seen |= ended
            if state["partitionBackfillOrError"]["status"] not in ("REQUESTED", "CANCELING", "FAILING"):
                backfills.remove((job, identity))
        if backfills:
            time.sleep(_POLL)


def _ended(job: str, run: dict[str, Any]) -> Ended:
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    seconds = run["endTime"] - (run["startTime"] or run["endTime"])
    return Ended(job, tags["dagster/partition"], run["status"], seconds, int(tags.get("dagster/retry_number", 0)))


def _ask(url: str, query: str, variables: dict[str, Any]) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310
            answer = json.load(response)
    except (urllib.error.URLError, ValueError) as error:
        raise NibrsError(
            f"{url}: no deployment answers there ({error}); start one with `nibrs deploy-local`, or say where it is with --url"
        ) from None
    if "errors" in answer:
        raise NibrsError(f"{url}: {answer['errors'][0]['message']}")
    return answer["data"]
