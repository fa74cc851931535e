"""Makes tables of a year: runs their SQL over the lake in one session, checks the rows of each, publishes it.

A table that fails, or whose checks stop the year, takes with it those that read it, and no others.
"""

import graphlib
import time
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from nibrs_assets.catalog.checks import gates, with_checks
from nibrs_assets.catalog.model import Table
from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.engine.checks import CheckResult, run_checks
from nibrs_assets.engine.session import YearSession, open_session, write_query
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts

_SHORTAGES = (OSError, duckdb.OutOfMemoryException, duckdb.IOException)
"""Errors of the machine: they may be of one table alone, as a smaller one still fits."""


@dataclass(frozen=True)
class BuiltTable:
    """What became of a table of a year.

    When it was published: the rows, where they are, the bytes there. `path` is None when it was not: `failure` says why, or a check
    stopped the year. `seconds` is the wall time that it took.
    """

    table: Table
    rows: int = 0
    path: str | None = None
    bytes: int = 0
    checks: tuple[CheckResult, ...] = ()
    failure: Exception | None = None
    seconds: float = field(default=0, compare=False)

    @property
    def reasons(self) -> list[str]:
        """Why checks stopped the year; empty when they did not."""
        return [check.reason for check in self.checks if check.stops]


class NotBuiltError(NibrsError):
    """A table that was not made, as one that it reads was not."""


def build_tables(lake: Lake, settings: Settings, tables: Sequence[Table], year: int) -> Generator[BuiltTable]:
    """Make `tables` of `year`, each after those that it reads, and publish each in the lake as soon as its checks let it.

    Yields the outcome of each table as it is done. What goes wrong with one table (`NibrsError`, too little memory or disk) is in
    its `failure`; all other errors are raised. A table that a check stops is removed from the lake, so that what reads it, such as
    the load into the warehouse, finds none for the year.
    """
    missing: set[tuple[str, str]] = set()
    with lake.staging() as folder, open_session(lake, shipped_layouts(), year, settings, folder) as session:
        for table in in_order(tables):
            start = time.monotonic()
            try:
                _refuse_missing(table, missing)
                built = _build(lake, session, table, year, folder)
            except (NibrsError, *_SHORTAGES) as error:
                built = BuiltTable(table, failure=error)
            if built.path is None:
                missing.add((table.layer, table.name))
            yield replace(built, seconds=time.monotonic() - start)


def in_order(tables: Sequence[Table]) -> list[Table]:
    """Each table after those that it reads."""
    by_key = {(table.layer, table.name): table for table in tables}
    reads = {key: [read for read in with_checks(table).inputs if read in by_key] for key, table in by_key.items()}
    return [by_key[key] for key in graphlib.TopologicalSorter(reads).static_order()]


def _refuse_missing(table: Table, missing: Collection[tuple[str, str]]) -> None:
    """Raises `NotBuiltError` where `table` reads one that was to be made in this session and was not."""
    if not_made := [f"{layer}/{name}" for layer, name in with_checks(table).inputs if (layer, name) in missing]:
        raise NotBuiltError(f"not made, as it reads {' and '.join(not_made)}")


def _build(lake: Lake, session: YearSession, table: Table, year: int, folder: Path) -> BuiltTable:
    path = lake.path(table.layer, table.name, year)
    staged = folder / f"{table.name}.parquet"
    _refuse_stopped(lake, table, year)
    with session.reading(with_checks(table)) as connection:
        rows = write_query(connection, table.query.sql, staged)
        checks = tuple(run_checks(connection, table, staged))
    if any(check.stops for check in checks):
        lake.remove(path)
        return BuiltTable(table, rows, checks=checks)
    lake.publish(staged, path)
    return BuiltTable(table, rows, path, lake.size(path), checks)


def _refuse_stopped(lake: Lake, table: Table, year: int) -> None:
    """Raises `NibrsError` where a table of several kinds of file would be made from one whose year a check has stopped."""
    if len(table.kinds) == 1:
        return
    for name, kinds in gates().items():
        is_there = any(
            lake.exists(lake.path(layer, read, year))
            for layer, read in table.inputs
            if shipped_tables()[read].kinds == kinds
        )
        gate = shipped_tables()[name]
        if set(kinds) <= set(table.kinds) and is_there and not lake.exists(lake.path(gate.layer, name, year)):
            raise NibrsError(
                f"{shipped_layouts().title_of(kinds)} {year} is not whole, or was stopped by a check "
                f"({gate.layer}/{name} is not there); materialize it first"
            )
