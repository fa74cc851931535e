"""What is made again when something upstream of it was, in the same year, old years included.

A job takes a year from its zip to Postgres in one run; automation leaves alone what that run makes. Tables made of several kinds
of file follow when a run of one of these kinds has succeeded: a sensor per combination of kinds. What is downstream of a segment
or table that somebody made alone follows by declarative automation.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from nibrs_assets.catalog.tables import kinds_of_tables, tables_of
from nibrs_assets.defs.jobs import AssetJob, table_keys, year_job_name
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.layouts.loader import shipped_layouts

SKIP_COMBINED_TAG = "nibrs/goes_on"
"""Tag of runs whose starter makes the tables of several kinds of file itself."""

_Keys = frozenset[dg.AssetKey]


def follows(kinds: tuple[str, ...]) -> "dg.AutomationCondition[Any] | None":
    """The condition of tables of one kind of file; None for those of several, which wait for the end of a run."""
    if len(kinds) > 1:
        return None
    # Plain `eager` looks at the latest year only.
    return dg.AutomationCondition.eager().without(dg.AutomationCondition.in_latest_time_window())


def downstream_same_year_sensor() -> dg.AutomationConditionSensorDefinition:
    """Declarative automation for the tables of one kind of file, off by default."""
    alone = [key for kinds in kinds_of_tables() if len(kinds) == 1 for key in table_keys(kinds)]
    return dg.AutomationConditionSensorDefinition(
        "downstream_same_year",
        target=dg.AssetSelection.assets(*alone),
        description="When a segment or table was made alone, what is made of it follows, for that year, to Postgres.",
        default_status=dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=30,
    )


def combined_year_sensors(jobs: Mapping[tuple[str, ...], AssetJob]) -> list[dg.SensorDefinition]:
    """A sensor per combination of kinds of file that starts its job; on by default, as nothing else makes these tables follow."""
    return [_combined_year_sensor(kinds, job) for kinds, job in jobs.items() if len(kinds) > 1]


def _combined_year_sensor(kinds: tuple[str, ...], job: AssetJob) -> dg.SensorDefinition:
    title = shipped_layouts().title_of(kinds)
    by_job = {year_job_name(made): _made_by_job(made) for made in kinds_of_tables()}

    @dg.run_status_sensor(
        name=shipped_layouts().name_of(kinds),
        run_status=dg.DagsterRunStatus.SUCCESS,
        request_job=job,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description=f"When a run has made a year of {title}, the tables made of these together follow, for that year.",
    )
    def combined_year(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        year = run.tags.get("dagster/partition")
        made = frozenset(run.asset_selection or by_job.get(run.job_name) or ())
        if not year or SKIP_COMBINED_TAG in run.tags or not _is_next(kinds, made):
            return dg.SkipReason(f"run {run.run_id} made nothing that the tables of {title} are to follow")
        return dg.RunRequest(run.run_id, partition_key=year)

    return combined_year


def _is_next(kinds: tuple[str, ...], made: _Keys) -> bool:
    """Whether the tables of a combination are to be made after a run that made `made`.

    Not when another combination comes first whose tables they read: they follow its run.
    """
    reads, own = _read_by(kinds), frozenset(table_keys(kinds))
    if not made & reads or made & own:
        return False
    before = [other for other in kinds_of_tables() if 1 < len(other) < len(kinds) and reads & set(table_keys(other))]
    return not any(_is_next(other, made) for other in before)


def _read_by(kinds: tuple[str, ...]) -> _Keys:
    """What the tables of a combination of kinds read of others."""
    read = {dg.AssetKey(read) for table in tables_of(*kinds).values() for read in table.inputs}
    return frozenset(read - set(table_keys(kinds)))


def _made_by_job(kinds: tuple[str, ...]) -> _Keys:
    """What the job of a year of these kinds makes, its zip aside."""
    alone = [shipped_layouts().kinds[kinds[0]]] if len(kinds) == 1 else []
    segments = [dg.AssetKey(["segments", name]) for kind in alone for name in segment_names(kind)]
    return frozenset([*table_keys(kinds), *segments])
