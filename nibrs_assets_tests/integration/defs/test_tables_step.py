"""The step that makes all tables of a year: what a table that fails takes with it, and what a retry makes again."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from nibrs_assets.catalog.tables import shipped_tables, tables_of
from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.defs.assets.table import table_assets
from nibrs_assets.engine import build
from nibrs_assets.engine.session import write_query
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.samples import REAL_LINES, make_zip

YEAR = 2021


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    home = tmp_path_factory.mktemp("home")
    with platform_at(home) as platform:
        make_zip(platform.settings.raw_dir / f"nibrs-{YEAR}.zip", REAL_LINES.read_bytes())
        platform.materialize(YEAR)
        yield platform


def failing_once(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> list[str]:
    """Let the SQL of the table `name` fail once; gives the tables whose SQL was run, in order."""
    left, run = [error], []

    def written(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> int:
        run.append(path.stem)
        if path.stem == name and left:
            raise left.pop()
        return write_query(connection, sql, path)

    monkeypatch.setattr(build, "write_query", written)
    return run


def readers_of(name: str) -> set[str]:
    """The NIBRS tables that read `name`, directly or not, itself included."""
    found = {name}
    for table in tables_of("nibrs").values():
        if found & {read for _, read in table.inputs}:
            found.add(table.name)
    return found


def inodes(platform: Platform) -> dict[str, int]:
    """The inode of each table's partition: another one means that the table was published again."""
    partition = re.compile(rf"(?:harmonized|marts)/(\w+)/year={YEAR}/part-0.parquet")
    return {m[1]: inode for path, (_, inode) in platform.lake_files().items() if (m := partition.fullmatch(path))}


def keys(*names: str) -> list[str]:
    """The assets of the tables `names`."""
    return [f"{shipped_tables()[name].layer}/{name}" for name in names]


def test_a_table_that_fails_takes_with_it_what_reads_it_and_nothing_else(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_once(monkeypatch, "victim", NibrsError("no victims today"))
    before = inodes(platform)
    result = platform.materialize(YEAR, *keys(*tables_of("nibrs")), raise_on_error=False)
    after, lost = inodes(platform), readers_of("victim")
    assert {"victim", "victim_offense", "agency_offense_month", "record_problem"} <= lost
    assert {name for name in before if before[name] == after[name]} & set(tables_of("nibrs")) == lost
    [event] = result.get_step_failure_events()
    failure = event.step_failure_data.user_failure_data
    assert failure
    assert "harmonized/victim: no victims today" in str(failure.description)
    assert "harmonized/victim_offense: not made, as it reads harmonized/victim" in str(failure.description)
    made = {e.asset_key.path[-1] for e in result.get_asset_materialization_events() if e.asset_key}
    assert made == set(tables_of("nibrs")) - lost


def test_a_retry_makes_what_is_missing_and_nothing_again(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    run = failing_once(monkeypatch, "victim", PassingError("the bucket is away"))
    before = inodes(platform)
    wanted = [*keys(*tables_of("nibrs")), *(f"warehouse/{name}" for name in tables_of("nibrs"))]
    result = platform.materialize(YEAR, *wanted)
    assert result.success
    made = inodes(platform)
    assert all(before[name] != made[name] for name in tables_of("nibrs"))
    assert Counter(run) == Counter([*tables_of("nibrs"), "victim"])
    logged = [e.asset_key for e in result.get_asset_materialization_events() if e.asset_key]
    assert {key.path[-1] for key in logged if key.path[0] == "warehouse"} == set(tables_of("nibrs"))


def test_one_table_alone_changes_only_its_partition(platform: Platform) -> None:
    before = platform.lake_files()
    platform.materialize(YEAR, *keys("victim_offense"))
    after = platform.lake_files()
    changed = [path for path in after if before.get(path) != after[path]]
    assert [path for path in changed if path.endswith(".parquet")] == [
        f"harmonized/victim_offense/year={YEAR}/part-0.parquet"
    ]


def test_each_table_is_an_asset_of_the_step_of_its_kinds() -> None:
    steps = {assets.op.name: {key.path[-1] for key in assets.keys} for assets in table_assets()}
    assert steps["nibrs_tables"] == set(tables_of("nibrs"))
    assert steps["return_a_tables"] == set(tables_of("return_a"))
    assert sum(map(len, steps.values())) == len(shipped_tables())
