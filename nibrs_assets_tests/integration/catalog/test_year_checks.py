"""The checks of a year: each on lines that are wrong in one way, with what stops the year's load and what only warns."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from nibrs_assets.catalog.checks import shipped_checks
from nibrs_assets.catalog.tables import tables_of
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.return_a import joined, records_of, with_cell
from nibrs_assets_tests.support.samples import RETURN_A, make_zip
from nibrs_assets_tests.support.sound_year import HEADER, Lines, change, sound, without

Wrong = tuple[Callable[[Lines], Lines], str, dict[str, str]]
"""A fault, the check that finds it, and how what it tells begins."""


def with_faults(lines: Lines, wrong: Sequence[Wrong]) -> Lines:
    for fault, _, _ in wrong:
        lines = fault(lines)
    return lines


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        yield platform


def run(platform: Platform, year: int, lines: Lines) -> dg.ExecuteInProcessResult:
    make_zip(platform.settings.raw_dir / f"nibrs-{year}.zip", "\n".join(lines).encode())
    return platform.materialize(year, raise_on_error=False)


def failed(result: dg.ExecuteInProcessResult) -> dict[str, tuple[str, dict[str, object]]]:
    """Severity and metadata of the checks in SQL that did not pass."""
    names = {check.name for check in shipped_checks()}
    return {
        evaluation.check_name: (evaluation.severity.name, {name: m.value for name, m in evaluation.metadata.items()})
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed and evaluation.check_name in names
    }


def loaded(platform: Platform, year: int) -> bool:
    return platform.query(f"SELECT to_regclass('nibrs.incident_{year}') IS NOT NULL") == [(True,)]


def test_a_sound_year_passes_all(platform: Platform) -> None:
    result = run(platform, 2020, sound(2020))
    assert result.success
    assert failed(result) == {}
    ran = {evaluation.check_name for evaluation in result.get_asset_check_evaluations()}
    assert {check.name for check in shipped_checks() if check.after == "record_problem"} <= ran


STOPPING = [
    (
        change("01", 39, 41, "002"),
        "totals_are_the_segments_found",
        {"total_victim_segments is not the number of records": "300 of 300 (100.00%), such as"},
    ),
    (
        without("02", 101),
        "totals_are_the_segments_found",
        {"total_offense_segments is not the number of records": "101 of 300"},
    ),
    (
        change("05", 14, 25, "000000000000", first=101),
        "records_find_their_place",
        {"offender: no administrative record (01) of its incident": "101 of 300"},
    ),
    (
        change("01", 26, 33, "20180101"),
        "dates_are_of_the_year",
        {"incident_date is of another year": "300 of 300 (100.00%), such as incident 202100000001: 2018-01-01"},
    ),
    (
        change("06", 48, 55, "20211301"),
        "values_are_readable",
        {"arrestee.arrest_date of state Alaska": "300 of 300 (100.00%), such as line"},
    ),
]
WARNING = [
    (
        change("01", 37, 38, "03", first=2),
        "totals_are_the_segments_found",
        {"total_offense_segments is not the number of records": "2 of 300 (0.67%), such as"},
    ),
    (
        change("05", 14, 25, "000000000000", first=2),
        "records_find_their_place",
        {"offender: no administrative record (01) of its incident": "2 of 300"},
    ),
    (
        change("06", 48, 55, "20221231", first=5),
        "dates_are_of_the_year",
        {"arrest_date is before the incident or far after the year": "3 of 298"},
    ),
    (
        change("01", 35, 36, "1-", first=1),
        "values_are_readable",
        {"administrative.incident_date_hour of state Alaska": "1 of 300 (0.33%), such as line 2: 1-"},
    ),
    (
        change("BH", 3, 4, "04"),
        "states_are_those_of_the_oris",
        {"state_code 04 with an ORI of AK": "1 of 2"},
    ),
    (
        change("BH", 228, 229, "11"),
        "months_declared_are_months_flagged",
        {
            "number_of_months_reported is not the number of months flagged": "1 of 2 (50.00%), such as agency AK0010200: 11"
        },
    ),
    (
        # The flags of January.
        change("BH", 234, 236, "YNN"),
        "months_declared_are_months_flagged",
        {"a month with incidents is not flagged as reported": "1 of 1 (100.00%), such as agency AK0010200, month 1"},
    ),
    (
        change("06", 48, 55, "", first=2),
        "dates_are_of_the_year",
        {"arrest_date is blank, so that no count by month has the arrest": "2 of 300"},
    ),
    (
        change("05", 36, 37, "99", first=20),
        "few_are_over_98",
        {"offenders over 98": "18 of 298"},
    ),
    (
        change("01", 89, 89, " "),
        "cargo_theft_is_filled",
        {"no incident has a cargo_theft_indicator": "300 of 300"},
    ),
    (
        # Another agency, whose header has no readable year.
        lambda lines: [*lines, HEADER.replace("AK0010200", "AK0010300").replace("122021NYN", "12    NYN")],
        "headers_are_of_the_year",
        {"header names another year": "1 of 2 (50.00%), such as line 1502"},
    ),
]


def told(result: dg.ExecuteInProcessResult, wrong: Sequence[Wrong], severity: str) -> None:
    """Each fault is found by its check, with that severity, and nothing else fails."""
    found = failed(result)
    assert found.keys() == {check for _, check, _ in wrong}
    for _, check, findings in wrong:
        assert found[check][0] == severity, check
        for finding, what in findings.items():
            assert str(found[check][1][finding]).startswith(what)


def test_what_is_mostly_wrong_stops_its_year_and_no_other(platform: Platform) -> None:
    result = run(platform, 2021, with_faults(sound(2021), STOPPING))
    told(result, STOPPING, "ERROR")
    assert not result.success
    [failure] = result.get_step_failure_events()
    assert failure.step_key == "nibrs_tables"
    reason = failure.step_failure_data.user_failure_data
    assert reason
    assert (reason.description or "").startswith(
        "harmonized/record_problem: the year is kept out of the warehouse, as dates_are_of_the_year found"
    )
    assert not loaded(platform, 2021)
    # Nor does it get there by another way: the load alone, or the tables made of both systems.
    for keys in ([f"warehouse/{name}" for name in tables_of("nibrs")], ["marts/agency_reporting_year"]):
        [failure] = platform.materialize(2021, *keys, raise_on_error=False).get_step_failure_events()
        reason = failure.step_failure_data.user_failure_data
        assert reason
        assert "record_problem" in (reason.description or "")
    assert not loaded(platform, 2021)
    assert run(platform, 2022, sound(2022)).success
    assert loaded(platform, 2022)


def test_what_is_a_little_wrong_is_told_and_loaded(platform: Platform) -> None:
    result = run(platform, 2023, with_faults(sound(2023), WARNING))
    told(result, WARNING, "WARN")
    assert result.success
    assert loaded(platform, 2023)


def test_a_line_that_is_lost_stops_the_year(platform: Platform) -> None:
    run(platform, 2024, sound(2024, 5))
    victims = Path(platform.settings.lake_uri) / "segments/victim/year=2024/part-0.parquet"
    kept = pq.ParquetFile(victims).read()
    pq.write_table(kept.slice(1), victims)
    result = platform.materialize(2024, "harmonized/record_problem", raise_on_error=False)
    assert failed(result)["every_line_is_in_one_segment"] == (
        "ERROR",
        {"findings": 1, "lines are lost, or stand in two segments": "1 of 26 (3.85%), such as lines 1 to 26, 25 rows"},
    )
    assert not result.success
    pq.write_table(kept, victims)
    assert platform.materialize(2024, "harmonized/record_problem", raise_on_error=False).success


def test_a_year_unlike_the_one_before_is_told(platform: Platform) -> None:
    run(platform, 2015, change("04", 68, 69, "00", first=10)(change("04", 67, 69, "I34")(sound(2015, 40))))
    # The population of the first county stands in bytes 106-114.
    header = change("BH", 106, 114, "000090000")
    result = run(platform, 2016, header(change("04", 67, 69, "I34")(sound(2016, 100))))
    severity, metadata = failed(result)["like_the_year_before"]
    assert severity == "WARN"
    assert metadata == {
        "findings": 3,
        "incidents of AK": "60 of 40 (150.00%), such as 40 the year before, 100 now",
        "populations less than half or more than twice": (
            "1 of 1 (100.00%), such as agency AK0010200: 30598 the year before, 90000 now"
        ),
        "victims of unknown age": "250 of 1,000 (25.00%), such as 25.0% the year before, 0.0% now",
    }
    assert result.success


LOUISIANA = [record for record in records_of(2013) if record[3:5] == b"LA"][:150]


def run_return_a(platform: Platform, records: list[bytes]) -> dict[str, tuple[str, dict[str, object]]]:
    make_zip(platform.settings.raw_dir / "reta-2013.zip", joined(records), "reta-2013.txt")
    return failed(platform.materialize(2013, kind=RETURN_A, raise_on_error=False))


def test_real_records_of_return_a_pass(platform: Platform) -> None:
    assert run_return_a(platform, LOUISIANA) == {}


def with_bytes(record: bytes, start: int, text: bytes) -> bytes:
    return record[: start - 1] + text + record[start - 1 + len(text) :]


def test_what_is_wrong_in_return_a_is_told(platform: Platform) -> None:
    """New Orleans, which returned all year: a part that is wrong, a last month too early, covered by another, of another state."""
    [index] = [index for index, record in enumerate(LOUISIANA) if record[3:10] == b"LANPD00"]
    changed = with_cell(LOUISIANA[index], 3, "actual_burglary_total", b"90001")
    for start, text in ((42, b"11"), (24, b"LA00100"), (2, b"01")):
        changed = with_bytes(changed, start, text)
    found = run_return_a(platform, [*LOUISIANA[:index], changed, *LOUISIANA[index + 1 :]])
    assert {severity for severity, _ in found.values()} == {"WARN"}
    told = {
        check: {name: what for name, what in metadata.items() if name != "findings"}
        for check, (_, metadata) in found.items()
    }
    assert told["return_a_last_month_is_no_count"] == {
        "a month is returned after last_month_reported": "1 of 150 (0.67%), such as agency LANPD00: 11, month 12"
    }
    assert told["return_a_states_are_those_of_the_oris"] == {
        "state_code 01 with an ORI of LA": "1 of 150 (0.67%), such as agency LANPD00"
    }
    [(finding, what)] = told["return_a_parts_add_up"].items()
    assert finding == "burglary_total is not the sum of its parts"
    assert "agency LANPD00, month 3: 90001, parts" in str(what)
    [(finding, what)] = told["covered_agencies_have_no_counts"].items()
    assert "agency LANPD00, covered by LA00100" in str(what)
