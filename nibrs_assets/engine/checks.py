"""Runs the checks of a table: that it keeps its own contract, and those of the year that are written in SQL.

They run in the session that made the table, over the rows it made (the view `made`), before these are published.
"""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from nibrs_assets.catalog.checks import YearCheck, checks_on
from nibrs_assets.catalog.layout_views import VALID_IN_THE_YEAR, codes_query
from nibrs_assets.catalog.model import Table
from nibrs_assets.core.sql_text import literal
from nibrs_assets.layouts.loader import shipped_layouts

KEY_IDENTIFIES = "key_identifies"
REFERENCES_EXIST = "references_exist"
CODES_ARE_KNOWN = "codes_are_known"
NO_PROBLEMS = "no_problems"

FINDINGS = "findings"
SHOWN = 50
"""How many findings a check shows."""

_PROBLEMS_TABLE = "record_problem"
"""How the names of tables end that have a row per problem of a record, one table per kind of file."""


@dataclass(frozen=True)
class CheckResult:
    """How a check ended. One that did not pass stops the year's load when `is_error`, else it warns; `found` says what it saw."""

    name: str
    passed: bool
    found: dict[str, Any]
    is_error: bool = True

    @property
    def stops(self) -> bool:
        """Whether the result keeps the year out of the warehouse."""
        return self.is_error and not self.passed

    @property
    def reason(self) -> str:
        """Why the year is stopped, in words: the check and the first thing it found."""
        found = [f"{name}: {shown}" for name, shown in self.found.items() if name != FINDINGS]
        return f"{self.name} found {found[0] if found else 'what is wrong'}"


def contract_checks(table: Table) -> dict[str, str]:
    """The checks of what a table says of itself, name to description."""
    checks = {KEY_IDENTIFIES: f"({', '.join(table.key)}) identifies a row"}
    if references := _checked_references(table):
        checks[REFERENCES_EXIST] = f"rows belong to one of {', '.join(references)}"
    if coded := _coded_columns(table):
        checks[CODES_ARE_KNOWN] = f"{', '.join(coded)} hold codes of the data year that the code tables know"
    if table.name.endswith(_PROBLEMS_TABLE):
        checks[NO_PROBLEMS] = "no line was rejected or quarantined, every value readable"
    return checks


def run_checks(connection: duckdb.DuckDBPyConnection, table: Table, parquet: Path) -> list[CheckResult]:
    """Run all checks of `table` over the rows in `parquet`, in the session that the table's SQL ran in."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW made AS FROM read_parquet({literal(str(parquet))})")
    results = [_key_identifies(connection, table)]
    if _checked_references(table):
        results.append(_references_exist(connection, table))
    if _coded_columns(table):
        results.append(_codes_are_known(connection, table))
    if table.name.endswith(_PROBLEMS_TABLE):
        results.append(_no_problems(connection))
    return [*results, *(_year_check(connection, check) for check in checks_on(table))]


def _coded_columns(table: Table) -> dict[str, str]:
    """The coded columns that the table has of its own, with their code tables; keys of others are checked there."""
    of_others = {name for columns in table.references.values() for name in columns}
    return {c.name: c.codes for c in table.columns if c.codes and c.name not in of_others}


def _checked_references(table: Table) -> list[str]:
    """The references whose target the table's SQL reads, so that its session knows it; Postgres checks them all."""
    return [target for target in table.references if target in table.query.tables]


def _key_identifies(connection: duckdb.DuckDBPyConnection, table: Table) -> CheckResult:
    wrong = {}
    rows = 0
    for columns in (table.key, *table.unique):
        listed = ", ".join(columns)
        without = " OR ".join(f"{column} IS NULL" for column in columns)
        query = f"SELECT count(*), count(DISTINCT ({listed})), count(*) FILTER ({without}) FROM made"
        [(rows, distinct, missing)] = connection.execute(query).fetchall()
        if distinct < rows or missing:
            wrong[listed] = f"{rows - distinct:,} rows repeat one, {missing:,} lack one"
    return CheckResult(KEY_IDENTIFIES, not wrong, wrong or {"rows": rows})


