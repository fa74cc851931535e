"""Checks that a table keeps its own contract: keys identify, references lead somewhere, codes are known, no line is lost.

They run in the session that made the table, over the rows it made, before these are published.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb

from nibrs_assets.checks.findings import SHOWN, find, finding_specs
from nibrs_assets.layouts import shipped_layouts
from nibrs_assets.partitions import years_of
from nibrs_assets.tables import Table
from nibrs_assets.views import VALID_IN_THE_YEAR, codes_query

KEY_IDENTIFIES = "key_identifies"
REFERENCES_EXIST = "references_exist"
CODES_ARE_KNOWN = "codes_are_known"
NO_PROBLEMS = "no_problems"

_PROBLEMS_TABLES = ("record_problem", "return_a_record_problem")


def check_specs(table: Table, key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """The checks of a table, by what its contract says."""
    names = {KEY_IDENTIFIES: f"({', '.join(table.key)}) identifies a row"}
    if _checked_references(table):
        names[REFERENCES_EXIST] = f"rows belong to one of {', '.join(_checked_references(table))}"
    if coded := _coded_columns(table):
        names[CODES_ARE_KNOWN] = f"{', '.join(coded)} hold codes of the data year that the code tables know"
    if table.name in _PROBLEMS_TABLES:
        names[NO_PROBLEMS] = "no line was rejected or quarantined, every value readable"
    return [
        dg.AssetCheckSpec(name, asset=key, description=description, partitions_def=years_of(table.kinds))
        for name, description in names.items()
    ] + finding_specs(table, key)


def _coded_columns(table: Table) -> dict[str, str]:
    """The coded columns that the table has of its own, with their code tables; keys of others are checked there."""
    of_others = {name for columns in table.references.values() for name in columns}
    return {c.name: c.codes for c in table.columns if c.codes and c.name not in of_others}


def _checked_references(table: Table) -> list[str]:
    """The references whose target the table's SQL reads, so that its session knows it; Postgres checks them all."""
    return [target for target in table.references if target in table.tables]


def check_table(
    connection: duckdb.DuckDBPyConnection, table: Table, key: dg.AssetKey, parquet: Path
) -> list[dg.AssetCheckResult]:
    """Run the checks of `check_specs` over the rows in `parquet`, in the session that the table's SQL ran in."""
    connection.execute("CREATE OR REPLACE TEMP VIEW made AS FROM read_parquet($$" + str(parquet) + "$$)")
    results = [_key_identifies(connection, table, key), *_references_exist(connection, table, key)]
    if _coded_columns(table):
        results.append(_codes_are_known(connection, table, key))
    if table.name in _PROBLEMS_TABLES:
        results.append(_no_problems(connection, key))
    return [*results, *find(connection, table, key)]


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


def _codes_are_known(connection: duckdb.DuckDBPyConnection, table: Table, key: dg.AssetKey) -> dg.AssetCheckResult:
    """Codes that no table knows, or not in the data year, with how many rows have them and the keys of the first and last."""
    row_key = f"({', '.join(table.key)})::VARCHAR"
    found = {}
    for column, codes in _coded_columns(table).items():
        query = f"""
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
        with_codes = f"WITH codes AS ({codes_query(shipped_layouts().codes[codes])})\n{query}"
        for value, problem, rows, examples in connection.execute(with_codes).fetchall():
            found[f"{column} {value}: {problem}"] = {"rows": int(rows), "examples": sorted(examples)}
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        check_name=CODES_ARE_KNOWN,
        asset_key=key,
        metadata=dict(itertools.islice(found.items(), SHOWN)) | {"codes_not_known": len(found)},
    )


def _no_problems(connection: duckdb.DuckDBPyConnection, key: dg.AssetKey) -> dg.AssetCheckResult:
    query = f"SELECT segment || ': ' || problem, count(*) FROM made GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT {SHOWN}"
    counts = {str(what): int(rows) for what, rows in connection.execute(query).fetchall()}
    return dg.AssetCheckResult(
        passed=not counts, severity=dg.AssetCheckSeverity.WARN, check_name=NO_PROBLEMS, asset_key=key, metadata=counts
    )


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    # All of it: DuckDB takes no other query of the session while a result is open.
    [(number,)] = connection.execute(query).fetchall()
    return int(number)
