"""The whole way, from zips to a real Postgres: against the FBI's own tables, twice, in part, and with bad input."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import dagster as dg
import pytest

from nibrs_assets.catalog.checks import shipped_checks
from nibrs_assets.catalog.tables import tables_of
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.lake.lake import Lake
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.positions import read_positions
from nibrs_assets_tests.support.samples import DATA, REAL_LINES, SAMPLE, file_of_year, make_zip, unpack_independently
from nibrs_assets_tests.support.truth import compare_bundle


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    # The FBI's own tables know incidents by the numbers that stand in the file.
    with platform_at(tmp_path_factory.mktemp("home"), NIBRS_INCIDENT_NUMBERS="plain") as platform:
        shutil.copy(SAMPLE / "nibrs-2020.zip", platform.settings.raw_dir)
        make_zip(platform.settings.raw_dir / "nibrs-2021.zip", REAL_LINES.read_bytes())
        yield platform


@pytest.fixture(scope="module")
def illinois(platform: Platform) -> dg.ExecuteInProcessResult:
    return platform.materialize(2020)


@pytest.fixture(scope="module")
def real(platform: Platform) -> dg.ExecuteInProcessResult:
    return platform.materialize(2021)


@pytest.mark.usefixtures("illinois")
def test_the_warehouse_agrees_with_the_fbis_own_tables(platform: Platform) -> None:
    report = compare_bundle(DATA / "cde-IL-2020.zip", platform.url)
    assert report.differences == []
    assert report.rows_compared["incident: date"] == 12_450
    assert report.rows_compared["victim: relationships"] > 5_000
    assert report.explained == {"drugs of a property without a drug description": 43}


def test_checks_pass_on_a_sound_year_and_tell_what_is_strange(illinois: dg.ExecuteInProcessResult) -> None:
    evaluations = illinois.get_asset_check_evaluations()
    of_the_year = {check.name for check in shipped_checks() if check.after == "record_problem"}
    of_tables = {"key_identifies", "references_exist", "codes_are_known", "no_problems"}
    assert {e.check_name for e in evaluations} == of_tables | of_the_year
    [failed] = [e for e in evaluations if not e.passed]
    assert (failed.asset_key.path[-1], failed.check_name) == ("victim_offender", "codes_are_known")
    # Illinois went on using a relationship that is discontinued.
    found = failed.metadata["relationship HR: code of other years"].value
    assert isinstance(found, dict)
    assert found["rows"] == 41


@pytest.mark.usefixtures("illinois")
def test_materializing_twice_changes_nothing(platform: Platform) -> None:
    files, rows = platform.lake_files(), platform.table_contents(2020)
    platform.materialize(2020)
    assert {path: content for path, (content, _) in platform.lake_files().items()} == {
        path: content for path, (content, _) in files.items()
    }
    assert platform.table_contents(2020) == rows
    assert rows["incident"] != [(0, None)]


@pytest.mark.usefixtures("illinois")
def test_one_segment_alone_changes_only_its_file(platform: Platform) -> None:
    before = platform.lake_files()
    platform.materialize(2020, "segments/victim", "segments/rejected")
    after = platform.lake_files()
    assert before.keys() == after.keys()
    assert {path for path in before if before[path] != after[path]} == {
        "segments/victim/year=2020/part-0.parquet",
        "segments/rejected/year=2020/part-0.parquet",
    }


@pytest.mark.usefixtures("real")
def test_every_record_type_reaches_postgres(platform: Platform) -> None:
    [w6] = platform.query("""
        SELECT ori, incident_number, arrest_date::text, arrestee_age, arrestee_age_years, window_clearance_flag, line_number
        FROM nibrs.window_arrestee WHERE data_year = 2021 AND line_number = 31
    """)
    assert w6 == ("DE0020200", "3419007198", "2021-01-25", "32", 32, "Y", 31)
    assert platform.query("SELECT armed_with FROM nibrs.group_b_arrest_weapon") == [("01",)] * 3
    assert platform.query("SELECT ucr_offense_code FROM nibrs.window_recovered_property_offense") == [("23F",)]
    assert platform.query("SELECT count(*) FROM nibrs.window_clearance WHERE data_year = 2021") == [(2,)]
    assert platform.query("""
        SELECT month, zero_report, group_ab, window_flag FROM nibrs.agency_month
        WHERE data_year = 2021 AND ori = 'AK0010200' AND month IN (1, 12) ORDER BY 1
    """) == [(1, False, True, False), (12, False, True, False)]
    assert platform.query("SELECT count(*) FROM nibrs.agency_month WHERE ori = 'AK0010100' AND NOT group_ab") == [(12,)]
    assert platform.query("""
        SELECT population, current_population, fips_county, msa_code
        FROM nibrs.agency JOIN nibrs.agency_county USING (data_year, ori) WHERE ori = 'AK0010100'
    """) == [(286_238, 286_238, "020", " 39")]


def test_what_no_table_can_hold_is_listed(platform: Platform, real: dg.ExecuteInProcessResult) -> None:
    problems = platform.query("""
        SELECT segment, line_number, problem, is_quarantined FROM nibrs.record_problem
        WHERE data_year = 2021 AND is_quarantined ORDER BY line_number
    """)
    orphans = {
        "offense": (8, 9),
        "property": (11, 12),
        "victim": (14, 15),
        "offender": (17, 18),
        "arrestee": (19, 20, 21),
    }
    assert problems == [
        (segment, line, "no administrative record (01) of its incident", True)
        for segment, lines in orphans.items()
        for line in lines
    ]
    assert platform.query("SELECT count(*) FROM nibrs.agency WHERE data_year = 2021 AND NOT has_header") != [(0,)]
    [check] = [e for e in real.get_asset_check_evaluations() if e.check_name == "no_problems"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN


@pytest.mark.usefixtures("real")
def test_no_line_is_lost_between_segments_and_tables(platform: Platform) -> None:
    record_tables = [
        name for name, table in tables_of("nibrs").items() if any(c.name == "line_number" for c in table.columns)
    ]
    union = " UNION ALL ".join(
        f"SELECT line_number FROM nibrs.{name} WHERE data_year = 2021 AND line_number IS NOT NULL"
        + (" AND is_quarantined" if name == "record_problem" else "")
        for name in record_tables
    )
    assert platform.query(f"{union} ORDER BY 1") == [(line,) for line in range(1, 32)]


REAL = REAL_LINES.read_text().splitlines()
HEADER, INCIDENT, OFFENSE, PROPERTY, VICTIM, OFFENDER = (REAL[line] for line in (1, 2, 6, 9, 12, 15))


def moved(line: str, ori: str) -> str:
    return line.replace("AK0010200", ori)


def test_a_record_belongs_to_the_header_before_it(platform: Platform) -> None:
    text = file_of_year(
        2022,
        *[HEADER, moved(INCIDENT, "AK0010277"), moved(OFFENSE, "AK0010277"), moved(VICTIM, "AK0010288")],
        *[moved(HEADER, "AK0990000"), moved(INCIDENT, "AK0990000"), PROPERTY],
        INCIDENT.replace("03010010100", "1-010010100").replace("21000004", "21000005").replace("20210101", "20211301"),
    )
    make_zip(platform.settings.raw_dir / "nibrs-2022.zip", text)
    platform.materialize(2022)
    assert platform.query("""
        SELECT ori, record_ori, line_number, incident_hour FROM nibrs.incident WHERE data_year = 2022 ORDER BY line_number
    """) == [("AK0010200", "AK0010277", 2, 3), ("AK0990000", "AK0990000", 6, 3), ("AK0010200", "AK0010200", 8, None)]
    for table, line in (("offense", 3), ("victim", 4), ("property", 7)):
        assert platform.query(f"SELECT ori, line_number FROM nibrs.{table} WHERE data_year = 2022") == [
            ("AK0010200", line)
        ]
    assert platform.query("""
        SELECT line_number, problem, column_name, value FROM nibrs.record_problem WHERE data_year = 2022 ORDER BY 1, 3
    """) == [
        (8, "unreadable value", "incident_date", "20211301"),
        (8, "unreadable value", "incident_date_hour", "1-"),
    ]


def test_an_incident_that_stands_twice_is_counted_once_and_listed_whole(platform: Platform) -> None:
    whole = [INCIDENT, OFFENSE, PROPERTY, VICTIM, OFFENDER]
    other = [INCIDENT, OFFENSE.replace("290CD", "120CD"), VICTIM.replace("00129", "00229")]
    make_zip(platform.settings.raw_dir / "nibrs-2023.zip", file_of_year(2023, HEADER, *whole, *whole, *other))
    platform.materialize(2023)
    for table in ("incident", "offense", "property", "victim", "offender"):
        assert platform.query(f"SELECT count(*) FROM nibrs.{table} WHERE data_year = 2023") == [(1,)], table
    problems = platform.query("SELECT line_number, problem FROM nibrs.record_problem WHERE data_year = 2023 ORDER BY 1")
    assert [line for line, _ in problems] == list(range(7, 15))
    assert {problem for _, problem in problems} == {
        "a record before it has the same key",
        "comes after a second administrative record (01) of the same key",
    }


def test_damaged_and_repeated_headers_stop_nothing(platform: Platform) -> None:
    lines = unpack_independently(SAMPLE / "nibrs-2012.zip").split(b"\n")
    first, second = lines[0:3], lines[3:6]
    text = [first[0][:9], first[1], first[2], *second, *second, second[1][:25] + b"999999999" * 10]
    make_zip(platform.settings.raw_dir / "nibrs-2012.zip", b"\n".join(text))
    platform.materialize(2012)
    assert platform.query(
        "SELECT ori, has_header, population FROM nibrs.agency WHERE data_year = 2012 ORDER BY ori"
    ) == [
        ("LA0010000", False, 34_361),
        ("LA0010100", True, 13_388),
    ]
    assert platform.query("""
        SELECT line_number, segment, problem FROM nibrs.record_problem WHERE data_year = 2012 ORDER BY 1, 2, 3
    """) == [
        (1, "rejected", "too short to hold the key of batch_header_1 (13 bytes)"),
        (2, "batch_header_2", "no batch header of agency LA0010000"),
        (7, "batch_header_1", "a record before it has the same key"),
        (8, "batch_header_2", "a record before it has the same key"),
        (9, "batch_header_3", "a record before it has the same key"),
        (10, "batch_header_2", "a record before it has the same key"),
    ]


@pytest.mark.usefixtures("illinois")
def test_bad_input_fails_with_its_message_and_changes_nothing(platform: Platform) -> None:
    broken = replace(
        platform, settings=platform.settings.model_copy(update={"raw_uri": str(platform.settings.home / "other")})
    )
    files, rows = platform.lake_files(), platform.table_contents(2020)
    result = broken.materialize(2020, raise_on_error=False)
    [failure] = result.get_step_failure_events()
    data = failure.step_failure_data.user_failure_data
    assert data
    assert "there is no zip for 2020 in the raw folder" in (data.description or "")
    assert (platform.lake_files(), platform.table_contents(2020)) == (files, rows)


def test_every_column_is_followed_back_to_its_bytes(illinois: dg.ExecuteInProcessResult) -> None:
    """From warehouse columns through harmonized ones to segment columns, whose descriptions give the bytes."""
    lineage: dict[str, Mapping[str, Sequence[dg.TableColumnDep]]] = {}
    for event in illinois.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        columns = materialization.metadata.get("dagster/column_lineage")
        if isinstance(columns, dg.TableColumnLineageMetadataValue):
            lineage[materialization.asset_key.to_user_string()] = columns.value.deps_by_column

    def made_from(asset: str, column: str) -> set[tuple[str, str]]:
        return {(step.asset_key.to_user_string(), step.column_name) for step in lineage[asset][column]}

    assert made_from("warehouse/victim", "victim_age") == {("harmonized/victim", "victim_age")}
    assert made_from("harmonized/victim", "victim_age") == {("segments/victim", "victim_age")}
    assert made_from("warehouse/victim_offender", "relationship") == {("harmonized/victim_offender", "relationship")}
    assert made_from("harmonized/victim_offender", "relationship") == {
        ("segments/victim", f"relationship_{n}") for n in range(1, 11)
    }
    assert made_from("harmonized/victim_offender", "ori") == {("harmonized/victim", "ori")}
    graph = build_definitions(Settings.from_environment({})).resolve_asset_graph()
    schema = graph.get(dg.AssetKey(["segments", "victim"])).metadata["dagster/column_schema"]
    described = {column.name: column.description for column in schema.columns}
    positions = {field: (start, end) for field, start, end in read_positions()["04"]}
    assert positions["victim_age"] == (68, 69)
    assert described["victim_age"].startswith("04 (victim) bytes 68-69: Age of the victim")
    assert described["relationship_2"].startswith("04 (victim) bytes 90-91: Relationship of the victim to the offender")
    assert {
        f"segments/victim: {name}" for name, _ in positions.items() if str(positions[name][0]) not in described[name]
    } == set()


@pytest.mark.usefixtures("illinois")
def test_the_lake_is_readable_by_itself(platform: Platform) -> None:
    lake = Lake.at(platform.settings.lake_uri)
    for name, table in tables_of("nibrs").items():
        dataset = lake.dataset(lake.require(table.layer, name, 2020))
        assert dataset.schema.names == [column.name for column in table.columns]
        assert [(dataset.count_rows(),)] == platform.query(f"SELECT count(*) FROM nibrs.{name} WHERE data_year = 2020")


def test_ages_of_99_are_unknown_through_1992(platform: Platform) -> None:
    """The lines of a person of age 99 in files of 1992 and 1993 (trap T35)."""
    victim = f"{VICTIM[:33]}00113A                           I99FANR".ljust(135)
    for year in (1992, 1993):
        make_zip(platform.settings.raw_dir / f"nibrs-{year}.zip", file_of_year(year, HEADER, INCIDENT, victim))
        platform.materialize(year)
    assert platform.query(
        "SELECT data_year, victim_age, victim_age_years FROM nibrs.victim WHERE data_year < 2000 ORDER BY 1"
    ) == [(1992, "99", None), (1993, "99", 99)]
