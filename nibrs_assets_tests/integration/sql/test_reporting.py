"""Who reported, by month, agency and state: against raw bytes, the FBI's own tables and made lines."""

import calendar
import csv
import datetime
import io
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.return_a import MONTHS, cell, joined, records_of, with_cell
from nibrs_assets_tests.support.return_a_agencies import ALL, MADE, NONE, included, raw_agency, return_a
from nibrs_assets_tests.support.samples import DATA, REAL_LINES, REPOSITORY, RETURN_A, RETURN_A_SAMPLE, SAMPLE, make_zip

LETTERS = {"N": "nibrs", "S": "summary", "n": "nibrs_zero", "s": "summary_zero", "c": "covered", ".": "missing"}

MARTS = ("agency_reporting_month", "agency_reporting_year", "state_participation_year")


# Hand-made agencies of Return A. All are of Louisiana but where the ORI says otherwise.


WITH_INCLUDED = included(included(included(return_a("LA90015", ".S.s...SSSSS"), 1, 2), 3, 4), 5, 6)
NOT_RETURNED = with_cell(return_a("LA90016", ALL), 3, "card1_type", b"0")
DATED = with_cell(
    with_cell(
        with_cell(return_a("LA90019", "SSS"), 1, "date_of_last_update", b"020722"), 2, "date_of_last_update", b"030822"
    ),
    *(3, "date_of_last_update", b"033122"),
)
RETURN_A_LINES = [
    return_a("LA90001", ALL, population_1="000100000"),
    return_a("LA90002", "s" * 12),
    return_a("LA90003", NONE),
    # A chain of three: 6 by 5 by 4 by 1, which reports.
    return_a("LA90004", NONE, "LA90001"),
    return_a("LA90005", NONE, "LA90004"),
    return_a("LA90006", NONE, "LA90005"),
    # Two in a circle, and one that leads into it.
    return_a("LA90007", NONE, "LA90008"),
    return_a("LA90008", "S", "LA90007"),
    return_a("LA90009", NONE, "LA90007"),
    return_a("LA90010", NONE, "LA90010"),
    return_a("LA90011", NONE, "LA99999"),
    # Covered, with counts of its own until it was.
    return_a("LA90012", "SsS", "LA90001", agency_count="0"),
    return_a("LA90013", NONE, "LA90003"),
    return_a("LA90014", "SSssS...", population_1="000050000"),
    WITH_INCLUDED,
    NOT_RETURNED,
    # A county and a city, both covered by a state police without people of its own.
    return_a("LALSP00", "S" * 6, population_1="000000000", population_group="8E"),
    return_a("LA90017", NONE, "LALSP00", population_1="000020000", population_group="8C"),
    return_a("LA90020", NONE, "LALSP00", population_1="000003000", population_group="6"),
    # In three counties.
    return_a("LA90018", ALL, population_1="000000500", population_2="000000300", population_3="000000200"),
    DATED,
    # A territory that the FBI does not count, without people.
    return_a("VI00100", ALL, state_code="62", population_1="000000000", agency_count="0"),
    return_a("NB00200", ALL, state_code="26"),
]

# Hand-made agencies of NIBRS. No header gives a population, as in the file of 2000 (trap T13).

REAL = REAL_LINES.read_text().splitlines()
HEADER, INCIDENT, GROUP_B = REAL[1], REAL[2], REAL[21]
BLANK = " " * 284


def header(ori: str, flags: str, state: str = "17", abbreviation: str = "LA", months: str = "12", **more: str) -> str:
    """A header whose `flags` hold a letter a month: D data, Z zero, W window only, b both data and zero, - nothing, _ blanks."""
    written = {"D": "NYN", "Z": "YNN", "W": "NNY", "b": "YYN", "-": "NNN", "_": "   "}
    line = list(HEADER)

    def put(start: int, text: str) -> None:
        line[start - 1 : start - 1 + len(text)] = text

    put(3, state + ori)
    put(42, more.get("name", "FAIRBANKS").ljust(30))
    put(72, abbreviation)
    put(106, "0" * 9)
    put(228, months)
    put(230, str(MADE))
    put(234, "".join(written[letter] for letter in flags.ljust(12, "-")))
    put(34, more.get("went_nibrs", "20210101"))
    put(78, more.get("indicator", "1"))
    put(80, more.get("covered_by", "").ljust(9))
    return "".join(line)


