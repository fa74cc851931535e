"""Facts that stand in one place: where that is, that all readers follow it, and that no second place says them."""

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from nibrs_assets.catalog.code_macros import fact_macro, limit_macro
from nibrs_assets.catalog.views import macros
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.dashboard.facts import limit, statuses
from nibrs_assets.dashboard.questions import question
from nibrs_assets.layouts.loader import shipped_layouts

PROJECT = Path(__file__).parents[2]
CODES = shipped_layouts().codes
# The FBI's: murder, rape, robbery, aggravated assault, burglary, larceny, motor vehicle theft.
INDEX = {
    "09A": "murder",
    **dict.fromkeys(("11A", "11B", "11C"), "rape_total"),
    "120": "robbery_total",
    "13A": "aggravated_assault",
    "220": "burglary_total",
    **dict.fromkeys(("23A", "23B", "23C", "23D", "23E", "23F", "23G", "23H"), "larceny_total"),
    "240": "mvt_total",
}


def files_with(pattern: str, *suffixes: str) -> set[str]:
    """The files of the package in which `pattern` stands, SQL without its comments."""
    found = set()
    for path in (PROJECT / "nibrs_assets").rglob("*"):
        if path.suffix in suffixes and not path.is_symlink():
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"/\*.*?\*/|--[^\n]*", "", text, flags=re.DOTALL) if path.suffix == ".sql" else text
            if re.search(pattern, text):
                found.add(path.relative_to(PROJECT / "nibrs_assets").as_posix())
    return found


def asked(macro: str, call: str) -> object:
    with duckdb.connect() as connection:
        connection.execute("SET VARIABLE data_year = 2020")
        connection.execute(macro)
        [(value,)] = connection.execute(f"SELECT {call}").fetchall()
        return value


def test_index_offenses_are_those_of_the_fbi() -> None:
    whole = macros(shipped_layouts())
    assert {c.code: c.facts["index_offense"] for c in CODES["offense"] if c.facts["index_offense"]} == INDEX
    listed = ", ".join(f"index_offense('{code.code}')" for code in CODES["offense"])
    assert asked(whole, f"[{listed}]") == [INDEX.get(code.code) for code in CODES["offense"]]
    assert asked(whole, "index_crime(index_offense('120'))") == "violent"
    assert asked(whole, "index_crime(index_offense('23C'))") == "property"


def test_an_index_offense_that_changes_in_the_code_table_changes_in_duckdb_and_in_the_question() -> None:
    changed = [
        replace(c, facts={**c.facts, "index_offense": "aggravated_assault"}) if c.code == "13B" else c
        for c in CODES["offense"]
    ]
    assert asked(fact_macro("index_offense", changed), "index_offense('13B')") == "aggravated_assault"
    assert "FROM nibrs.code_offense WHERE index_offense IN" in question("agency_months")


def test_a_fact_must_not_depend_on_the_year() -> None:
    rape = next(c for c in CODES["offense"] if c.code == "11A")
    other = replace(rape, valid_from=2030, facts={**rape.facts, "index_offense": "murder"})
    with pytest.raises(NibrsError, match="'11A' has two values of index_offense"):
        fact_macro("index_offense", [*CODES["offense"], other])


def test_no_sql_or_python_lists_index_offenses() -> None:
    assert files_with(r"['\"](09A|11B|11C|120|13A|220|23[A-H]|240)['\"]", ".sql", ".py") == set()


def test_statuses_stand_in_their_code_table() -> None:
    shown = re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", (PROJECT / "docs/reporting.md").read_text(encoding="utf-8"), re.M)
    known = [(status.code, status.label) for status in statuses().values()]
    assert [row for row in shown if row[0] in statuses()] == known
    for status in statuses().values():
        assert files_with(re.escape(status.colour), ".py", ".css", ".js", ".sql") == set()
        if status.code not in ("covered", "missing"):
            assert files_with(rf"[\"']{re.escape(status.label)}[\"']", ".py", ".js", ".sql") == set()
    assert len({status.letter for status in statuses().values()}) == len(statuses())


def test_limits_of_completeness_stand_in_their_code_table() -> None:
    by_code = {code.code: code for code in CODES["completeness"]}
    docs = (PROJECT / "docs/places.md").read_text(encoding="utf-8")
    for code in ("ok", "partial"):
        assert f"| `{code}` | {limit(code)} and more |" in docs
        assert f"at least {limit(code)}" in by_code[code].label
    assert files_with(r"\b0\.80?\b(?! \*)|80 %", ".sql") == set()
    assert files_with(r"80 %|50 %", ".py") == set()
    macro = limit_macro("completeness", CODES["completeness"])
    shares = ("0.8", "0.799", "0.5", "0.499", "NULL")
    said = asked(macro, f"[{', '.join(f'completeness({share})' for share in shares)}]")
    assert said == ["ok", "partial", "partial", "insufficient", "insufficient"]


def test_what_is_reported_to_nibrs_is_said_by_agency_reporting_month() -> None:
    assert files_with(r"nibrs_data\)? OR ", ".sql") == {"sql/marts/agency_reporting_month.sql"}
    assert files_with(r"summary_data\)? OR ", ".sql") == {"sql/marts/agency_reporting_month.sql"}


def test_months_and_words_for_like_are_written_once() -> None:
    assert files_with(r"\"Jan\"", ".py") == {"dashboard/figures.py"}
    assert files_with(r"replace\(\"%\"", ".py") == {"dashboard/queries.py"}


def test_rates_of_places_are_made_by_macros() -> None:
    assert files_with(r"= 'ok', per_100000", ".sql") == {"sql/macros.sql"}
    assert files_with(r"has_population AND offense = 'murder'", ".sql") == {"sql/shared/place_crime.sql"}
