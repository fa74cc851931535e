"""Keeps what was not known when an incident was reported out of the features.

`feature.csv` lists every feature with its reason, `forbidden.csv` what may never be one: fields of segments (`*`: all of the
segment; a repeated field by its name without the number) and harmonized tables that may not be read at all, not even to choose
rows. `but_in` names the one feature set that may have it, which is there only to measure what it would tell (the ablation).
"""

import csv
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from nibrs_assets.catalog.model import Origin, Table
from nibrs_assets.catalog.parsing import parsed
from nibrs_assets.catalog.tables import clearance_tables, shipped_tables
from nibrs_assets.catalog.views import relations
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.layouts.loader import shipped_layouts

REPORT, OFFENDER = "report", "offender"
"""The feature sets: what is known when an incident is reported, and the ablation."""

TABLE_OF_SET = {REPORT: "incident_feature", OFFENDER: "offender_feature"}

AGENCY_RATE = "agency_offense_rate"
"""The one feature that is no column: it is learned."""

_KEYS = ("data_year", "incident_id", "ori")
_FOLDER = Path(__file__).parent


class LeakError(NibrsError):
    """A feature that was not known when the incident was reported."""


@dataclass(frozen=True)
class Feature:
    """A feature: a column of the table of its `feature_set`; `kind` is category or number."""

    column: str
    feature_set: str
    kind: str
    known_at_report: bool
    reason: str


@dataclass(frozen=True)
class Forbidden:
    """A field of a segment, or a harmonized table, that is no feature but in the set `but_in`, and why."""

    layer: str
    table: str
    column: str
    but_in: str
    reason: str

    @property
    def place(self) -> str:
        """The feature's column as `layer.table.column`."""
        return f"{self.layer}.{self.table}.{self.column}"


@functools.cache
def features() -> tuple[Feature, ...]:
    """The features of all sets, in the order of `feature.csv`."""
    with (_FOLDER / "feature.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            Feature(row["column"], row["feature_set"], row["kind"], row["known_at_report"] == "yes", row["reason"])
            for row in csv.DictReader(file)
        )


@functools.cache
def forbidden() -> tuple[Forbidden, ...]:
    """What may be no feature."""
    with (_FOLDER / "forbidden.csv").open(newline="", encoding="utf-8") as file:
        return tuple(Forbidden(**row) for row in csv.DictReader(file))


def refuse_leaks() -> None:
    """Raises `LeakError` naming every column of the feature tables that leaks."""
    found = [f"{name}: {leak}" for s, name in TABLE_OF_SET.items() for leak in leaks(clearance_tables()[name], s)]
    if found:
        raise LeakError(f"features that were not known when the incident was reported: {'; '.join(found)}")


def leaks(table: Table, feature_set: str) -> list[str]:
    """What is wrong with the columns of `table` as features of `feature_set`, in words: empty when nothing is.

    By list: every column stands in `feature.csv`. By provenance: no column is made from a forbidden field, however it is called. By
    what is read: no forbidden table, no segment past the harmonized tables, and no forbidden column anywhere, conditions included.
    """
    listed = {feature.column for feature in features() if feature.feature_set == feature_set} - {AGENCY_RATE}
    columns = {column.name for column in table.columns} - set(_KEYS)
    return [
        *(f"column {name} is not in feature.csv" for name in sorted(columns - listed)),
        *(f"column {name} of feature.csv is not there" for name in sorted(listed - columns)),
        *_by_provenance(table, feature_set),
        *_by_reading(table, feature_set),
    ]


def _by_provenance(table: Table, feature_set: str) -> Iterator[str]:
    for column in table.columns:
        for root in column.roots:
            if rule := _rule(root, feature_set):
                yield f"column {column.name} is made from {rule.place} ({rule.reason})"


def _by_reading(table: Table, feature_set: str) -> Iterator[str]:
    for rule in forbidden():
        if rule.layer == "harmonized" and rule.table in table.query.tables and rule.but_in != feature_set:
            yield f"it reads {rule.layer}.{rule.table} ({rule.reason})"
    sources = [table.query.sql, *table.query.views.values()]
    for schema, name in (read for sql in sources for read in relations(sql)):
        if schema not in ("harmonized", "shared", "codes", "reference"):
            yield f"it reads {schema}.{name}, past the harmonized tables"
    named = {column.name for sql in sources for column in parsed(sql).find_all(exp.Column)}
    for name in sorted(named & _forbidden_names(feature_set)):
        yield f"its SQL names {name}, which is forbidden"


def _forbidden_names(feature_set: str) -> set[str]:
    """The names of harmonized columns that stand for nothing but what is forbidden."""
    is_forbidden: dict[str, list[bool]] = {}
    for table in shipped_tables().values():
        if table.layer == "harmonized":
            for column in table.columns:
                leaking = any(_rule(root, feature_set) for root in column.roots)
                is_forbidden.setdefault(column.name, []).append(leaking)
    return {name for name, found in is_forbidden.items() if all(found)}


def _rule(root: Origin, feature_set: str) -> Forbidden | None:
    """The rule that forbids what is made from `root`."""
    if root.layer != "segments":
        return None
    names = {"*", root.column, _without_number(root)}
    return next(
        (
            rule
            for rule in forbidden()
            if (rule.layer, rule.table) == ("segments", root.table)
            and rule.column in names
            and rule.but_in != feature_set
        ),
        None,
    )


def _without_number(root: Origin) -> str:
    """What a repeated field is called without the number of its repetition."""
    record = shipped_layouts().records.get(root.table)
    field = next((field for field in record.fields if field.name == root.column), None) if record else None
    return field.repetition.name if field and field.repetition else root.column
