"""The counting rules: against the FBI's own tables, against its own Return A of the same incidents, and line by line by hand."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from nibrs_assets.catalog.tables import tables_of
from nibrs_assets_tests.support.counting import compare_counts
from nibrs_assets_tests.support.handmade import Agency, Part, arrestee, offender, offense, property_, text_of, victim
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.return_a import record_of, slice_of, zoned
from nibrs_assets_tests.support.samples import DATA, REPOSITORY, RETURN_A, RETURN_A_SAMPLE, SAMPLE, make_zip

MADE, MADE_BEFORE_2013 = 2022, 2011
NEW_ORLEANS = "LANPD00"
LARGEST = (
    *("LA01000", "LA00300", "LA04000", "LA02300", "LA00900", "LA00800"),
    *("LA00302", "LA04700", "LA02000", "LA03800", "LA01701", "LA02402"),
)
FIVE = ("murder", "rape_total", "robbery_total", "burglary_total", "mvt_total")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        for year in (2012, 2013, 2020):
            shutil.copy(SAMPLE / f"nibrs-{year}.zip", platform.settings.raw_dir)
        shutil.copy(RETURN_A_SAMPLE / "reta-2013.zip", platform.settings.raw_dir)
        yield platform


@pytest.fixture(scope="module")
def made(platform: Platform) -> Platform:
    """The agencies made by hand, up to Postgres; New Orleans with its Return A of 2013, called one of 2022."""
    raw = platform.settings.raw_dir
    make_zip(raw / f"nibrs-{MADE}.zip", text_of(*made_agencies()), f"{MADE}_NIBRS.txt")
    make_zip(raw / f"nibrs-{MADE_BEFORE_2013}.zip", text_of(before_2013()), f"{MADE_BEFORE_2013}_NIBRS.txt")
    record = record_of(2013, NEW_ORLEANS)
    record = record[:13] + str(MADE)[2:].encode() + record[15:]
    make_zip(raw / f"reta-{MADE}.zip", record + b"\r\n", f"RETA{MADE}.TXT")
    platform.make(MADE)
    platform.make(MADE_BEFORE_2013)
    platform.make(MADE, kind=RETURN_A)
    platform.make_both(MADE)
    return platform


@pytest.fixture(scope="module")
def louisiana(platform: Platform) -> duckdb.DuckDBPyConnection:
    """The marts of Louisiana in both systems, read from the lake."""
    for year in (2012, 2013):
        platform.make(year)
    platform.make(2013, kind=RETURN_A)
    for year in (2012, 2013):
        platform.make_both(year)
    connection = duckdb.connect()
    for table in (
        *tables_of("nibrs").values(),
        *tables_of("return_a").values(),
        *tables_of("nibrs", "return_a").values(),
    ):
        files = Path(platform.settings.lake_uri) / table.layer / table.name / "year=*" / "*.parquet"
        connection.execute(f"CREATE VIEW {table.name} AS FROM read_parquet('{files}', hive_partitioning = false)")
    return connection


def made_agencies() -> list[Agency]:
    return [make(Agency(ori, MADE)) for ori, make in SCENARIOS.items()] + reporting()


def persons(agency: Agency) -> Agency:
    """Two victims assaulted, each by two offenders, and a shop whose window was broken; a third is not of the assault."""
    agency.incident(
        *[
            offense("13A", "C", "40"),
            offense("290"),
            victim("13A", offenders=2),
            victim("13A", offenders=2),
            victim("290"),
        ],
        *[offender(), offender(), property_("4", "77")],
    )
    return agency


def rapes(agency: Agency) -> Agency:
    agency.incident(offense("11A", "C", "40"), offense("11B", "A", "40"), victim("11A", "11B"))
    agency.incident(offense("11A", "C", "40"), victim("11A", sex="M"))
    agency.incident(offense("11C", "A", "40"), victim("11C"), victim("11C", sex="U"))
    agency.incident(offense("11B", "C", "40"), offense("120", "C", "40"), victim("11B", "120"))
    return agency


def hierarchy(agency: Agency) -> Agency:
    agency.incident(
        *[offense("09A", "C", "12"), offense("11A", "C", "40"), offense("120", "C", "12"), offense("220", entry="F")],
        *[offense("240"), offense("200"), offense("13B", "C", "40"), victim("09A", "11A", "120"), victim("13B")],
        *[property_("7", "03", vehicles="02"), offense("64A"), victim("64A")],
    )
    agency.incident(offense("120", "C", "40"), offense("13A", "C", "12"), victim("13A", "120"))
    agency.incident(offense("220", entry="N"), offense("23D"), offense("23F"), victim("220", "23D"))
    agency.incident(offense("23D"), offense("23F"), victim("23D", "23F"))
    agency.incident(offense("09B", "C", "35"), victim("09B"))
    return agency


def weapons(agency: Agency) -> Agency:
    for used in (("20", "12"), ("30", "20"), ("40", "30"), ("40",), ("99",), ("95",), ("95", "40"), ()):
        agency.incident(offense("120", "C", *used), victim("120"), victim("120"), victim("120"))
        agency.incident(offense("13A", "C", *used), victim("13A"))
    return agency


def vehicles(agency: Agency) -> Agency:
    """A car and a truck, of which the file says 02 twice; a number unknown; one left blank; an attempt; what is no theft."""
    agency.incident(
        *[offense("240"), victim("240"), property_("7", "03", vehicles="02"), property_("7", "37", vehicles="02")],
        *[property_("7", "77", vehicles="02"), property_("5", "28", recovered=f"{MADE}0401")],
    )
    agency.incident(offense("240"), victim("240"), property_("7", "24", vehicles="00"))
    agency.incident(offense("240"), victim("240"), property_("7", "05"))
    agency.incident(offense("240", "A"), victim("240"), property_("1", ""))
    agency.incident(offense("240"), offense("23F"), victim("240", "23F"), property_("7", "03", vehicles="03"))
    agency.incident(offense("35A"), property_("7", "03", vehicles="09"))
    return agency


def premises(agency: Agency) -> Agency:
    agency.incident(offense("220", location="19", premises="05", entry="F"), victim("220"))
    agency.incident(offense("220", location="19", entry="N"), victim("220"))
    agency.incident(offense("220", location="14", premises="07", entry="N"), victim("220"))
    agency.incident(offense("220", "A", location="20", entry="F"), victim("220"))
    agency.incident(offense("220", location="20"), victim("220"))
    return agency


def simple_assaults(agency: Agency) -> Agency:
    agency.incident(offense("13B", "C", "40"), offense("13C"), victim("13B", "13C"), victim("13C"))
    agency.incident(offense("13B", "C", "40"), offense("290"), victim("13B"))
    agency.incident(offense("13B", "C", "40"), offense("23H"), victim("13B"))
    agency.incident(offense("13B", "C", "12"), victim("13B"))
    return agency


def not_counted(agency: Agency) -> Agency:
    """Unfounded, justifiable and window records."""
    agency.incident(offense("120", "U", "40"), offense("13A", "U", "40"), offense("23H"), victim("120", "13A"))
    agency.incident(offense("09C", "C", "12"), victim("09C"), cleared="A", cleared_on=f"{MADE}0311")
    agency.incident(offense("240", "U"), victim("240"), arrestee(f"{MADE}0311"), property_("7", "03", vehicles="01"))
    agency.add("W1", incident_number="9", cleared_exceptionally="B", exceptional_clearance_date=f"{MADE}0312")
    agency.add(
        "W6", incident_number="9", arrest_date=f"{MADE}0312", arrest_offense_code="13A", window_clearance_flag="N"
    )
    return agency


def attempts(agency: Agency) -> Agency:
    agency.incident(offense("120", "A", "40"), victim("120"))
    agency.incident(offense("120", "C", "40"), victim("120"))
    agency.incident(offense("11A", "A", "40"), victim("11A"), victim("11A"))
    return agency


def clearances(agency: Agency) -> Agency:
    """Cleared by the first arrest; by arrest in the next year; exceptionally; not at all, though N stands on all but one."""
    assault = (offense("13A", "C", "40"), victim("13A"), victim("13A"), offense("290"))
    agency.incident(*assault, arrestee(f"{MADE}0520", "30"), arrestee(f"{MADE}0415", "40", "C"), day=f"{MADE}0131")
    agency.incident(offense("13A", "C", "40"), victim("13A"), arrestee(f"{MADE + 1}0102"), day=f"{MADE}1231")
    agency.incident(offense("220", entry="F"), victim("220"), cleared="D", cleared_on=f"{MADE}0601")
    agency.incident(offense("220", entry="F"), victim("220"))
    return agency


def juveniles(agency: Agency) -> Agency:
    def of(month: str, code: str, *ages: str) -> None:
        people = [arrestee(f"{MADE}{month}10", age, code=code) for age in ages]
        agency.incident(offense(code, "C", "40"), victim(code), *people)

    def without_arrest(month: str, *offenders: Part) -> None:
        cleared_on = f"{MADE}{month}10"
        agency.incident(offense("120", "C", "40"), victim("120"), *offenders, cleared="E", cleared_on=cleared_on)

    placeholder = offender("", "00")
    of("01", "120", "16")
    of("02", "120", "16", "00")
    of("03", "120", "16", "30")
    of("04", "120", "00")
    without_arrest("05", offender("15"), offender("16"))
    without_arrest("06", offender("15"), offender("00"))
    without_arrest("07", offender("15"), offender("40"))
    without_arrest("08", placeholder)
    without_arrest("09", offender("15"), placeholder)
    return agency


def arrests(agency: Agency) -> Agency:
    """A person arrested for three incidents at once; an incident whose number three Group B arrests have, too."""
    parts = (offense("120", "C", "40"), victim("120"))
    agency.incident(*parts, arrestee(f"{MADE}0310", "17", "C", "120", "X"))
    for _ in range(2):
        agency.incident(*parts, arrestee(f"{MADE}0310", "17", "M", "120", "X"))
    number = agency.incident(*parts)
    for sequence, (code, age) in enumerate((("90D", "00"), ("90D", "41"), ("90C", "00")), 1):
        key = {"arrest_transaction_number": number, "arrestee_sequence_number": f"{sequence:02}"}
        agency.add("07", **key, arrest_date=f"{MADE}0310", arrest_offense_code=code, arrestee_age=age)
    return agency


def values(agency: Agency) -> Agency:
    agency.incident(
        *[offense("23F"), offense("290"), offense("23G"), victim("23F", "290", "23G")],
        *[property_("7", "07", "000000800"), property_("7", "20", "000000001"), property_("4", "03", "000000300")],
        *[
            property_("5", "07", "000000800", recovered=f"{MADE + 1}0105"),
            property_("5", "20", "000000001", recovered=f"{MADE}0401"),
        ],
    )
    return agency


def reported_on(agency: Agency) -> Agency:
    agency.incident(offense("23H"), victim("23H"), day=f"{MADE}0228")
    agency.incident(offense("23H"), victim("23H"), day=f"{MADE}0301", is_report_date=True)
    return agency


SCENARIOS = {
    "AK0010100": persons,
    "AK0010200": rapes,
    "AK0010300": hierarchy,
    "AK0010400": weapons,
    "AK0010500": vehicles,
    "AK0010600": premises,
    "AK0010700": simple_assaults,
    "AK0010800": not_counted,
    "AK0010900": attempts,
    "AK0011000": clearances,
    "AK0011100": juveniles,
    "AK0011200": arrests,
    "AK0011300": values,
    "AK0011400": reported_on,
}
ORI = {make.__name__: ori for ori, make in SCENARIOS.items()}


def reporting() -> list[Agency]:
    """Months with records, zero reports and nothing, and an incident of one of nothing; two agencies of one stem; zeros only."""
    first = Agency("LANPD0000", MADE, "DZNN" + "Z" * 7 + "D")
    first.incident(offense("220", entry="F"), victim("220"), arrestee(f"{MADE + 1}0105"), day=f"{MADE}0105")
    first.incident(offense("220", entry="F"), victim("220"), day=f"{MADE}0405")
    second = Agency("LANPD0055", MADE, "DZ" + "N" * 10)
    second.incident(offense("220", entry="N"), victim("220"), day=f"{MADE}0106")
    second.incident(offense("09A", "C", "12"), victim("09A"), day=f"{MADE}0106", cleared="A", cleared_on=f"{MADE}0401")
    return [first, second, Agency("AK0020000", MADE, "Z" * 12)]


def before_2013() -> Agency:
    agency = Agency("AK0010200", MADE_BEFORE_2013)
    agency.incident(offense("11A", "C", "40"), offense("120", "C", "40"), victim("11A", "120", sex="M"))
    agency.incident(offense("11B", "C", "40"), offense("13A", "C", "40"), victim("11B", "13A"))
    agency.incident(offense("11A", "C", "40"), offense("120", "C", "40"), victim("11A", "120"), victim("11A", sex="M"))
    return agency


def counted(platform: Platform, ori: str, *columns: str) -> dict[object, object]:
    """What `agency_offense_month` has of an agency made by hand, by code: its offenses, or tuples of `columns`."""
    sums = ", ".join(f"sum({column})::int" for column in columns or ("offenses",))
    rows = platform.query(f"""
        SELECT ucr_offense_code, {sums} FROM nibrs.agency_offense_month WHERE data_year = {MADE} AND ori = '{ori}' GROUP BY 1
    """)
    return {row[0]: row[1:] if columns else row[1] for row in rows}


def summary(platform: Platform, ori: str, year: int = MADE) -> dict[object, object]:
    """What `agency_offense_month_srs` has of an agency made by hand that is not 0, by offense; without the grand total."""
    rows = platform.query(f"""
        SELECT offense, sum(actual) FROM nibrs.agency_offense_month_srs
        WHERE data_year = {year} AND ori = '{ori}' AND offense <> 'grand_total' GROUP BY 1 HAVING sum(actual) <> 0
    """)
    return dict(rows)  # type: ignore[arg-type]


def test_every_cell_agrees_with_the_fbis_own_tables(platform: Platform) -> None:
    platform.make(2020)
    report = compare_counts(DATA / "cde-IL-2020.zip", platform.url)
    assert report.differences == []
    assert report.rows_compared == {
        "offenses by NIBRS": 552,
        "offenses as Summary": 533,
        "months with records": 36,
        "clearances by NIBRS": 367,
        "clearances as Summary": 385,
        "arrests": 336,
        "property": 615,
    }


def test_twelve_agencies_have_the_counts_of_their_return_a(louisiana: duckdb.DuckDBPyConnection) -> None:
    """Louisiana 2013 stands in both systems: the FBI counted the same incidents for its Return A."""
    cells = louisiana.execute(f"""
        SELECT ori7, offense, months_compared, nibrs_actual, return_a_actual FROM nibrs_vs_return_a
        WHERE data_year = 2013 AND ori7 IN {LARGEST} AND offense IN {FIVE}
    """).fetchall()
    assert len(cells) == 60
    assert [cell for cell in cells if cell[2] != 12 or cell[3] != cell[4]] == []
    assert sum(cell[4] for cell in cells) == 5_012


def test_every_month_of_those_who_report_by_nibrs_is_that_of_return_a(louisiana: duckdb.DuckDBPyConnection) -> None:
    """Six cells differ of 9,558, all of one month of De Quincy, whose incidents probably came after its Return A."""
    louisiana.execute("""
        CREATE OR REPLACE TEMP VIEW cell AS
        SELECT nibrs.ori[1:7] AS ori7, month, offense, nibrs.actual, return_a.actual AS returned
        FROM agency_offense_month_srs AS nibrs JOIN return_a_offense_month AS return_a USING (data_year, month, offense)
        WHERE nibrs.data_year = 2013 AND return_a.ori7 = nibrs.ori[1:7] AND nibrs.has_records AND return_a.is_reported
            AND return_a.ori7 NOT IN ('LA01400', 'LA04600')
    """)
    assert louisiana.execute("SELECT count(*), sum(returned) FROM cell WHERE offense = 'grand_total'").fetchall() == [
        (354, 28_050)
    ]
    different = louisiana.execute("SELECT * FROM cell WHERE actual IS DISTINCT FROM returned ORDER BY ALL").fetchall()
    assert different == [
        ("LA01001", 4, "assault_simple", 3, 1),
        ("LA01001", 4, "assault_total", 3, 1),
        ("LA01001", 4, "burglary_forcible_entry", 1, 0),
        ("LA01001", 4, "burglary_total", 1, 0),
        ("LA01001", 4, "grand_total", 5, 1),
        ("LA01001", 4, "larceny_total", 1, 0),
    ]


def test_clearances_of_a_year_come_from_its_file_and_the_one_before(louisiana: duckdb.DuckDBPyConnection) -> None:
    """Return A counts in 2013 what was cleared in 2013: in the file of 2013, and of 2012's incidents in the file of 2012."""

    def different(years: str) -> list[tuple[object, ...]]:
        return louisiana.execute(f"""
            WITH cleared AS (
                SELECT ori[1:7] AS ori7, month, offense, sum(cleared) AS cleared, sum(cleared_under_18) AS under_18
                FROM agency_clearance_month_srs WHERE year = 2013 AND data_year IN ({years}) GROUP BY ALL
            )
            SELECT DISTINCT ori7, month, coalesce(cleared.under_18, 0) = returned.cleared_under_18
            FROM return_a_offense_month AS returned LEFT JOIN cleared USING (ori7, month, offense)
            WHERE returned.is_reported AND ori7 IN (SELECT ori[1:7] FROM agency_offense_month WHERE data_year = 2013)
                AND ori7 NOT IN ('LA01400', 'LA04600')
                AND (coalesce(cleared.cleared, 0), coalesce(cleared.under_18, 0))
                    <> (returned.cleared, returned.cleared_under_18)
            ORDER BY ALL
        """).fetchall()

    assert different("2012, 2013") == [("LA01001", 4, True), ("LA01800", 1, True), ("LA01800", 5, True)]
    missing = {("LA02001", 4), ("LA02001", 7), ("LA03800", 1)}
    assert {row[:2] for row in different("2013")} == {("LA01001", 4), ("LA01800", 1), ("LA01800", 5), *missing}