def incident(ori: str, month: int, number: int, state: str = "17") -> str:
    line = INCIDENT.replace("50AK0010200", state + ori, 1).replace("21000004    ", f"{number:012}", 1)
    return line.replace("20210101", f"{MADE}{month:02}15", 1)


def group_b(ori: str, month: int, number: int) -> str:
    assert GROUP_B[:13] == "0750AK0010200"
    return f"0717{ori}{number:012}{MADE}{month:02}20" + GROUP_B[33:]


NIBRS_LINES = [
    # In both systems: the months are listed in test_both_systems.
    header("LA9001400", "DZZ-D-", months="05"),
    incident("LA9001400", 1, 1),
    incident("LA9001400", 4, 2),
    incident("LA9001400", 6, 3),
    # Window records alone; records in a declared zero; data and zero declared; Group B alone, not declared.
    header("LA9100000", "WZb", months="02"),
    incident("LA9100000", 2, 4),
    incident("LA9100000", 3, 5),
    group_b("LA9100000", 4, 6),
    # Went to NIBRS after the year, by its header (trap T53); and one that never went, listed with all flags N.
    header("LA9200000", "DDDD", went_nibrs="20230101", months="04"),
    header("LA9300000", "", went_nibrs=" " * 8, months="  "),
    # Flags that are blank, not N (trap T49).
    header("LA9400000", "D__________D", months="02"),
    # Two ORIs of one stem; the one ending in 00 says who it is.
    header("LA9500077", "-D", months="01", name="STATION 77"),
    header("LA9500000", "D-", months="01", name="HEADQUARTERS"),
    # Nebraska by its code, whatever the abbreviation.
    header("NB0010000", "Z" * 12, state="26", abbreviation="NE"),
    # Marked as covered, by whom is not said; and covered by an agency that is in both.
    header("LA9600000", "", indicator="0", months="  "),
    header("LA9700000", "", indicator="0", covered_by="LA9001400", months="  "),
    # No header of its own.
    incident("GM0010000", 7, 7, state="55"),
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        raw = platform.settings.raw_dir
        for year in (1964, 1971, 1974):
            shutil.copy(DATA / f"reta-{year}.zip", raw)
        shutil.copy(RETURN_A_SAMPLE / "reta-2013.zip", raw)
        shutil.copy(SAMPLE / "nibrs-2020.zip", raw)
        make_zip(raw / f"reta-{MADE}.zip", joined(RETURN_A_LINES), "RETA.TXT")
        make_zip(raw / f"nibrs-{MADE}.zip", "\n".join(NIBRS_LINES).encode(), f"{MADE}_NIBRS.txt")
        for year in (1964, 1971, 1974, 2013, MADE):
            platform.make(year, kind=RETURN_A)
        for year in (2020, MADE):
            platform.make(year)
        for year in (1964, 1971, 1974, 2013, 2020, MADE):
            assert platform.make_both(year) == []
        yield platform


def statuses(platform: Platform, year: int) -> dict[str, str]:
    """The twelve statuses of each agency as letters."""
    letters = {status: letter for letter, status in LETTERS.items()}
    found: dict[str, str] = {}
    for ori, status in platform.query(
        f"SELECT ori7, status FROM nibrs.agency_reporting_month WHERE data_year = {year} ORDER BY ori7, month"
    ):
        assert isinstance(ori, str)
        assert isinstance(status, str)
        found[ori] = found.get(ori, "") + letters[status]
    return found


def years_of(platform: Platform, columns: str, *oris: str) -> dict[object, tuple[object, ...]]:
    listed = "', '".join(oris)
    rows = platform.query(f"""
        SELECT ori7, {columns} FROM nibrs.agency_reporting_year WHERE data_year = {MADE} AND ori7 IN ('{listed}')
    """)
    return {row[0]: row[1:] for row in rows}


def test_each_status_of_made_agencies(platform: Platform) -> None:
    assert statuses(platform, MADE) == {
        "GM00100": "......N.....",
        "LA90001": "SSSSSSSSSSSS",
        "LA90002": "ssssssssssss",
        "LA90003": "............",
        "LA90004": "cccccccccccc",
        "LA90005": "cccccccccccc",
        "LA90006": "cccccccccccc",
        "LA90007": "............",
        "LA90008": "S...........",
        "LA90009": "............",
        "LA90010": "............",
        "LA90011": "cccccccccccc",
        "LA90012": "SsSccccccccc",
        "LA90013": "cccccccccccc",
        # Return A SSssS......., NIBRS data 1, 4 (found only), 5 (declared only), 6 (found only), zero 2, 3.
        "LA90014": "NSnNNN......",
        # 1 in 2, with data; 3 in 4, a zero; 5 in 6, which was not returned.
        "LA90015": "SSss...SSSSS",
        "LA90016": "SS.SSSSSSSSS",
        "LA90017": "cccccccccccc",
        "LA90018": "SSSSSSSSSSSS",
        "LA90019": "SSS.........",
        "LA90020": "cccccccccccc",
        "LA91000": ".NNN........",
        "LA92000": "NNNN........",
        "LA93000": "............",
        "LA94000": "N..........N",
        "LA95000": "NN..........",
        "LA96000": "cccccccccccc",
        "LA97000": "cccccccccccc",
        "LALSP00": "SSSSSS......",
        "NB00100": "nnnnnnnnnnnn",
        "NB00200": "SSSSSSSSSSSS",
        "VI00100": "SSSSSSSSSSSS",
    }


def test_the_statuses_are_those_of_the_code_table(platform: Platform) -> None:
    codes = [code.code for code in shipped_layouts().codes["reporting_status"]]
    assert sorted(codes) == sorted(LETTERS.values())
    found = platform.query("SELECT DISTINCT status FROM nibrs.agency_reporting_month")
    assert sorted(str(status) for (status,) in found) == sorted(codes)


def test_both_systems_stand_beside_each_other(platform: Platform) -> None:
    rows = platform.query(f"""
        SELECT month, status, nibrs_data, nibrs_zero, summary_data, summary_zero, nibrs_incidents, nibrs_disagreement
        FROM nibrs.agency_reporting_month WHERE data_year = {MADE} AND ori7 = 'LA90014' AND month <= 7 ORDER BY 1
    """)
    assert rows == [
        (1, "nibrs", True, False, True, False, 1, None),
        (2, "summary", False, True, True, False, 0, None),
        (3, "nibrs_zero", False, True, False, True, 0, None),
        (4, "nibrs", True, False, False, True, 1, "records not declared"),
        (5, "nibrs", True, False, True, False, 0, "declared but no records"),
        (6, "nibrs", True, False, False, False, 1, "records not declared"),
        (7, "missing", False, False, False, False, 0, None),
    ]
    assert years_of(
        platform,
        "months_reported, months_reported_nibrs, months_reported_summary, months_disagreeing, is_in_nibrs, is_in_summary",
        *("LA90014", "LA90001", "LA92000"),
    ) == {
        "LA90014": (6, 6, 5, 3, True, True),
        "LA90001": (12, 0, 12, 0, False, True),
        "LA92000": (4, 4, 0, 4, True, False),
    }


def test_what_nibrs_declares_and_what_is_found_may_differ(platform: Platform) -> None:
    assert platform.query(f"""
        SELECT ori7, month, nibrs_data, nibrs_zero, nibrs_incidents, nibrs_group_b_arrests, nibrs_disagreement
        FROM nibrs.agency_reporting_month
        WHERE data_year = {MADE} AND (ori7 = 'LA91000' AND month <= 5 OR ori7 = 'GM00100' AND month = 7) ORDER BY 1, 2
    """) == [
        ("GM00100", 7, True, False, 1, 0, "records not declared"),
        ("LA91000", 1, False, False, 0, 0, None),
        ("LA91000", 2, True, False, 1, 0, "records in a declared zero"),
        ("LA91000", 3, True, False, 1, 0, None),
        ("LA91000", 4, True, False, 0, 1, "records not declared"),
        ("LA91000", 5, False, False, 0, 0, None),
    ]
    declared = years_of(platform, "months_declared_nibrs, months_reported_nibrs", "LA92000", "LA93000", "LA94000")
    assert declared == {"LA92000": (4, 4), "LA93000": (None, 0), "LA94000": (2, 2)}


def test_counts_that_were_not_returned_are_no_report_and_are_shown(platform: Platform) -> None:
    assert platform.query(f"""
        SELECT ori7, month, status, summary_data FROM nibrs.agency_reporting_month
        WHERE data_year = {MADE} AND summary_disagreement = 'counts not returned'
    """) == [("LA90016", 3, "missing", False)]


def test_a_month_included_in_another_is_reported_through_it(platform: Platform) -> None:
    assert platform.query(f"""
        SELECT month, month_included_in, summary_data, summary_zero FROM nibrs.agency_reporting_month
        WHERE data_year = {MADE} AND ori7 = 'LA90015' AND month <= 6 ORDER BY 1
    """) == [
        (1, 2, True, False),
        (2, None, True, False),
        (3, 4, False, True),
        (4, None, False, True),
        (5, 6, False, False),
        (6, None, False, False),
    ]


def test_covering_agencies_are_followed_to_the_end(platform: Platform) -> None:
    columns = "is_covered, covered_by_ori7, reported_through_ori7, covered_by_problem, months_represented, participates_12_months"
    covered = [f"LA900{n:02}" for n in range(4, 14)] + ["LA96000", "LA97000", "LA90001"]
    assert years_of(platform, columns, *covered) == {
        "LA90001": (False, None, None, None, 12, True),
        "LA90004": (True, "LA90001", "LA90001", None, 12, True),
        "LA90005": (True, "LA90004", "LA90001", None, 12, True),
        "LA90006": (True, "LA90005", "LA90001", None, 12, True),
        "LA90007": (False, "LA90008", None, "circle", 0, False),
        "LA90008": (False, "LA90007", None, "circle", 1, False),
        "LA90009": (False, "LA90007", None, "circle", 0, False),
        "LA90010": (False, "LA90010", None, "circle", 0, False),
        "LA90011": (True, "LA99999", "LA99999", "covering agency not in the files", 0, False),
        "LA90012": (True, "LA90001", "LA90001", None, 12, True),
        "LA90013": (True, "LA90003", "LA90003", None, 0, False),
        "LA96000": (True, None, None, "covering agency not named", 0, False),
        "LA97000": (True, "LA90014", "LA90014", None, 6, False),
    }
    rows = platform.query(f"""
        SELECT ori7, array_agg(covering_reported ORDER BY month) FROM nibrs.agency_reporting_month
        WHERE data_year = {MADE} AND ori7 IN ('LA90006', 'LA90011', 'LA90013', 'LA90020', 'LA90001') GROUP BY 1 ORDER BY 1
    """)
    assert rows == [
        ("LA90001", [None] * 12),
        ("LA90006", [True] * 12),
        ("LA90011", [None] * 12),
        ("LA90013", [False] * 12),
        ("LA90020", [True] * 6 + [False] * 6),
    ]


def test_everyone_is_counted_once(platform: Platform) -> None:
    oris = (
        "LA90001",
        "LA90004",
        "LA90007",
        "LA90012",
        "LA90014",
        "LA90017",
        "LA90018",
        "LA90020",
        "LALSP00",
        "LA92000",
    )
    assert years_of(platform, "population, population_counted, population_from", *oris) == {
        "LA90001": (100_000, 100_000, "summary"),
        "LA90004": (1_000, 0, "summary"),
        "LA90007": (1_000, 1_000, "summary"),
        "LA90012": (1_000, 0, "summary"),
        "LA90014": (50_000, 50_000, "summary"),
        "LA90017": (20_000, 20_000, "summary"),
        "LA90018": (1_000, 1_000, "summary"),
        "LA90020": (3_000, 0, "summary"),
        "LALSP00": (0, 0, "summary"),
        # The NIBRS file of the year gives no populations: not known, not 0.
        "LA92000": (None, None, None),
    }


def test_only_an_update_within_a_week_is_on_time_for_sure(platform: Platform) -> None:
    columns = "latest_update::text, months_surely_on_time"
    assert years_of(platform, columns, "LA90019", "LA92000") == {"LA90019": ("2022-03-31", 1), "LA92000": (None, None)}


def test_oris_of_one_stem_are_one_agency_and_states_go_by_their_code(platform: Platform) -> None:
    columns = "nibrs_oris, state_abbreviation, agency_name"
    assert years_of(platform, columns, "LA95000", "NB00100", "NB00200", "GM00100") == {
        "LA95000": (2, "LA", "HEADQUARTERS"),
        "NB00100": (1, "NB", "FAIRBANKS"),
        "NB00200": (None, "NB", "NEW ORLEANS"),
        "GM00100": (1, "GM", None),
    }


def test_states_of_made_agencies(platform: Platform) -> None:
    columns = (
        *("agencies", "agencies_active", "agencies_covered", "agencies_any_month", "agencies_12_months"),
        *("agencies_any_month_nibrs", "agencies_12_months_summary", "agencies_without_population", "population"),
        *("population_any_month", "population_12_months", "population_any_month_nibrs", "population_12_months_summary"),
    )
    rows = platform.query(f"""
        SELECT state_abbreviation, {", ".join(columns)}, round((share_of_agencies_12_months)::numeric, 4),
            round(share_of_population_12_months::numeric, 4), round(share_of_population_by_month::numeric, 4),
            round(share_of_population_by_month_nibrs::numeric, 4)
        FROM nibrs.state_participation_year WHERE data_year = {MADE} ORDER BY 1
    """)
    # Louisiana, of Return A: 1 (100,000), 2, 3, 7 to 10, 15, 16, 18, 19 (1,000 each), 14 (50,000), the county 17 (20,000).
    people = 100_000 + 10 * 1_000 + 50_000 + 20_000
    any_month = 100_000 + 50_000 + 20_000 + 6 * 1_000  # and 2, 8, 15, 16, 18, 19
    all_months = 100_000 + 2 * 1_000  # and 2, 18
    people_months = 12 * all_months + 6 * 50_000 + 6 * 20_000 + 1_000 * (1 + 9 + 11 + 3)
    by_state = {row[0]: [float(value) if isinstance(value, Decimal) else value for value in row[1:]] for row in rows}
    assert by_state == {
        "LA": [
            *(28, 18, 10, 13, 3),
            *(5, 3, 7, people),
            *(any_month, all_months, 50_000, all_months),
            *(round(3 / 18, 4), round(all_months / people, 4), round(people_months / 12 / people, 4)),
            round(6 * 50_000 / 12 / people, 4),
        ],
        # Nobody knows for how many people the agency of NIBRS stands: no population, no share.
        "GM": [1, 1, 0, 1, 0, 1, 0, 1, None, None, None, None, None, 0, None, None, None],
        "NB": [2, 2, 0, 2, 2, 1, 1, 1, 1_000, 1_000, 1_000, 0, 1_000, 1, 1, 1, 0],
        "VI": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, None, None, None],
    }


