"""Runs the checks of a year that are written in SQL (`year_checks.py`), and shows what they find."""

from collections.abc import Iterator, Sequence

import dagster as dg
import duckdb

from nibrs_assets.partitions import years_of
from nibrs_assets.tables import Table
from nibrs_assets.year_checks import YearCheck, checks_on

FINDINGS = "findings"
SHOWN = 50
"""How many findings a check shows."""


def finding_specs(table: Table, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The SQL checks that run after a table; one that may stop the year's load blocks what comes after."""
    return [
        dg.AssetCheckSpec(
            check.name,
            asset=key,
            description=check.description,
            partitions_def=years_of(table.kinds),
            blocking=check.limit is not None,
        )
        for check in checks_on(table)
    ]


def find(connection: duckdb.DuckDBPyConnection, table: Table, key: dg.AssetKey) -> Iterator[dg.AssetCheckResult]:
    """Run the SQL checks of `table` in the session that made it, where `made` holds its rows."""
    for check in checks_on(table):
        yield _result(check, key, connection.sql(check.sql).fetchall())


def why_stopped(results: Sequence[dg.AssetCheckResult]) -> list[str]:
    """What checks found that stops the year's load, in words; empty when none does."""
    stopping = [result for result in results if not result.passed and result.severity == dg.AssetCheckSeverity.ERROR]
    return [f"{result.check_name} found {_first(result)}" for result in stopping]


def _first(result: dg.AssetCheckResult) -> str:
    found = [f"{name}: {shown.value}" for name, shown in result.metadata.items() if name != FINDINGS]
    return found[0] if found else "what is wrong"


def _result(check: YearCheck, key: dg.AssetKey, findings: list[tuple[str, int, int, str]]) -> dg.AssetCheckResult:
    stops = any(check.limit and check.limit.is_passed(rows, of_rows or 0) for _, rows, of_rows, _ in findings)
    shown = sorted(findings, key=lambda found: -found[1])[:SHOWN]
    return dg.AssetCheckResult(
        passed=not findings,
        severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
        check_name=check.name,
        asset_key=key,
        metadata={FINDINGS: len(findings)}
        | {
            finding: f"{rows:,} of {of_rows or 0:,} ({rows / of_rows if of_rows else 1:.2%}), such as {example}"
            for finding, rows, of_rows, example in shown
        },
    )