def test_the_rape_rule_both_ways(louisiana: duckdb.DuckDBPyConnection) -> None:
    """Louisiana reported by the revised definition in 2013; in the file of 2012 rape is that of the legacy one."""
    assert louisiana.execute("""
        SELECT offense, agencies, equal, nibrs_actual, return_a_actual, difference, absolute_difference
        FROM nibrs_vs_return_a_summary WHERE offense LIKE 'rape%d' OR offense IN ('rape_legacy', 'murder') ORDER BY 1
    """).fetchall() == [
        ("murder", 32, 32, 31, 31, 0, 0),
        ("rape_attempted", 32, 31, 8, 9, -1, 1),
        ("rape_legacy", 32, 14, 145, 201, -56, 56),
        ("rape_revised", 32, 31, 198, 201, -3, 3),
    ]
    for year, definition, other in ((2012, "rape_legacy", "rape_revised"), (2013, "rape_revised", "rape_legacy")):
        [(same, different)] = louisiana.execute(f"""
            SELECT count(*) FILTER (WHERE actual <> own), count(*) FILTER (WHERE actual <> alternative) FROM (
                SELECT any_value(actual) FILTER (WHERE offense = 'rape_total') AS actual,
                    any_value(actual) FILTER (WHERE offense = '{definition}') AS own,
                    any_value(actual) FILTER (WHERE offense = '{other}') AS alternative
                FROM agency_offense_month_srs WHERE data_year = {year} GROUP BY ori, month
            )
        """).fetchall()
        assert same == 0
        assert different > 20


