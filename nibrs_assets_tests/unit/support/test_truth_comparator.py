"""The truth check itself: it passes a faithful warehouse, and finds every single value that is not."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

from nibrs_assets_tests.support.truth import (
    CHILD_TABLES,
    EXPLANATIONS,
    FACTS,
    TruthUnusableError,
    bundle_scope,
    compare,
    load_bundle,
    render,
)

INCIDENT = 46656
INCIDENT_NUMBER = "000000001000"
KEY = f"2020 AS data_year, 202000000001 AS incident_id, 'IL1010000' AS ori, '{INCIDENT_NUMBER}' AS incident_number"


def rows(header: str, *lines: str) -> str:
    """A CSV file."""
    return "\n".join([header, *lines, ""])


def series(header: str, count: int) -> str:
    """A CSV file of the codes 1 to `count` of the owner 1."""
    return rows(header, *(f"{number},1" for number in range(1, count + 1)))


def codes(header: str, *values: str) -> str:
    """A CSV file of a lookup table: ids from 1 and their codes."""
    return rows(header, *(f"{number},{value}" for number, value in enumerate(values, 1)))


BUNDLE = {
    "agencies": rows("AGENCY_ID,ORI,STATE_ABBR", "1,IL1010000,IL", "1,IL1010000,IL"),
    "NIBRS_month": rows("DATA_YEAR,AGENCY_ID", "2020,1"),
    "REF_STATE": rows("STATE_ABBR,STATE_CODE", "IL,12"),
    "REF_RACE": codes("RACE_ID,RACE_CODE", "W", "AP"),
    "NIBRS_AGE": codes("AGE_ID,AGE_CODE", "NN", "AG"),
    "NIBRS_ETHNICITY": codes("ETHNICITY_ID,ETHNICITY_CODE", "H", "N"),
    "NIBRS_CLEARED_EXCEPT": codes("CLEARED_EXCEPT_ID,CLEARED_EXCEPT_CODE", "A", "N"),
    "NIBRS_OFFENSE_TYPE": codes("OFFENSE_TYPE_ID,OFFENSE_CODE", *(f"{number}A" for number in range(11, 22))),
    "NIBRS_LOCATION_TYPE": codes("LOCATION_ID,LOCATION_CODE", "20"),
    "NIBRS_BIAS_LIST": codes("BIAS_ID,BIAS_CODE", "11", "12"),
    "NIBRS_USING_LIST": codes("SUSPECT_USING_ID,SUSPECT_USING_CODE", "A", "C", "D", "N"),
    "NIBRS_CRIMINAL_ACT_TYPE": codes("CRIMINAL_ACT_ID,CRIMINAL_ACT_CODE", "B", "C", "D", "P"),
    "NIBRS_WEAPON_TYPE": codes("WEAPON_ID,WEAPON_CODE", "12A", "20", "30", "40"),
    "NIBRS_PROP_DESC_TYPE": codes("PROP_DESC_ID,PROP_DESC_CODE", "03", "10"),
    "NIBRS_SUSPECTED_DRUG_TYPE": codes("SUSPECTED_DRUG_TYPE_ID,SUSPECTED_DRUG_CODE", "A", "B", "C", "D"),
    "NIBRS_DRUG_MEASURE_TYPE": codes("DRUG_MEASURE_TYPE_ID,DRUG_MEASURE_CODE", "GM"),
    "NIBRS_VICTIM_TYPE": codes("VICTIM_TYPE_ID,VICTIM_TYPE_CODE", "L"),
    "NIBRS_ACTIVITY_TYPE": codes("ACTIVITY_TYPE_ID,ACTIVITY_TYPE_CODE", "01"),
    "NIBRS_ASSIGNMENT_TYPE": codes("ASSIGNMENT_TYPE_ID,ASSIGNMENT_TYPE_CODE", "F"),
    "NIBRS_CIRCUMSTANCES": codes("CIRCUMSTANCES_ID,CIRCUMSTANCES_CODE", "1", "2", "20"),
    "NIBRS_JUSTIFIABLE_FORCE": codes("JUSTIFIABLE_FORCE_ID,JUSTIFIABLE_FORCE_CODE", "A"),
    "NIBRS_INJURY": codes("INJURY_ID,INJURY_CODE", "B", "I", "L", "M", "O", "T"),
    "NIBRS_RELATIONSHIP": codes("RELATIONSHIP_ID,RELATIONSHIP_CODE", "ST"),
    "NIBRS_ARREST_TYPE": codes("ARREST_TYPE_ID,ARREST_TYPE_CODE", "O"),
    "NIBRS_incident": rows(
        "AGENCY_ID,INCIDENT_ID,CARGO_THEFT_FLAG,INCIDENT_DATE,REPORT_DATE_FLAG,INCIDENT_HOUR,CLEARED_EXCEPT_ID,"
        "CLEARED_EXCEPT_DATE",
        f"1,{INCIDENT},N,22-DEC-20,R,7,1,24-DEC-20",
    ),
    "NIBRS_OFFENSE": rows(
        "OFFENSE_ID,INCIDENT_ID,OFFENSE_TYPE_ID,ATTEMPT_COMPLETE_FLAG,LOCATION_ID,NUM_PREMISES_ENTERED,METHOD_ENTRY_CODE",
        *(f"{number},{INCIDENT},{number},C,1,2,F" for number in range(1, 12)),
    ),
    "NIBRS_BIAS_MOTIVATION": series("BIAS_ID,OFFENSE_ID", 2),
    "NIBRS_SUSPECT_USING": series("SUSPECT_USING_ID,OFFENSE_ID", 4),
    "NIBRS_CRIMINAL_ACT": series("CRIMINAL_ACT_ID,OFFENSE_ID", 4),
    "NIBRS_WEAPON": series("WEAPON_ID,OFFENSE_ID", 4),
    "NIBRS_PROPERTY": rows(
        "PROPERTY_ID,INCIDENT_ID,PROP_LOSS_ID,STOLEN_COUNT,RECOVERED_COUNT",
        f"1,{INCIDENT},6,1,2",
        f"2,{INCIDENT},1,,",
    ),
    "NIBRS_PROPERTY_DESC": rows("PROPERTY_ID,PROP_DESC_ID,PROPERTY_VALUE,DATE_RECOVERED", "1,1,500,23-DEC-20", "1,2,,"),
    "NIBRS_SUSPECTED_DRUG": rows(
        "SUSPECTED_DRUG_TYPE_ID,PROPERTY_ID,EST_DRUG_QTY,DRUG_MEASURE_TYPE_ID",
        "1,1,1.23456,1",
        "2,1,2,1",
        "3,1,3,1",
        "4,1,4,1",
        "1,2,,",
    ),
    "NIBRS_VICTIM": rows(
        "VICTIM_ID,INCIDENT_ID,VICTIM_SEQ_NUM,VICTIM_TYPE_ID,ASSIGNMENT_TYPE_ID,ACTIVITY_TYPE_ID,OUTSIDE_AGENCY_ID,"
        "AGE_ID,AGE_NUM,SEX_CODE,RACE_ID,ETHNICITY_ID,RESIDENT_STATUS_CODE",
        f"1,{INCIDENT},1,1,1,1,1,2,7,F,1,1,R",
        f"2,{INCIDENT},2,1,,,99,1,,F,2,1,R",
    ),
    "NIBRS_VICTIM_OFFENSE": rows("VICTIM_ID,OFFENSE_ID", *(f"1,{number}" for number in range(1, 12))),
    "NIBRS_VICTIM_CIRCUMSTANCES": rows("VICTIM_ID,CIRCUMSTANCES_ID,JUSTIFIABLE_FORCE_ID", "1,1,", "1,2,", "1,3,1"),
    "NIBRS_VICTIM_INJURY": rows("VICTIM_ID,INJURY_ID", *(f"1,{number}" for number in range(1, 7))),
    "NIBRS_VICTIM_OFFENDER_REL": rows(
        "VICTIM_ID,OFFENDER_ID,RELATIONSHIP_ID", *(f"1,{number},1" for number in range(11, 0, -1))
    ),
    "NIBRS_OFFENDER": rows(
        "OFFENDER_ID,INCIDENT_ID,OFFENDER_SEQ_NUM,AGE_ID,AGE_NUM,SEX_CODE,RACE_ID,ETHNICITY_ID",
        *(f"{number},{INCIDENT},{number},2,30,M,{2 if number == 2 else 1},1" for number in range(1, 12)),
    ),
    "NIBRS_ARRESTEE": rows(
        "ARRESTEE_ID,INCIDENT_ID,ARRESTEE_SEQ_NUM,ARREST_DATE,ARREST_TYPE_ID,MULTIPLE_INDICATOR,OFFENSE_TYPE_ID,AGE_ID,"
        "AGE_NUM,SEX_CODE,RACE_ID,ETHNICITY_ID,RESIDENT_CODE,UNDER_18_DISPOSITION_CODE",
        f"1,{INCIDENT},1,22-DEC-20,1,N,1,2,16,M,1,1,R,H",
        f"36,{INCIDENT},2,22-DEC-20,1,N,1,2,16,M,2,1,R,H",
    ),
    "NIBRS_ARRESTEE_WEAPON": series("WEAPON_ID,ARRESTEE_ID", 3),
}

WAREHOUSE = {
    "incident": """
        SELECT '12' AS state_code, DATE '2020-12-22' AS incident_date, 'R' AS report_date_indicator, 7 AS incident_hour,
               11 AS total_offense_segments, 2 AS total_victim_segments, 11 AS total_offender_segments,
               2 AS total_arrestee_segments, 'A' AS cleared_exceptionally,
               DATE '2020-12-24' AS exceptional_clearance_date, 'N' AS cargo_theft_indicator
    """,
    "offense": """
        SELECT n || 'A' AS ucr_offense_code, 'C' AS attempted_completed, '20' AS location_type,
               2 AS number_of_premises_entered, 'F' AS method_of_entry, if(n = 11, '11', NULL) AS bias_motivation
        FROM range(11, 22) offense(n)
    """,
    "offense_suspected_use": """
        SELECT '11A' AS ucr_offense_code, unnest(['A', 'C', 'D']) AS offender_suspected_using
    """,
    "offense_criminal_activity": """
        SELECT '11A' AS ucr_offense_code, unnest(['B', 'C', 'D']) AS criminal_activity
    """,
    "offense_weapon": """
        SELECT '11A' AS ucr_offense_code, unnest(['12', '20', '30']) AS weapon_force,
               unnest(['A', NULL, NULL]) AS automatic_indicator
    """,
    "property": """
        FROM (VALUES (1, '6', '03', 500, DATE '2020-12-23', '01', '02'),
                     (2, '6', '10', NULL, NULL, '01', '02'),
                     (3, '1', NULL, NULL, NULL, NULL, NULL))
        AS property(property_number, property_loss_type, property_description, value_of_property, date_recovered,
                    number_stolen_vehicles, number_recovered_vehicles)
    """,
    "property_drug": """
        FROM (VALUES (2, 'A', 1.235, 'GM'), (2, 'B', 2.0, 'GM'), (2, 'C', 3.0, 'GM'))
        AS drug(property_number, drug_type, drug_quantity, drug_measure)
    """,
    "victim": """
        FROM (VALUES ('001', 'L', '07', 7, 'F', 'W', 'H', 'R', 'A', '01', 'F', 'IL1010000'),
                     ('002', 'L', 'NN', 0, 'F', NULL, 'H', 'R', NULL, NULL, NULL, NULL))
        AS victim(victim_sequence_number, victim_type, victim_age, victim_age_years, victim_sex, victim_race,
                  victim_ethnicity, victim_resident_status, justifiable_homicide_circumstance, officer_activity,
                  officer_assignment, officer_ori_other)
    """,
    "victim_offense": """
        SELECT '001' AS victim_sequence_number, n || 'A' AS ucr_offense_code FROM range(11, 21) offense(n)
    """,
    "victim_circumstance": """
        SELECT '001' AS victim_sequence_number, unnest(['01', '02']) AS circumstance
    """,
    "victim_injury": """
        SELECT '001' AS victim_sequence_number, unnest(['B', 'I', 'L', 'M', 'O']) AS injury
    """,
    "victim_offender": """
        SELECT '001' AS victim_sequence_number, lpad(n::VARCHAR, 2, '0') AS offender_sequence_number, 'ST' AS relationship
        FROM range(1, 11) offender(n)
    """,
    "offender": """
        SELECT lpad(n::VARCHAR, 2, '0') AS offender_sequence_number, '30' AS offender_age, 30 AS offender_age_years,
               'M' AS offender_sex, if(n = 2, NULL, 'W') AS offender_race, 'H' AS offender_ethnicity
        FROM range(1, 12) offender(n)
    """,
    "arrestee": """
        SELECT unnest(['01', '02']) AS arrestee_sequence_number,
               unnest(['000000000001', '000000000010']) AS arrest_transaction_number,
               DATE '2020-12-22' AS arrest_date, 'O' AS arrest_type, 'N' AS multiple_arrestee_indicator,
               '11A' AS arrest_offense_code, '16' AS arrestee_age, 16 AS arrestee_age_years, 'M' AS arrestee_sex,
               unnest(['W', NULL]) AS arrestee_race, 'H' AS arrestee_ethnicity, 'R' AS arrestee_resident_status,
               'H' AS disposition_under_18
    """,
    "arrestee_weapon": """
        SELECT '01' AS arrestee_sequence_number, unnest(['12', '20']) AS armed_with,
               unnest(['A', NULL]) AS automatic_indicator
    """,
}

PLANTED = {
    "incident: state": "incident SET state_code = '13'",
    "incident: date": "incident SET incident_date = '2020-12-23'",
    "incident: hour": "incident SET incident_hour = NULL",
    "incident: exceptional clearance": "incident SET exceptional_clearance_date = '2020-12-23'",
    "incident: cargo theft": "incident SET cargo_theft_indicator = 'Y'",
    "incident: segment totals": "incident SET total_victim_segments = 3",
    "offense: attempted or completed": "offense SET attempted_completed = 'A'",
    "offense: location": "offense SET location_type = '13'",
    "offense: premises entered": "offense SET number_of_premises_entered = NULL",
    "offense: method of entry": "offense SET method_of_entry = ''",
    "offense: bias": "offense SET bias_motivation = '12'",
    "offense: suspected using": "offense_suspected_use SET offender_suspected_using = 'N'",
    "offense: criminal activity": "offense_criminal_activity SET criminal_activity = 'P'",
    "offense: weapon": "offense_weapon SET automatic_indicator = NULL",
    "property: value": "property SET value_of_property = 501",
    "property: date recovered": "property SET date_recovered = NULL",
    "property: vehicles stolen": "property SET number_stolen_vehicles = '03'",
    "property: vehicles recovered": "property SET number_recovered_vehicles = '03'",
    "property: drugs": "property_drug SET drug_quantity = 1.234",
    "victim: type": "victim SET victim_type = 'I'",
    "victim: age": "victim SET victim_age_years = 8",
    "victim: sex": "victim SET victim_sex = 'M'",
    "victim: race": "victim SET victim_race = 'B'",
    "victim: ethnicity": "victim SET victim_ethnicity = 'N'",
    "victim: resident status": "victim SET victim_resident_status = 'N'",
    "victim: officer": "victim SET officer_assignment = 'G'",
    "victim: officer's other ORI": "victim SET officer_ori_other = NULL",
    "victim: justifiable homicide": "victim SET justifiable_homicide_circumstance = 'B'",
    "victim: offenses": "victim_offense SET ucr_offense_code = '21A'",
    "victim: circumstances": "victim_circumstance SET circumstance = '20'",
    "victim: injuries": "victim_injury SET injury = 'T'",
    "victim: relationships": "victim_offender SET offender_sequence_number = '11'",
    "offender: age": "offender SET offender_age = '00'",
    "offender: sex": "offender SET offender_sex = 'F'",
    "offender: race": "offender SET offender_race = 'B'",
    "offender: ethnicity": "offender SET offender_ethnicity = NULL",
    "arrestee: arrest number": "arrestee SET arrest_transaction_number = '1'",
    "arrestee: date": "arrestee SET arrest_date = '2020-12-23'",
    "arrestee: arrest type": "arrestee SET arrest_type = 'S'",
    "arrestee: multiple indicator": "arrestee SET multiple_arrestee_indicator = 'M'",
    "arrestee: offense": "arrestee SET arrest_offense_code = '12A'",
    "arrestee: age": "arrestee SET arrestee_age_years = 17",
    "arrestee: sex": "arrestee SET arrestee_sex = 'F'",
    "arrestee: race": "arrestee SET arrestee_race = 'B'",
    "arrestee: ethnicity": "arrestee SET arrestee_ethnicity = 'N'",
    "arrestee: resident status": "arrestee SET arrestee_resident_status = 'N'",
    "arrestee: disposition": "arrestee SET disposition_under_18 = 'R'",
    "arrestee: armed with": "arrestee_weapon SET armed_with = '30'",
}


@pytest.fixture(name="con")
def loaded(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A bundle of one incident that has more of everything than a record holds, and its faithful warehouse."""
    bundle = tmp_path / "cde-IL-2020.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        for table, text in BUNDLE.items():
            archive.writestr(f"{table}.csv", text)
    with duckdb.connect() as con:
        load_bundle(con, bundle)
        con.execute("CREATE SCHEMA nibrs")
        for table, query in WAREHOUSE.items():
            con.execute(f"CREATE TABLE nibrs.{table} AS SELECT {KEY}, * FROM ({dedent(query)})")
        yield con


