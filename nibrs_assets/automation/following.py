"""What follows by itself when something upstream of it was made anew, in the same year, old years included.

What is made anew in the run of its upstream is not made again: a job takes a year from its zip to Postgres in one run, and this
does what no job has in it: the tables of both systems, and what is downstream of a segment or table that somebody made alone.
"""

from typing import Any

import dagster as dg

from nibrs_assets.tables import kinds_of_tables, tables_of


def follows(kinds: tuple[str, ...]) -> "dg.AutomationCondition[Any]":
    """The condition of tables of these kinds of file."""
    # Plain `eager` looks at the latest year only.
    anything_new = dg.AutomationCondition.eager().without(dg.AutomationCondition.in_latest_time_window())
    if len(kinds) == 1:
        return anything_new
    # A kind that has no file of the year is empty there; only what is of both kinds must be there.
    missing = dg.AutomationCondition.any_deps_missing()
    return anything_new.replace("any_deps_missing", missing.allow(dg.AssetSelection.assets(*_keys(kinds))))


def following_sensors() -> list[dg.AutomationConditionSensorDefinition]:
    """One for the tables of both systems, running, as nothing else makes them follow; one for all others, which jobs make too."""
    alone = [key for kinds in kinds_of_tables() if len(kinds) == 1 for key in _keys(kinds)]
    together = [key for kinds in kinds_of_tables() if len(kinds) > 1 for key in _keys(kinds)]
    return [
        dg.AutomationConditionSensorDefinition(
            "both_systems",
            target=dg.AssetSelection.assets(*together),
            description="When a year of either system was made anew, the tables made of both are made anew for it.",
            default_status=dg.DefaultSensorStatus.RUNNING,
            minimum_interval_seconds=30,
        ),
        dg.AutomationConditionSensorDefinition(
            "rest_of_the_year",
            target=dg.AssetSelection.assets(*alone),
            description="When a segment or table was made alone, what is made of it follows, for that year, to Postgres.",
            default_status=dg.DefaultSensorStatus.STOPPED,
            minimum_interval_seconds=30,
        ),
    ]


def _keys(kinds: tuple[str, ...]) -> list[dg.AssetKey]:
    return [dg.AssetKey(key) for t in tables_of(*kinds).values() for key in ([t.layer, t.name], ["warehouse", t.name])]