# Real files of one system.


@pytest.mark.parametrize("year", [1964, 1971, 1974, 2013])
def test_months_of_return_a_are_those_of_its_bytes(platform: Platform, year: int) -> None:
    expected: dict[object, tuple[object, ...]] = {}
    for ori, months, people, covering in map(raw_agency, records_of(year)):
        assert isinstance(months, str)
        shown = months.replace(".", "c") if covering else months
        expected[ori] = (shown, 12 - months.count("."), people, covering)
    statuses_found = statuses(platform, year)
    found = {
        row[0]: (statuses_found[str(row[0])], *row[1:])
        for row in platform.query(f"""
            SELECT ori7, months_reported_summary, population, covered_by_ori7
            FROM nibrs.agency_reporting_year WHERE data_year = {year}
        """)
    }
    assert found == expected


def test_the_last_month_is_no_count_of_months(platform: Platform) -> None:
    """Bytes 42-43 are the highest month reported: the months of many agencies are fewer."""
    different = [
        r[3:10].decode()
        for r in records_of(2013)
        if int(r[41:43]) != sum(cell(r, m, "card1_type") in "25" for m in MONTHS)
    ]
    assert len(different) == 98
    rows = platform.query("""
        SELECT year.ori7 FROM nibrs.agency_reporting_year AS year JOIN nibrs.return_a_agency USING (data_year, ori7)
        WHERE data_year = 2013 AND months_reported <> last_month_reported ORDER BY 1
    """)
    assert [row[0] for row in rows] == sorted(different)


