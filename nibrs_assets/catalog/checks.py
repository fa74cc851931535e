"""The checks of a year that are written in SQL.

Each is a file in `sql/checks/`, named as the check, with a YAML comment at its top:

    description   what is so when the check passes
    after         the table after which it runs, in the same session
    stops         share and rows: findings of more than that share of the rows, and more than so many, stop the year's load;
                  where it is left out none does

Its SQL reads the same relations as that of tables, `made` (the rows of the table `after` which it runs) and
`previous_year.<table>`. It returns a row per finding: `finding`, `rows`, `of_rows`, `example`. The check passes when there is none.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nibrs_assets.catalog.model import Query, Table
from nibrs_assets.catalog.notation import TableError, front_matter
from nibrs_assets.catalog.tables import keep, shipped_tables
from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.layouts.loader import shipped_layouts

_KEYS = {"description", "after", "stops"}


@dataclass(frozen=True)
class Limit:
    """How much may be wrong before the year's load is stopped: `share` of the rows, and at least so many `rows`."""

    share: float
    rows: int

    def is_exceeded(self, rows: int, of_rows: int) -> bool:
        """Whether `rows` findings among `of_rows` rows are more than the limit allows."""
        return rows > self.rows and rows > self.share * of_rows


@dataclass(frozen=True)
class YearCheck:
    """A check of a year's tables."""

    name: str
    description: str
    after: str
    limit: Limit | None
    sql: str


@functools.cache
def shipped_checks() -> tuple[YearCheck, ...]:
    """The checks that ship with the package, by name."""
    return tuple(_read(path) for path in sorted((SQL_FOLDER / "checks").glob("*.sql")))


def checks_on(table: Table) -> list[YearCheck]:
    """The checks that run after `table` is made."""
    return [check for check in shipped_checks() if check.after == table.name]


@functools.cache
def gates() -> dict[str, tuple[str, ...]]:
    """The tables after which checks run that may stop a year, with the kinds of file that they are made from."""
    return {check.after: shipped_tables()[check.after].kinds for check in shipped_checks() if check.limit}


def with_checks(table: Table) -> Table:
    """`table` as a session must know it in which its checks run too: it reads what they read."""
    checks = checks_on(table)
    if not checks:
        return table
    is_shipped = shipped_tables().get(table.name) is table
    return replace(table, filled_by=_shipped_queries()[table.name] if is_shipped else _query(table, checks))


@functools.cache
def _shipped_queries() -> dict[str, Query]:
    """By table: its query, with what its checks read."""
    checked = {check.after for check in shipped_checks()}
    tables = shipped_tables()
    return keep("checks", lambda: {name: _query(tables[name], checks_on(tables[name])) for name in checked})


def _query(table: Table, checks: Sequence[YearCheck]) -> Query:
    # It brings sqlglot, which nothing else needs that finds the catalog kept.
    from nibrs_assets.catalog.views import read_query

    return read_query(table.query.sql, shipped_layouts(), beside=[check.sql for check in checks])


def _read(path: Path) -> YearCheck:
    text = path.read_text(encoding="utf-8")
    front = front_matter(path, text)
    if not {"description", "after"} <= front.keys() <= _KEYS:
        raise TableError(f"{path}: must begin with a YAML comment that gives description and after, and may give stops")
    if front["after"] not in shipped_tables():
        raise TableError(f"{path}: after names {front['after']!r}, which is no table")
    stops = front.get("stops")
    return YearCheck(
        name=path.stem,
        description=front["description"].strip(),
        after=front["after"],
        limit=Limit(float(stops["share"]), int(stops["rows"])) if stops else None,
        sql=text,
    )
