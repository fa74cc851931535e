"""The table of traps: all there, and each held by checks and tests that exist."""

import csv

from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets_tests.support.samples import REPOSITORY, TESTS


def traps() -> list[dict[str, str]]:
    with (REPOSITORY / "docs/traps.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def the_tests() -> set[str]:
    return {
        f"{path.name}::{line.removeprefix('def ').partition('(')[0]}"
        for path in TESTS.rglob("test_*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("def test_")
    }


def the_checks() -> set[str]:
    graph = build_definitions(Settings.from_environment({})).resolve_asset_graph()
    return {key.name for key in graph.asset_check_keys}


def test_all_traps_are_held_by_what_exists() -> None:
    rows = traps()
    assert [row["trap"] for row in rows] == [f"T{number}" for number in range(1, 54)]
    known = {"test": the_tests(), "check": the_checks()}
    for row in rows:
        held_by = set(row["held_by"].split("; "))
        named = {name for name in row["where"].split("; ") if name}
        assert named <= known["test"] | known["check"], row["trap"]
        assert {kind for kind, names in known.items() if named & names} == held_by - {"design"}, row["trap"]
        assert row["why"] or held_by != {"design"}, row["trap"]