def test_louisiana_2013_participated_as_the_fbi_says(platform: Platform) -> None:
    """The FBI's participation table: months of 288 agencies, who is covered, who participated through whom."""
    with (DATA / "cde-LA-2013-participation.csv").open(newline="") as file:
        truth = [
            (
                row["agency_ori"][:7],
                int(row["months_reported"]),
                row["covered"] == "1",
                row["participated"] == "1",
                int(row["agency_population"] or 0),
            )
            for row in csv.DictReader(file)
        ]
    reported = [row[3] for row in truth]
    assert (len(truth), sum(row[2] for row in truth), sum(reported)) == (288, 33, 232)
    rows = platform.query("""
        SELECT ori7, months_reported, is_covered, participates_12_months, population FROM nibrs.agency_reporting_year
        WHERE data_year = 2013 AND state_abbreviation = 'LA'
    """)
    months = {row[0]: row[1] for row in rows}
    different = [row[0] for row in truth if months[row[0]] != row[1]]
    assert sorted(rows) == sorted(truth), different


def test_people_add_up_to_the_census(platform: Platform) -> None:
    """The Census Bureau's estimates of 2013, of that year: the people of covered cities are in other agencies' figures."""
    assert platform.query("""
        SELECT state_abbreviation, population FROM nibrs.state_participation_year WHERE data_year = 2013 ORDER BY 1
    """) == [
        ("DC", 646_449),
        ("KY", 4_395_295),
        ("LA", 4_625_470),
        ("MD", 5_928_814),
        ("NC", 9_848_060),
        ("TN", 6_495_978),
        ("VA", 8_260_405),
        ("WV", 1_854_304),
    ]