def test_vehicles_are_at_least_as_many_as_their_incidents(louisiana: duckdb.DuckDBPyConnection) -> None:
    [(offenses, incidents, fewer)] = louisiana.execute("""
        SELECT sum(offenses), sum(incidents), count(*) FILTER (WHERE offenses < incidents)
        FROM agency_offense_month WHERE ucr_offense_code = '240'
    """).fetchall()
    assert offenses > incidents
    assert fewer == 0


def test_violent_and_property_are_sums_of_index_offenses(louisiana: duckdb.DuckDBPyConnection) -> None:
    """Without simple assault and manslaughter by negligence, which Louisiana has as well."""
    sums = dict(
        louisiana.execute("""
            SELECT index_crime, sum(actual) FROM agency_offense_month_srs WHERE data_year = 2013 GROUP BY 1
        """).fetchall()
    )
    names = ("murder", "rape_total", "robbery_total", "aggravated_assault")
    parts = dict(
        louisiana.execute("""
            SELECT offense, sum(actual) FROM agency_offense_month_srs WHERE data_year = 2013 GROUP BY 1
        """).fetchall()
    )
    assert sums["violent"] == sum(parts[name] for name in names)
    assert sums["property"] == sum(parts[name] for name in ("burglary_total", "larceny_total", "mvt_total"))
    assert parts["manslaughter"] == 2
    assert parts["assault_total"] == parts["aggravated_assault"] + parts["assault_simple"]
    assert parts["grand_total"] == sums["violent"] + sums["property"] + parts["manslaughter"] + parts["assault_simple"]


