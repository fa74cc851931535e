"""Checks that a table keeps its own contract: keys identify, references lead somewhere, no line is lost.

They run in the session that made the table, over the rows it made, before these are published.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb

from nibrs_assets.partitions import years_of
from nibrs_assets.tables import Table

KEY_IDENTIFIES = "key_identifies"
REFERENCES_EXIST = "references_exist"
NO_PROBLEMS = "no_problems"

_PROBLEMS_TABLES = ("record_problem", "return_a_record_problem")


def check_specs(table: Table, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of a table, by what its contract says."""
    names = {KEY_IDENTIFIES: f"({', '.join(table.key)}) identifies a row"}
    if _checked_references(table):
        names[REFERENCES_EXIST] = f"rows belong to one of {', '.join(_checked_references(table))}"
    if table.name in _PROBLEMS_TABLES:
        names[NO_PROBLEMS] = "no line was rejected or quarantined, every value readable"
    return [
        dg.AssetCheckSpec(name, asset=key, description=description, partitions_def=years_of(table.kinds))
        for name, description in names.items()
    ]


def _checked_references(table: Table) -> list[str]:
    """The references whose target the table's SQL reads, so that its session knows it; Postgres checks them all."""
    return [target for target in table.references if target in table.tables]


def check_table(
    connection: duckdb.DuckDBPyConnection, table: Table, key: dg.AssetKey, parquet: Path
) -> list[dg.AssetCheckResult]:
    """Run the checks of `check_specs` over the rows in `parquet`, in the session that the table's SQL ran in."""
    connection.execute("CREATE OR REPLACE TEMP VIEW made AS FROM read_parquet($$" + str(parquet) + "$$)")
    results = [_key_identifies(connection, table, key), *_references_exist(connection, table, key)]
    if table.name in _PROBLEMS_TABLES:
        results.append(_no_problems(connection, key))
    return results


def _key_identifies(connection: duckdb.DuckDBPyConnection, table: Table, key: dg.AssetKey) -> dg.AssetCheckResult:
    wrong = {}
    for columns in (table.key, *table.unique):
        listed = ", ".join(columns)
        query = f"SELECT count(*) - count(DISTINCT ({listed})) FROM made WHERE ({listed}) IS NOT NULL"
        repeated = _number(connection, query)
        missing = _number(connection, f"SELECT count(*) FROM made WHERE {' OR '.join(f'{c} IS NULL' for c in columns)}")
        if repeated or missing:
            wrong[listed] = f"{repeated:,} rows repeat one, {missing:,} lack one"
    return dg.AssetCheckResult(
        passed=not wrong,
        check_name=KEY_IDENTIFIES,
        asset_key=key,
        metadata=wrong or {"rows": _number(connection, "SELECT count(*) FROM made")},
    )


def _references_exist(
    connection: duckdb.DuckDBPyConnection, table: Table, key: dg.AssetKey
) -> Iterator[dg.AssetCheckResult]:
    targets = _checked_references(table)
    if targets:
        orphans = {
            target: _number(
                connection,
                f"SELECT count(*) FROM made ANTI JOIN {table.tables[target]}.{target} "
                f"USING ({', '.join(table.references[target])})",
            )
            for target in targets
        }
        yield dg.AssetCheckResult(
            passed=not any(orphans.values()),
            check_name=REFERENCES_EXIST,
            asset_key=key,
            metadata={f"without {t}": n for t, n in orphans.items()},
        )


def _no_problems(connection: duckdb.DuckDBPyConnection, key: dg.AssetKey) -> dg.AssetCheckResult:
    query = "SELECT segment || ': ' || problem, count(*) FROM made GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 50"
    counts = {str(what): int(rows) for what, rows in connection.execute(query).fetchall()}
    return dg.AssetCheckResult(
        passed=not counts, severity=dg.AssetCheckSeverity.WARN, check_name=NO_PROBLEMS, asset_key=key, metadata=counts
    )


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row
    return int(row[0])