def test_states_are_the_sums_of_their_records(platform: Platform) -> None:
    agencies = {r[3:10].decode(): raw_agency(r) for r in records_of(2013)}
    for state, *found in platform.query("""
        SELECT state_abbreviation, agencies, agencies_active, agencies_covered, agencies_12_months_summary, population_12_months,
            round(share_of_population_by_month_summary::numeric, 6)::float
        FROM nibrs.state_participation_year WHERE data_year = 2013
    """):
        own = [a for ori, a in agencies.items() if ori[:2] == state]
        active = [(str(months), people) for _, months, people, covering in own if not covering]
        people = [(12 - months.count("."), number) for months, number in active if isinstance(number, int)]
        total = sum(number for _, number in people)
        assert found == [
            len(own),
            len(active),
            len(own) - len(active),
            sum("." not in months for months, _ in active),
            sum(number for months, number in people if months == 12),
            pytest.approx(sum(months * number for months, number in people) / 12 / total, abs=1e-6),
        ], state


def test_a_date_of_last_update_is_rarely_on_time(platform: Platform) -> None:
    """The reason why there is no column that says on time: hardly a month keeps the date of its first arrival."""
    latest: dict[object, datetime.date] = {}
    on_time: Counter[object] = Counter()
    for record in records_of(2013):
        for month in MONTHS:
            written = cell(record, month, "date_of_last_update")
            if written.strip() and written != "000000":
                day = datetime.date(2000 + int(written[4:]), int(written[:2]), int(written[2:4]))
                ori = record[3:10].decode()
                latest[ori] = max(day, latest.get(ori, day))
                end = datetime.date(2013, month, calendar.monthrange(2013, month)[1])
                on_time[ori] += cell(record, month, "card1_type") in "25" and 0 < (day - end).days <= 7
    rows = platform.query(
        "SELECT ori7, latest_update, months_surely_on_time FROM nibrs.agency_reporting_year WHERE data_year = 2013"
    )
    assert {row[0]: row[1:] for row in rows} == {
        record[3:10].decode(): (latest.get(record[3:10].decode()), on_time[record[3:10].decode()])
        for record in records_of(2013)
    }
    assert sum(on_time.values()) <= 1


