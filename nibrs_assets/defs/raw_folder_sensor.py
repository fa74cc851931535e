"""A sensor on the raw folder: a zip that is new there, or has changed, starts a run of its year and of no other."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.jobs import AssetJob, year_job_name
from nibrs_assets.defs.partitions import years_of
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.ingest.raw_zips import recorded
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind

_SETTLED = 10
"""Seconds after which a zip that nobody has written to is taken for whole."""

_READ_A_TICK = 8 << 30
"""Bytes that are hashed in a tick, at most and a zip more: a tick has a minute."""

_ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
_UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _ENDED]

_Seen = tuple[int, int, str]
"""Size in bytes, time of modification in nanoseconds, SHA-256."""


def raw_folder_sensor(jobs: Mapping[tuple[str, ...], AssetJob]) -> dg.SensorDefinition:
    """The sensor; it starts those of `jobs` that take a kind of file from its zip on.

    Its cursor has what was seen of each zip. A zip is read when its size or time is another than seen; it is run when its SHA-256
    is neither the one seen, so that what was refused is not tried for ever, nor that of the zip in the lake.
    """

    @dg.sensor(
        name="raw_folder",
        jobs=[job for kinds, job in jobs.items() if len(kinds) == 1],
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Runs the year of each zip that is dropped into the raw folder or changes there, and no other year.",
    )
    def raw_folder(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> dg.SensorResult:
        raw = RawFolder.of(settings)
        if not raw.is_there():
            return dg.SensorResult(skip_reason=f"{raw.place()}: there is no such folder")
        seen: dict[str, _Seen] = {name: tuple(was) for name, was in json.loads(context.cursor or "{}").items()}
        files = raw.find()
        there = {kind.zip_of(year): (kind, year) for kind, year in _zips(raw)}
        seen = {name: was for name, was in seen.items() if name in there}
        requests, left = [], _READ_A_TICK
        for name, (kind, year) in there.items():
            file = files[name]
            was = seen.get(name)
            size, mtime_ns = file.size or 0, file.mtime_ns or 0
            is_same = was is not None and was[:2] == (size, mtime_ns)
            is_settled = time.time_ns() - mtime_ns >= _SETTLED * 10**9
            if is_same or left <= 0 or not is_settled or _is_running(context.instance, year):
                continue
            left -= size
            sha256 = raw.sha256(name)
            seen[name] = (size, mtime_ns, sha256)
            known = recorded(lake, kind, year)
            if sha256 not in (was and was[2], known and known.sha256):
                requests.append(_request(kind, year, f"{name} {mtime_ns} {sha256}"))
        skipped = None if requests else f"nothing new among {len(there)} zips in {raw.place()}"
        return dg.SensorResult(run_requests=requests, skip_reason=skipped, cursor=json.dumps(seen))

    return raw_folder


def _zips(raw: RawFolder) -> Iterator[tuple[FileKind, int]]:
    """The zips that are there of years that have ended."""
    for kind in shipped_layouts().kinds.values():
        ended = set(years_of((kind.name,)).get_partition_keys())
        for year in raw.years(kind):
            if str(year) in ended:
                yield kind, year


def _is_running(instance: dg.DagsterInstance, year: int) -> bool:
    """Whether a run of the year is queued or going on: it may be the one that takes, or downloads, this very zip."""
    # One that nothing has been heard of for a day died without a word.
    since = datetime.now(UTC) - timedelta(days=1)
    of_year = dg.RunsFilter(statuses=_UNFINISHED, tags={"dagster/partition": str(year)}, updated_after=since)
    return bool(instance.get_run_records(of_year, limit=1))


def _request(kind: FileKind, year: int, run_key: str) -> dg.RunRequest:
    return dg.RunRequest(run_key, job_name=year_job_name((kind.name,)), partition_key=str(year))