def test_persons_count_by_their_own_victims_and_not_by_offenders(made: Platform) -> None:
    assert counted(made, ORI["persons"]) == {"13A": 2, "290": 1}
    assert summary(made, ORI["persons"]) == {"assault_hands_feet": 2, "aggravated_assault": 2, "assault_total": 2}
    assert counted(made, ORI["persons"], "victims", "incidents") == {"13A": (2, 1), "290": (1, 1)}


def test_rape_by_either_definition_counts_a_victim_once(made: Platform) -> None:
    assert counted(made, ORI["rapes"]) == {"11A": 2, "11B": 2, "11C": 2, "120": 1}
    assert summary(made, ORI["rapes"]) == {
        "rape_by_force": 3,
        "rape_attempted": 1,
        "rape_total": 4,
        "rape_revised": 4,
        "rape_legacy": 1,
    }
    assert summary(made, "AK0010200", MADE_BEFORE_2013) == {
        **{"rape_by_force": 1, "rape_total": 1, "rape_revised": 4, "rape_legacy": 1},
        **{"robbery_strong_arm": 1, "robbery_total": 1},
        **{"assault_hands_feet": 1, "aggravated_assault": 1, "assault_total": 1},
    }


def test_only_the_highest_offense_counts_with_all_its_victims_and_arson_always(made: Platform) -> None:
    assert counted(made, ORI["hierarchy"]) == {
        **{
            "09A": 1,
            "09B": 1,
            "11A": 1,
            "120": 2,
            "13A": 1,
            "13B": 1,
            "200": 1,
            "220": 2,
            "23D": 2,
            "23F": 2,
            "240": 2,
        },
        "64A": 1,
    }
    assert summary(made, ORI["hierarchy"]) == {
        **{
            "murder": 1,
            "arson": 1,
            "human_trafficking_sex": 1,
            "manslaughter": 1,
            "robbery_strong_arm": 1,
            "robbery_total": 1,
        },
        **{"burglary_no_force": 1, "burglary_total": 1, "larceny_total": 1},
    }
    assert made.query(f"""
        SELECT sum(actual) FILTER (WHERE offense = 'grand_total'), sum(actual) FILTER (WHERE index_crime = 'violent')
        FROM nibrs.agency_offense_month_srs WHERE data_year = {MADE} AND ori = '{ORI["hierarchy"]}'
    """) == [(5, 2)]