def bundle_table(name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(DATA / "cde-IL-2020.zip") as archive, archive.open(name) as file:
        return [{k: v for k, v in row.items() if k} for row in csv.DictReader(io.TextIOWrapper(file, "utf-8"))]


def test_months_of_illinois_2020_are_those_of_the_fbis_month_table(platform: Platform) -> None:
    """A month of the FBI's table is reported: with data where the FBI's incident table has incidents of it, else a zero."""
    ori_of = {row["AGENCY_ID"]: row["LEGACY_ORI"][:7] for row in bundle_table("agencies.csv")}
    listed = {
        (ori_of[row["AGENCY_ID"]], int(row["MONTH_NUM"]))
        for row in bundle_table("NIBRS_month.csv")
        if row["AGENCY_ID"] in ori_of
    }
    incidents: Counter[tuple[str, int]] = Counter()
    for row in bundle_table("NIBRS_incident.csv"):
        incidents[ori_of[row["AGENCY_ID"]], month_of(row["INCIDENT_DATE"])] += 1
    expected = {
        (ori, month, status_of(incidents[ori, month], (ori, month) in listed), incidents[ori, month])
        for ori in ori_of.values()
        for month in MONTHS
    }
    rows = platform.query(
        "SELECT ori7, month, status, nibrs_incidents FROM nibrs.agency_reporting_month WHERE data_year = 2020"
    )
    assert set(rows) == expected
    assert Counter(row[2] for row in rows) == {"nibrs": 36, "nibrs_zero": 15, "missing": 45}


def status_of(incidents: int, is_listed: bool) -> str:
    return "nibrs" if incidents else "nibrs_zero" if is_listed else "missing"


def month_of(written: str) -> int:
    return [month.upper() for month in calendar.month_abbr].index(written[3:6].upper())


def test_a_year_with_one_system_says_nothing_of_the_other(platform: Platform) -> None:
    for year, there, absent in ((2013, "summary", "nibrs"), (2020, "nibrs", "summary")):
        assert platform.query(f"""
            SELECT count({there}_data), count({there}_zero), count({absent}_data), count({absent}_zero), count(*) > 0
            FROM nibrs.agency_reporting_month WHERE data_year = {year}
        """) == platform.query(f"""
            SELECT count(*), count(*), 0, 0, true FROM nibrs.agency_reporting_month WHERE data_year = {year}
        """)
        assert platform.query(f"""
            SELECT bool_and(months_reported_{there} = months_reported), count(months_reported_{absent}),
                count(months_represented_{absent}), count(is_in_{absent}), bool_and(is_in_{there})
            FROM nibrs.agency_reporting_year WHERE data_year = {year}
        """) == [(True, 0, 0, 0, True)]
        assert platform.query(f"""
            SELECT count(agencies_any_month_{absent}), count(population_12_months_{absent}),
                count(share_of_population_by_month_{absent}), bool_and(agencies_any_month_{there} = agencies_any_month),
                bool_and(share_of_population_by_month_{there} = share_of_population_by_month)
            FROM nibrs.state_participation_year WHERE data_year = {year}
        """) == [(0, 0, 0, True, True)]


def test_the_documents_say_what_the_code_table_says() -> None:
    text = (REPOSITORY / "docs" / "reporting.md").read_text()
    for code in shipped_layouts().codes["reporting_status"]:
        assert f"| `{code.code}` |" in text, code.code
    for table in MARTS:
        assert table in text
