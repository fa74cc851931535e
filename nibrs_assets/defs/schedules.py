"""Schedules that ask the FBI for a new year and for years that it has published again."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.jobs import year_job_name
from nibrs_assets.defs.partitions import years_of
from nibrs_assets.ingest.download_record import Published
from nibrs_assets.ingest.fbi import FbiService, Fetch, NotPublishedError
from nibrs_assets.ingest.raw_zips import recorded
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind

_MONDAY_MORNING = "0 6 * * 1"


def refresh_schedules() -> list[dg.ScheduleDefinition]:
    """A schedule per kind of file; a year comes once a year, but nobody knows when."""
    return [_schedule(kind) for kind in shipped_layouts().kinds.values()]


def _schedule(kind: FileKind) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{kind.name}_annual_refresh",
        cron_schedule=_MONDAY_MORNING,
        execution_timezone="UTC",
        job_name=year_job_name((kind.name,)),
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=(
            f"Asks the FBI each Monday for years of {kind.title} that are new or have changed since they were fetched, "
            "and runs these and no others."
        ),
    )
    def annual_refresh(
        context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> list[dg.RunRequest] | dg.SkipReason:
        if not settings.cde_url:
            return dg.SkipReason("NIBRS_CDE_URL is none")
        ended = years_of((kind.name,)).get_partition_keys(context.scheduled_execution_time)
        years = [int(year) for year in ended][-settings.refresh_years :]
        # A tick has a minute; what does not answer now is asked again next week.
        service = FbiService(settings.cde_url, tries=2, timeout=(5, 10))
        found = [_request(kind, year, published) for year, published in newer_years(service, lake, kind, years)]
        return found or dg.SkipReason(f"the FBI has nothing newer of {kind.title} {years[0]} to {years[-1]}")

    return annual_refresh


def newer_years(service: FbiService, lake: Lake, kind: FileKind, years: list[int]) -> Iterator[tuple[int, Published]]:
    """Those of `years` (ascending) whose published zip is not in the lake: changed ones, and those after the last in the lake.

    Where none of `years` is in the lake, the last that is published. A year before the last in the lake that was left out stays
    out. Raises `NibrsError` when the service can't be asked.
    """
    known = {year: provenance for year in years if (provenance := recorded(lake, kind, year))}
    for year in reversed(years):
        taken = known.get(year)
        if not taken and known and year < max(known):
            continue
        try:
            published = service.published(kind, year)
        except NotPublishedError:
            continue
        if not taken or not published.is_same(taken.size, taken.etag, taken.last_modified):
            yield year, published
        if not known:
            return


def _request(kind: FileKind, year: int, published: Published) -> dg.RunRequest:
    """The run of a year with its newest zip, once for what is published."""
    config: dict[str, Any] = {"ops": {f"raw__{kind.raw_asset}": {"config": {"fetch": Fetch.NEWEST.name}}}}
    which = published.etag or published.last_modified or published.size
    return dg.RunRequest(f"{kind.zip_of(year)} {which}", run_config=config, partition_key=str(year))