def test_of_several_weapons_one_counts(made: Platform) -> None:
    assert counted(made, ORI["weapons"]) == {"120": 8, "13A": 8}
    assert summary(made, ORI["weapons"]) == {
        **{
            "robbery_gun": 1,
            "robbery_knife": 1,
            "robbery_other_weapon": 2,
            "robbery_strong_arm": 3,
            "robbery_total": 8,
        },
        **{"assault_gun": 1, "assault_knife": 1, "assault_other_weapon": 2, "assault_hands_feet": 3},
        **{"aggravated_assault": 8, "assault_total": 8},
    }


def test_motor_vehicle_theft_counts_vehicles(made: Platform) -> None:
    assert counted(made, ORI["vehicles"], "offenses", "attempted", "incidents") == {
        "240": (8, 1, 5),
        "23F": (1, 0, 1),
        "35A": (1, 0, 1),
    }
    assert summary(made, ORI["vehicles"]) == {"mvt_auto": 5, "mvt_truck_bus": 2, "mvt_other": 1, "mvt_total": 8}


def test_a_hotel_is_one_burglary_and_rented_units_are_as_many_as_entered(made: Platform) -> None:
    assert counted(made, ORI["premises"]) == {"220": 5}
    assert summary(made, ORI["premises"]) == {
        **{"burglary_forcible_entry": 5, "burglary_no_force": 2, "burglary_attempted": 1, "burglary_total": 9},
    }


