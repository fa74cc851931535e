"""Return A the whole way to a real Postgres: every count against the bytes of the FBI's files; what is missing stays missing."""

import re
import shutil
from collections.abc import Iterator
from decimal import Decimal

import pytest

from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.return_a import MONTHS, cell, joined, record_of, records_of, with_cell, zoned
from nibrs_assets_tests.support.samples import DATA, REPOSITORY, RETURN_A, RETURN_A_SAMPLE, make_zip

README = REPOSITORY / "README.md"
VIOLENT = ("murder", "rape_total", "robbery_total", "aggravated_assault")
PROPERTY = ("burglary_total", "larceny_total", "mvt_total")
CARDS = ("unfounded", "actual", "cleared", "cleared_under_18")
BREAKDOWNS_2013 = {
    "rape_total": ("rape_by_force", "rape_attempted"),
    "robbery_total": ("robbery_gun", "robbery_knife", "robbery_other_weapon", "robbery_strong_arm"),
    "aggravated_assault": ("assault_gun", "assault_knife", "assault_other_weapon", "assault_hands_feet"),
    "assault_total": ("assault_simple",),
    "burglary_total": ("burglary_forcible_entry", "burglary_no_force", "burglary_attempted"),
    "mvt_total": ("mvt_auto", "mvt_truck_bus", "mvt_other"),
}
OFFENSES_2013 = (
    *("murder", "manslaughter", "rape_total", "robbery_total", "assault_total"),
    *("burglary_total", "larceny_total", "mvt_total"),
)
PARTS_2013 = {part: total for total, parts in BREAKDOWNS_2013.items() for part in parts}
PART_OF_2013 = {
    "grand_total": None,
    **dict.fromkeys(OFFENSES_2013, "grand_total"),
    "aggravated_assault": "assault_total",
    **PARTS_2013,
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        shutil.copy(RETURN_A_SAMPLE / "reta-2013.zip", platform.settings.raw_dir)
        for year in (1964, 1971, 1974):
            shutil.copy(DATA / f"reta-{year}.zip", platform.settings.raw_dir)
        for year in (1964, 1971, 1974, 2013):
            platform.materialize(year, kind=RETURN_A)
        yield platform


def count(record: bytes, month: int, card: str, offense: str) -> int | None:
    if offense == "aggravated_assault":
        total, simple = (count(record, month, card, name) for name in ("assault_total", "assault_simple"))
        assert total is not None
        assert simple is not None
        return total - simple
    return zoned(cell(record, month, f"{card}_{offense}"))[0]


def expected_of_2013(record: bytes, month: int, offense: str) -> tuple[int | None, ...]:
    """The four counts as they should be: a zero counts where its card was returned, and is no part on a card of totals only."""
    counts: list[int | None] = []
    for number, card in enumerate(CARDS):
        is_returned = cell(record, month, f"card{number}_type") in "25"
        is_unknown_part = offense in PARTS_2013 and cell(record, month, f"card{number}_pt") == "T"
        value = count(record, month, card, offense)
        counts.append(value if value or (is_returned and not is_unknown_part) else None)
    return tuple(counts)


def test_every_count_of_2013_is_that_of_its_bytes(platform: Platform) -> None:
    records = records_of(2013)[::5]
    oris = {record[3:10].decode(): record for record in records}
    rows = platform.query(f"""
        SELECT ori7, month, offense, part_of, is_reported, is_totals_only, unfounded, actual, cleared, cleared_under_18
        FROM nibrs.return_a_offense_month WHERE data_year = 2013 AND ori7 IN ('{"', '".join(oris)}')
    """)
    assert len(rows) == len(oris) * 12 * len(PART_OF_2013)
    for ori, month, offense, part_of, is_reported, is_totals_only, *counts in rows:
        assert isinstance(ori, str)
        assert isinstance(month, int)
        assert isinstance(offense, str)
        record = oris[ori]
        where = (ori, month, offense)
        assert part_of == PART_OF_2013[offense], where
        assert is_reported == (cell(record, month, "card1_type") in "25"), where
        assert is_totals_only == ((cell(record, month, "card1_pt") == "T") if is_reported else None), where
        assert tuple(counts) == expected_of_2013(record, month, offense), where


def test_an_agencys_year_is_the_sum_of_what_it_returned(platform: Platform) -> None:
    expected = []
    for record in records_of(2013):
        returned = [month for month in MONTHS if cell(record, month, "card1_type") in "25"]
        sums = {
            name: sum(count(record, month, "actual", name) or 0 for month in returned)
            for name in (*VIOLENT, *PROPERTY, "assault_simple", "manslaughter")
        }
        totals = (sums["murder"], sum(sums[name] for name in VIOLENT), sum(sums[name] for name in PROPERTY))
        population = sum(int(record[start : start + 9]) for start in (44, 59, 74))
        row = (record[3:10].decode(), population, len(returned))
        expected.append((*row, *(totals if returned else (None,) * 3)))
    rows = platform.query("""
        SELECT ori7, population, months_reported, murder, violent, property FROM nibrs.return_a_agency_year
        WHERE data_year = 2013
    """)
    assert sorted(rows) == sorted(expected)
    assert sum(1 for row in rows if row[2] == 0) > 500


def test_two_cities_have_the_numbers_that_awk_cuts_out_of_the_national_file(platform: Platform) -> None:
    assert platform.query("""
        SELECT ori7, months_reported, murder, robbery_total, violent, property FROM nibrs.return_a_agency_year
        WHERE ori7 IN ('DCMPD00', 'LANPD00') AND data_year = 2013 ORDER BY 1
    """) == [("DCMPD00", 12, 103, 3_660, 7_880, 29_569), ("LANPD00", 12, 156, 1_138, 2_965, 14_525)]


def test_what_was_cleared_is_not_known_where_its_cards_are_missing(platform: Platform) -> None:
    """Memphis in 1964: twelve cards of offenses, three of clearances; a share of the two would be of different months."""
    record = record_of(1964, "TNMPD00")
    assert [sum(cell(record, month, f"card{card}_type") != "0" for month in range(1, 13)) for card in (1, 2)] == [12, 3]
    assert platform.query("""
        SELECT violent IS NULL, violent_cleared, property_cleared FROM nibrs.return_a_agency_year
        WHERE ori7 = 'TNMPD00' AND data_year = 1964
    """) == [(False, None, None)]


def test_parts_add_up_to_no_more_than_their_total(platform: Platform) -> None:
    """Nobody who takes the rows of one part_of counts anything twice: they add up to the total where all are given."""
    [(months, wrong)] = platform.query("""
        SELECT count(*), count(*) FILTER (WHERE parts <> total.actual)
        FROM (
            SELECT ori7, month, part_of, sum(actual) AS parts FROM nibrs.return_a_offense_month
            WHERE data_year = 2013 AND is_reported AND NOT is_totals_only AND part_of = 'grand_total' GROUP BY 1, 2, 3
        ) AS part
        JOIN nibrs.return_a_offense_month AS total ON total.data_year = 2013
            AND total.ori7 = part.ori7 AND total.month = part.month AND total.offense = part.part_of
    """)
    assert isinstance(months, int)
    assert months > 20_000
    assert wrong == 0


def test_a_month_not_returned_is_null_up_to_postgres(platform: Platform) -> None:
    for year in (1964, 1971, 1974, 2013):
        silent = [
            (record[3:10].decode(), month)
            for record in records_of(year)
            for month in MONTHS
            if cell(record, month, "card1_type") not in "25"
            and (
                zoned(cell(record, month, "actual_grand_total"))[0] == 0
                or cell(record, month, "month_included_in") not in ("  ", "00")
            )
        ]
        assert silent
        rows = platform.query(f"""
            SELECT ori7, month FROM nibrs.return_a_offense_month WHERE data_year = {year} AND NOT is_reported
            GROUP BY 1, 2 HAVING count(actual) = 0
        """)
        assert set(silent) == set(rows)


def test_what_is_counted_otherwise_is_marked_and_made_comparable(platform: Platform) -> None:
    for year in (1964, 1971, 1974):
        assert platform.query(f"""
            SELECT sum(total.actual) - sum(aggravated.actual), bool_and(total.series_break = 1974),
                bool_and(aggravated.series_break IS NULL)
            FROM nibrs.return_a_offense_month AS total
            JOIN nibrs.return_a_offense_month AS aggravated USING (data_year, ori7, month)
            WHERE data_year = {year} AND total.offense = 'assault_total' AND aggravated.offense = 'aggravated_assault'
        """) == [(simple_in_total(year), True, True)]
    parts = platform.query("""
        SELECT DISTINCT data_year, part_of FROM nibrs.return_a_offense_month WHERE offense = 'assault_simple' ORDER BY 1
    """)
    assert parts == [(1964, None), (1971, None), (1974, "assault_total"), (2013, "assault_total")]
    assert platform.query("""
        SELECT offense, array_agg(DISTINCT data_year ORDER BY data_year) FROM nibrs.return_a_offense_month
        WHERE offense IN ('robbery_knife', 'larceny_under_50') GROUP BY 1 ORDER BY 1
    """) == [("larceny_under_50", [1964, 1971]), ("robbery_knife", [1974, 2013])]


def simple_in_total(year: int) -> int:
    """Simple assault in the totals of a year: from 1974 on, but for cards of totals only whose total is that of the weapons."""
    if year < 1974:
        return 0
    simple = 0
    for record in records_of(year):
        for month in MONTHS:
            weapons = sum(count(record, month, "actual", part) or 0 for part in BREAKDOWNS_2013["aggravated_assault"])
            is_of_weapons = weapons == count(record, month, "actual", "assault_total")
            if not (is_of_weapons and cell(record, month, "card1_pt") == "T"):
                simple += count(record, month, "actual", "assault_simple") or 0
    return simple


def test_fall_river_1974_has_no_negative_assaults(platform: Platform) -> None:
    """Its total is that of the weapons for some months, in the year from which on totals have simple assault in them."""
    assert platform.query("""
        SELECT min(actual), max(actual) FROM nibrs.return_a_offense_month
        WHERE data_year = 1974 AND ori7 = 'MA00308' AND offense = 'aggravated_assault'
    """) == [(5, 23)]
    assert platform.query("""
        SELECT count(*) FROM nibrs.return_a_record_problem
        WHERE ori7 = 'MA00308' AND problem = 'assault_total is that of the weapons, without simple assault'
    """) == [(11,)]


def test_counts_that_another_month_repeats_are_counted_once(platform: Platform) -> None:
    """February 1964 of NC01100 repeats the counts of March, in which it is included, on a card that was not returned."""
    assert platform.query("""
        SELECT month, is_reported, month_included_in, actual FROM nibrs.return_a_offense_month
        WHERE data_year = 1964 AND ori7 = 'NC01100' AND offense = 'burglary_total' AND month IN (2, 3) ORDER BY 1
    """) == [(2, False, 3, None), (3, True, None, 27)]


def test_a_month_included_in_another_is_no_zero(platform: Platform) -> None:
    for year in (1964, 1974):
        included = sorted(
            (record[3:10].decode(), month, int(cell(record, month, "month_included_in")))
            for record in records_of(year)
            for month in MONTHS
            if cell(record, month, "month_included_in") not in ("  ", "00")
        )
        assert included
        rows = platform.query(f"""
            SELECT ori7, month, month_included_in, count(nullif(actual, 0)) - count(actual) AS zeros
            FROM nibrs.return_a_offense_month WHERE data_year = {year} AND month_included_in IS NOT NULL
            GROUP BY 1, 2, 3 ORDER BY 1, 2
        """)
        assert rows == [(*month, 0) for month in included]
    more = platform.query("SELECT count(*) FROM nibrs.return_a_agency_year WHERE months_covered > months_reported")
    assert more != [(0,)]
    assert platform.query("SELECT count(*) FROM nibrs.return_a_agency_year WHERE months_covered > 12") == [(0,)]


def test_odd_records_are_kept_listed_and_lose_nothing_else(platform: Platform) -> None:
    first, second, third = [r for r in records_of(2013) if r[3:10] in (b"LANPD00", b"DCMPD00", b"VA12300")][:3]
    emptied = with_cell(second, 1, "card1_type", b" ")
    for month in MONTHS[1:]:
        emptied = with_cell(emptied, month, "card1_type", b" ")
    damaged = with_cell(with_cell(first, 4, "card1_pt", b"\x9c"), 5, "actual_murder", b"0#001")
    text = joined([emptied, damaged, second, third[:-1], third]).replace(b"\r\n", b"\n").rstrip(b"\n")
    make_zip(platform.settings.raw_dir / "reta-2013.zip", text, "RETA2013.TXT")
    home = platform.settings.raw_dir
    try:
        platform.materialize(2013, kind=RETURN_A)
        assert platform.query("""
            SELECT line_number, segment, month, problem, column_name, value, is_quarantined
            FROM nibrs.return_a_record_problem WHERE data_year = 2013 AND line_number <> 1 ORDER BY problem_number
        """) == [
            (2, "return_a_month", 4, "unknown code", "card1_pt", "\x9c", False),
            (2, "return_a_month", 5, "count is not written as digits", "actual_murder", "0#001", False),
            (4, "return_a_rejected", None, "not the 7,385 bytes of a Return A record", None, None, True),
        ]
        assert ("another record has the same ORI", True) in platform.query("""
            SELECT problem, is_quarantined FROM nibrs.return_a_record_problem WHERE data_year = 2013 AND line_number = 1
        """)
        agencies = platform.query("SELECT line_number FROM nibrs.return_a_agency WHERE data_year = 2013 ORDER BY 1")
        assert agencies == [(2,), (3,), (5,)]
        assert platform.query("""
            SELECT actual IS NULL, is_reported FROM nibrs.return_a_offense_month JOIN nibrs.return_a_agency USING (data_year, ori7)
            WHERE data_year = 2013 AND line_number = 2 AND month = 5 AND offense = 'murder'
        """) == [(True, True)]
    finally:
        shutil.copy(RETURN_A_SAMPLE / "reta-2013.zip", home)
        platform.materialize(2013, kind=RETURN_A)


def test_the_readmes_question_by_state_runs(platform: Platform) -> None:
    [sql] = re.findall(r"```sql\n(SELECT state_abbreviation.*?)```", README.read_text(), re.DOTALL)
    rows = platform.query(sql)
    states: dict[str, list[bytes]] = {}
    for record in records_of(2013):
        states.setdefault(record[3:5].decode(), []).append(record)
    assert [row[0] for row in rows] == ["DC", "KY", "MD", "NC", "TN", "VA", "WV"]
    for state, agencies, twelve, populated, with_data, covered, _, _, percent, rate in rows:
        assert isinstance(state, str)
        people = {r[3:10]: sum(int(r[s : s + 9]) for s in (44, 59, 74)) for r in states[state]}
        own = {r[3:10]: people[r[3:10]] for r in states[state] if not r[23:30].strip()}
        months = {r[3:10]: sum(cell(r, m, "card1_type") in "25" for m in MONTHS) for r in states[state]}
        full = [r for r in states[state] if months[r[3:10]] == 12]
        served = sum(own.get(r[3:10], 0) for r in full)
        violent = sum(count(r, m, "actual", name) or 0 for r in full for m in MONTHS for name in VIOLENT)
        assert (agencies, twelve, populated, with_data, covered) == (
            len(months),
            len(full),
            sum(number > 0 for number in people.values()),
            sum(number > 0 for number in months.values()),
            len(people) - len(own),
        )
        assert percent == round(Decimal(100 * served) / sum(own.values()), 1)
        assert rate == round(Decimal(100_000 * violent) / served, 1)