def test_a_faithful_warehouse_has_no_differences(con: duckdb.DuckDBPyConnection) -> None:
    report = compare(con, "bundle")
    assert report.differences == []
    assert all(report.rows_compared.values())
    assert report.explained == dict.fromkeys((explanation.name for explanation in EXPLANATIONS), 1)


def test_the_scope_is_the_bundles_year_and_state(con: duckdb.DuckDBPyConnection) -> None:
    scope = bundle_scope(con)
    assert (scope.data_year, scope.ori_prefix) == (2020, "IL")


def test_one_wrong_value_is_one_difference_of_its_fact(con: duckdb.DuckDBPyConnection) -> None:
    assert PLANTED.keys() == {fact.name for fact in FACTS}
    for change in PLANTED.values():
        con.execute(f"UPDATE nibrs.{change} WHERE rowid = 0")
    report = compare(con, "bundle")
    found = {(difference.name, difference.side): difference.count for difference in report.differences}
    assert found == {(name, side): 1 for name in PLANTED for side in ("missing in warehouse", "not in truth")}
    assert "incident: hour: 1 not in truth" in render(report)


LOST = "DELETE FROM nibrs.{table} WHERE rowid = 0"
DOUBLED = "INSERT INTO nibrs.{table} FROM nibrs.{table} WHERE rowid = 0"
ORPHANED = "UPDATE nibrs.{table} SET incident_id = 0 WHERE rowid = 0"