def test_simple_assault_counts_where_nothing_of_part_one_does(made: Platform) -> None:
    assert counted(made, ORI["simple_assaults"]) == {"13B": 4, "13C": 2, "23H": 1, "290": 1}
    assert summary(made, ORI["simple_assaults"]) == {"assault_simple": 3, "assault_total": 3, "larceny_total": 1}


def test_unfounded_justifiable_and_window_records_count_nothing(made: Platform) -> None:
    ori = ORI["not_counted"]
    assert counted(made, ori, "offenses", "incidents") == {"09C": (0, 1), "23H": (1, 1)}
    assert summary(made, ori) == {"larceny_total": 1}
    for mart in ("agency_clearance_month", "agency_clearance_month_srs"):
        assert made.query(f"SELECT * FROM nibrs.{mart} WHERE ori = '{ori}'") == []
    assert made.query(f"SELECT arrests, month FROM nibrs.agency_arrest_month WHERE ori = '{ori}'") == [(1, 3)]
    assert made.query("SELECT count(*) FROM nibrs.window_clearance JOIN nibrs.window_arrestee USING (ori)") == [(1,)]


def test_attempts_count(made: Platform) -> None:
    assert counted(made, ORI["attempts"], "offenses", "attempted") == {"120": (2, 1), "11A": (2, 2)}
    assert summary(made, ORI["attempts"]) == {
        **{"rape_attempted": 2, "rape_total": 2, "rape_revised": 2, "rape_legacy": 2},
        **{"robbery_strong_arm": 2, "robbery_total": 2},
    }


