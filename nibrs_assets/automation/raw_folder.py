"""A sensor on the raw folder: a zip that is new or has changed there makes its year anew, and no other."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from nibrs_assets.automation.jobs import year_job_name
from nibrs_assets.layouts import shipped_layouts
from nibrs_assets.partitions import years_of
from nibrs_assets.records import FileKind
from nibrs_assets.resources.download_record import sha256_of
from nibrs_assets.resources.lake import Lake
from nibrs_assets.resources.raw_zips import recorded, years_in
from nibrs_assets.settings import Settings

_SETTLED = 10
"""Seconds after which a zip that nobody has written to is taken for whole."""

_READ_A_TICK = 8 << 30
"""Bytes that are hashed in a tick, at most and a zip more: a tick has a minute."""

_Seen = tuple[int, int, str]
"""Size in bytes, time of modification in nanoseconds, SHA-256."""


def raw_folder_sensor(jobs: Sequence[UnresolvedAssetJobDefinition]) -> dg.SensorDefinition:
    """The sensor; the jobs of a year of each kind of file are among `jobs`.

    Its cursor has what was seen of each zip. A zip is read when its size or time is another than seen; it is run when its SHA-256
    is neither the one seen, so that what was refused is not tried for ever, nor that of the zip in the lake.
    """
    started = {year_job_name((kind,)) for kind in shipped_layouts().kinds}

    @dg.sensor(
        name="raw_folder",
        jobs=[job for job in jobs if job.name in started],
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="A zip that is dropped into the raw folder, or changes there, makes its year anew, and no other.",
    )
    def raw_folder(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> dg.SensorResult:
        if not settings.raw_dir.is_dir():
            return dg.SensorResult(skip_reason=f"{settings.raw_dir}: there is no such folder")
        seen: dict[str, _Seen] = {name: tuple(was) for name, was in json.loads(context.cursor or "{}").items()}
        there = {zipped.name: (zipped, kind, year) for zipped, kind, year in _zips(settings.raw_dir)}
        seen = {name: was for name, was in seen.items() if name in there}
        requests, left = [], _READ_A_TICK
        for name, (zipped, kind, year) in there.items():
            status = zipped.stat()
            was = seen.get(name)
            is_same = was is not None and was[:2] == (status.st_size, status.st_mtime_ns)
            if is_same or left <= 0 or time.time() - status.st_mtime < _SETTLED or _is_running(context.instance, year):
                continue
            left -= status.st_size
            sha256 = sha256_of(zipped)
            seen[name] = (status.st_size, status.st_mtime_ns, sha256)
            known = recorded(lake, kind, year)
            if sha256 not in (was and was[2], known and known.sha256):
                requests.append(_request(kind, year, f"{name} {status.st_mtime_ns} {sha256}"))
        skipped = None if requests else f"nothing new among {len(there)} zips in {settings.raw_dir}"
        return dg.SensorResult(run_requests=requests, skip_reason=skipped, cursor=json.dumps(seen))

    return raw_folder


def _zips(raw_folder: Path) -> Iterator[tuple[Path, FileKind, int]]:
    """The zips of years that have ended."""
    for kind in shipped_layouts().kinds.values():
        ended = set(years_of((kind.name,)).get_partition_keys())
        for year in years_in(raw_folder, kind):
            if str(year) in ended:
                yield raw_folder / kind.zip_of(year), kind, year


def _is_running(instance: dg.DagsterInstance, year: int) -> bool:
    """Whether a run of the year is queued or going on: it may be the one that takes, or downloads, this very zip."""
    # One that nothing has been heard of for a day died without a word.
    since = datetime.now(UTC) - timedelta(days=1)
    of_year = dg.RunsFilter(statuses=NOT_FINISHED_STATUSES, tags={"dagster/partition": str(year)}, updated_after=since)
    return bool(instance.get_run_records(of_year, limit=1))


def _request(kind: FileKind, year: int, run_key: str) -> dg.RunRequest:
    return dg.RunRequest(run_key, job_name=year_job_name((kind.name,)), partition_key=str(year))