@pytest.mark.parametrize(
    ("change", "sides"),
    [
        (LOST, {"missing in warehouse"}),
        (DOUBLED, {"not in truth"}),
        (ORPHANED, {"missing in warehouse", "not in truth"}),
    ],
    ids=["lost", "doubled", "orphaned"],
)
def test_a_wrong_row_is_a_difference_of_its_facts(con: duckdb.DuckDBPyConnection, change: str, sides: set[str]) -> None:
    for table in CHILD_TABLES:
        con.execute(change.format(table=table))
    found = {(difference.name, difference.side): difference.count for difference in compare(con, "bundle").differences}
    facts = {fact.name for fact in FACTS if fact.relation != "incident"}
    assert found == {(name, side): 1 for name in facts for side in sides}


def test_a_lost_incident_loses_everything_of_it(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(LOST.format(table="incident"))
    report = compare(con, "bundle")
    assert {difference.name for difference in report.differences} == {fact.name for fact in FACTS}


def test_a_truth_row_that_is_not_compared_is_an_error(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DELETE FROM bundle.nibrs_offense_type WHERE offense_type_id = '3'")
    with pytest.raises(TruthUnusableError, match="offense"):
        compare(con, "bundle")


def test_a_comparison_of_nothing_is_an_error(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DELETE FROM bundle.nibrs_suspected_drug WHERE property_id = '1'")
    with pytest.raises(TruthUnusableError, match="nothing is left"):
        compare(con, "bundle")