def test_a_clearance_is_of_all_offenses_and_of_its_own_month(made: Platform) -> None:
    ori = ORI["clearances"]
    assert made.query(f"""
        SELECT year, month, ucr_offense_code, cleared, cleared_by_arrest, incidents FROM nibrs.agency_clearance_month
        WHERE ori = '{ori}' ORDER BY 1, 2, 3
    """) == [
        (MADE, 4, "13A", 2, 2, 1),
        (MADE, 4, "290", 1, 1, 1),
        (MADE, 6, "220", 1, 0, 1),
        (MADE + 1, 1, "13A", 1, 1, 1),
    ]
    assert made.query(f"""
        SELECT year, month, cleared FROM nibrs.agency_clearance_month_srs
        WHERE ori = '{ori}' AND part_of = 'grand_total' ORDER BY 1, 2
    """) == [(MADE, 4, 2), (MADE, 6, 1), (MADE + 1, 1, 1)]
    assert counted(made, ori, "offenses", "cleared_so_far") == {"13A": (3, 3), "220": (2, 1), "290": (1, 1)}
    assert made.query(f"""
        SELECT sum(actual), sum(cleared_so_far) FROM nibrs.agency_offense_month_srs
        WHERE ori = '{ori}' AND offense = 'grand_total'
    """) == [(5, 4)]


def test_a_clearance_is_of_juveniles_where_no_one_else_is_known(made: Platform) -> None:
    for mart, name in (
        ("agency_clearance_month", "ucr_offense_code = '120'"),
        ("agency_clearance_month_srs", "offense = 'robbery_total'"),
    ):
        rows = made.query(f"""
            SELECT month, cleared, cleared_under_18 FROM nibrs.{mart} WHERE ori = '{ORI["juveniles"]}' AND {name} ORDER BY 1
        """)
        assert rows == [(month, 1, int(month in (1, 2, 5, 9))) for month in range(1, 10)]


