"""Makes a table of a year: runs its SQL over the partitions in the lake, checks the rows, publishes them."""

from dataclasses import dataclass

from nibrs_assets.catalog.checks import gates, with_checks
from nibrs_assets.catalog.model import Table
from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.engine.checks import CheckResult, run_checks
from nibrs_assets.engine.session import write_query, year_session
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts


@dataclass(frozen=True)
class BuiltTable:
    """What became of a table of a year: the rows made, where they were published, the bytes there, how its checks ended.

    `path` is None when a check stopped the year: then the lake has no such partition.
    """

    table: Table
    rows: int
    path: str | None
    bytes: int
    checks: tuple[CheckResult, ...]

    @property
    def reasons(self) -> list[str]:
        """Why the year was stopped; empty when it was not."""
        return [check.reason for check in self.checks if check.stops]


def build_table(lake: Lake, settings: Settings, table: Table, year: int) -> BuiltTable:
    """Make `table` of `year` from the lake and publish it there, unless one of its checks stops the year.

    Raises `NibrsError` when something that it reads is not there, or was stopped by a check.
    """
    path = lake.path(table.layer, table.name, year)
    _refuse_stopped(lake, table, year)
    with lake.staging() as folder:
        staged = folder / "table.parquet"
        with year_session(lake, shipped_layouts(), with_checks(table), year, settings, folder) as connection:
            rows = write_query(connection, table.query.sql, staged)
            checks = tuple(run_checks(connection, table, staged))
        if any(check.stops for check in checks):
            # Whoever reads this table, the load into the warehouse among them, finds that the year has none.
            lake.remove(path)
            return BuiltTable(table, rows, None, 0, checks)
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
            titles = " and ".join(shipped_layouts().kinds[kind].title for kind in kinds)
            raise NibrsError(
                f"{titles} {year} is not whole, or was stopped by a check ({gate.layer}/{name} is not there); materialize it first"
            )