def _references_exist(connection: duckdb.DuckDBPyConnection, table: Table) -> CheckResult:
    orphans = {
        target: _number(
            connection,
            f"SELECT count(*) FROM made ANTI JOIN {table.query.tables[target]}.{target} "
            f"USING ({', '.join(table.references[target])})",
        )
        for target in _checked_references(table)
    }
    return CheckResult(
        REFERENCES_EXIST, not any(orphans.values()), {f"without {target}": rows for target, rows in orphans.items()}
    )


def _codes_are_known(connection: duckdb.DuckDBPyConnection, table: Table) -> CheckResult:
    """Codes that no table knows, or not in the data year, with how many rows have them and the keys of the first and last."""
    found: dict[str, dict[str, Any]] = {}
    for column, codes in _columns_with_unknown_codes(connection, table).items():
        found |= _unknown_codes(connection, table, column, codes)
    shown = dict(islice(found.items(), SHOWN))
    return CheckResult(CODES_ARE_KNOWN, not found, shown | {"codes_not_known": len(found)}, is_error=False)


def _columns_with_unknown_codes(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, str]:
    """The coded columns, with their code tables, that hold codes which are not those of the data year; by one reading of all."""
    coded = _coded_columns(table)
    tables = [
        f"{codes}_codes AS ({codes_query(shipped_layouts().codes[codes])})" for codes in sorted({*coded.values()})
    ]
    counts = [
        f"count(*) FILTER ({column} NOT IN (SELECT code FROM {codes}_codes WHERE {VALID_IN_THE_YEAR}))"
        for column, codes in coded.items()
    ]
    [rows] = connection.execute(f"WITH {', '.join(tables)} SELECT {', '.join(counts)} FROM made").fetchall()
    return {column: codes for (column, codes), unknown in zip(coded.items(), rows, strict=True) if unknown}


def _unknown_codes(
    connection: duckdb.DuckDBPyConnection, table: Table, column: str, codes: str
) -> dict[str, dict[str, Any]]:
    row_key = f"({', '.join(table.key)})::VARCHAR"
    query = f"""
        WITH codes AS ({codes_query(shipped_layouts().codes[codes])})
        SELECT
            {column},
            if({column} IN (SELECT code FROM codes), 'code of other years', 'unknown code'),
            count(*),
            list_distinct([min({row_key}), max({row_key})])
        FROM made
        WHERE {column} NOT IN (SELECT code FROM codes WHERE {VALID_IN_THE_YEAR})
        GROUP BY {column}
        ORDER BY count(*) DESC, {column}
    """
    return {
        f"{column} {value}: {problem}": {"rows": int(rows), "examples": sorted(examples)}
        for value, problem, rows, examples in connection.execute(query).fetchall()
    }


def _no_problems(connection: duckdb.DuckDBPyConnection) -> CheckResult:
    query = f"SELECT segment || ': ' || problem, count(*) FROM made GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT {SHOWN}"
    counts = {str(what): int(rows) for what, rows in connection.execute(query).fetchall()}
    return CheckResult(NO_PROBLEMS, not counts, counts, is_error=False)


def _year_check(connection: duckdb.DuckDBPyConnection, check: YearCheck) -> CheckResult:
    findings: list[tuple[str, int, int | None, str]] = connection.sql(check.sql).fetchall()
    stops = any(check.limit and check.limit.is_exceeded(rows, of_rows or 0) for _, rows, of_rows, _ in findings)
    shown = sorted(findings, key=lambda found: -found[1])[:SHOWN]
    found = {
        finding: f"{rows:,} of {of_rows or 0:,} ({rows / of_rows if of_rows else 1:.2%}), such as {example}"
        for finding, rows, of_rows, example in shown
    }
    return CheckResult(check.name, not findings, {FINDINGS: len(findings)} | found, is_error=stops)


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    # All of it: DuckDB takes no other query of the session while a result is open.
    [(number,)] = connection.execute(query).fetchall()
    return int(number)
