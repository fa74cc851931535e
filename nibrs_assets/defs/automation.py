"""What follows by itself when something upstream of it was made anew, in the same year, old years included.

What is made anew in the run of its upstream is not made again: a job takes a year from its zip to Postgres in one run. The tables
of both systems follow when a run of either has succeeded; what is downstream of a segment or table that somebody made alone
follows by declarative automation.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from nibrs_assets.catalog.tables import kinds_of_tables, shipped_tables, tables_of
from nibrs_assets.defs.jobs import year_job_name

GOES_ON = "nibrs/goes_on"
"""Tag of runs whose starter makes the tables of both systems itself."""


def follows(kinds: tuple[str, ...]) -> "dg.AutomationCondition[Any] | None":
    """The condition of tables of these kinds of file; none of those of both systems, which wait for a run's end."""
    if len(kinds) > 1:
        return None
    # Plain `eager` looks at the latest year only.
    return dg.AutomationCondition.eager().without(dg.AutomationCondition.in_latest_time_window())


def rest_of_the_year_sensor() -> dg.AutomationConditionSensorDefinition:
    """Declarative automation for the tables of one kind of file, off by default."""
    alone = [key for kinds in kinds_of_tables() if len(kinds) == 1 for key in _keys(kinds)]
    return dg.AutomationConditionSensorDefinition(
        "rest_of_the_year",
        target=dg.AssetSelection.assets(*alone),
        description="When a segment or table was made alone, what is made of it follows, for that year, to Postgres.",
        default_status=dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=30,
    )


def both_systems_sensor(jobs: Sequence[UnresolvedAssetJobDefinition]) -> dg.SensorDefinition:
    """Starts that one of `jobs` which makes the tables of both systems; on by default, as nothing else makes them follow."""
    [together] = [kinds for kinds in kinds_of_tables() if len(kinds) > 1]
    [job] = [job for job in jobs if job.name == year_job_name(together)]
    made = set(_keys(together))
    read = {dg.AssetKey(read) for name in tables_of(*together) for read in shipped_tables()[name].inputs} - made
    names = {year_job_name((kind,)) for kind in together}

    @dg.run_status_sensor(
        name="both_systems",
        run_status=dg.DagsterRunStatus.SUCCESS,
        request_job=job,
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description="When a run made a year of either system anew, the tables that are made of both follow, for that year.",
    )
    def both_systems(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        year = run.tags.get("dagster/partition")
        selected = run.asset_selection
        touches = bool(selected & read) and not selected & made if selected else run.job_name in names
        if not year or not touches or GOES_ON in run.tags:
            return dg.SkipReason(f"run {run.run_id} made nothing that the tables of both systems are to follow")
        return dg.RunRequest(run.run_id, partition_key=year)

    return both_systems


def _keys(kinds: tuple[str, ...]) -> list[dg.AssetKey]:
    return [dg.AssetKey(key) for t in tables_of(*kinds).values() for key in ([t.layer, t.name], ["warehouse", t.name])]