def test_arrests_and_persons_arrested(made: Platform) -> None:
    assert made.query(f"""
        SELECT arrest_offense_code, arrests, group_b_arrests, arrests_under_18, persons_arrested, persons_arrested_under_18,
            persons_arrested_age_unknown
        FROM nibrs.agency_arrest_month WHERE ori = '{ORI["arrests"]}' ORDER BY 1
    """) == [("120", 3, 0, 3, 1, 1, 0), ("90C", 1, 1, 0, 1, 0, 1), ("90D", 2, 2, 0, 2, 0, 1)]
    assert made.query(f"SELECT sum(cleared) FROM nibrs.agency_clearance_month WHERE ori = '{ORI['arrests']}'") == [(3,)]


def test_values_of_property_are_added_once_and_unknown_ones_not(made: Platform) -> None:
    assert made.query(f"""
        SELECT year, month, property_description, stolen_records, stolen_value, stolen_value_unknown, recovered_records,
            recovered_value, recovered_value_unknown
        FROM nibrs.agency_property_month WHERE ori = '{ORI["values"]}' ORDER BY 1, 2, 3
    """) == [
        (MADE, 3, "07", 1, 800, 0, 0, 0, 0),
        (MADE, 3, "20", 1, None, 1, 0, 0, 0),
        (MADE, 4, "20", 0, 0, 0, 1, None, 1),
        (MADE + 1, 1, "07", 0, 0, 0, 1, 800, 0),
    ]


def test_a_month_is_that_of_the_incident_or_its_report(made: Platform) -> None:
    assert made.query(f"""
        SELECT month, offenses FROM nibrs.agency_offense_month WHERE ori = '{ORI["reported_on"]}' ORDER BY 1
    """) == [(2, 1), (3, 1)]


def test_a_month_not_reported_is_null_and_one_reported_without_crime_is_zero(made: Platform) -> None:
    rows = made.query(f"""
        SELECT month, is_reported, has_records, actual FROM nibrs.agency_offense_month_srs
        WHERE data_year = {MADE} AND ori = 'LANPD0000' AND offense = 'burglary_total' ORDER BY 1
    """)
    records, zero, nothing = (True, True), (True, False), (False, False)
    assert rows[:5] == [(1, *records, 1), (2, *zero, 0), (3, *nothing, None), (4, *records, 1), (5, *zero, 0)]
    assert rows[5:] == [*((month, *zero, 0) for month in range(6, 12)), (12, *records, 0)]


def test_compared_are_the_months_that_both_have_and_agencies_of_one_stem_together(made: Platform) -> None:
    def returned(card: str, offense: str, months: tuple[int, ...]) -> int:
        record = record_of(2013, NEW_ORLEANS)
        return sum(zoned(record[slice_of(month, f"{card}_{offense}")].decode())[0] or 0 for month in months)

    rows = made.query(f"""
        SELECT offense, months_nibrs, months_nibrs_zero, months_return_a, months_compared, nibrs_actual, return_a_actual,
            difference, return_a_actual_not_compared, nibrs_cleared, return_a_cleared
        FROM nibrs.nibrs_vs_return_a WHERE data_year = {MADE} AND offense IN ('burglary_total', 'murder') ORDER BY 1
    """)
    compared = (1, 4, 12)
    others = tuple(month for month in range(1, 13) if month not in compared)
    for row, nibrs, cleared in zip(rows, (3, 1), (0, 1), strict=True):
        name = str(row[0])
        actual = returned("actual", name, compared)
        assert row[1:] == (
            *(3, 8, 12, 3),
            *(nibrs, actual, nibrs - actual, returned("actual", name, others)),
            *(cleared, returned("cleared", name, compared)),
        )
    assert made.query(f"SELECT DISTINCT ori7 FROM nibrs.nibrs_vs_return_a WHERE data_year = {MADE}") == [(NEW_ORLEANS,)]


def test_the_readmes_question_of_an_agency_has_the_readmes_answer(louisiana: duckdb.DuckDBPyConnection) -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    [block] = [block for block in text.split("```") if block.startswith("sql\nSELECT srs.data_year")]
    answer = text.split(block)[1].split("```")[2]
    written = [
        [cell.strip() for cell in line.split("|")] for line in answer.splitlines() if line.startswith("      20")
    ]
    found = louisiana.sql(block.removeprefix("sql").replace("nibrs.", "")).fetchall()
    assert [["" if cell is None else str(cell) for cell in row] for row in found] == written[:2]
