"""Compares the warehouse with the FBI's own relational tables of the same incidents, in both directions.

Independent of `nibrs_assets`: it knows the FBI's bundles, the warehouse's table names and nothing else.

    python -m nibrs_assets_tests.support.truth postgresql://… cde-LA-2013.zip cde-AZ-2016.zip
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import duckdb
import psycopg

Side = Literal["missing in warehouse", "not in truth"]
Row = dict[str, str | None]

EXAMPLES = 5

CHILD_TABLES = (
    "offense",
    "offense_weapon",
    "offense_criminal_activity",
    "offense_suspected_use",
    "property",
    "property_drug",
    "victim",
    "victim_offense",
    "victim_injury",
    "victim_circumstance",
    "victim_offender",
    "offender",
    "arrestee",
    "arrestee_weapon",
)


class TruthUnusableError(Exception):
    """The bundle's rows did not all reach the comparison, so its result would mean nothing."""


@dataclass(frozen=True)
class Difference:
    """Rows that one side of a named comparison has and the other has not."""

    name: str
    side: Side
    count: int
    examples: tuple[Row, ...]


@dataclass
class Report:
    """What was compared, what differs, and what the master file's format explains."""

    bundle: str
    rows_compared: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    explained: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Relation:
    """One kind of row, selected alike from both sides; `source` selects the number of rows the bundle has of it."""

    name: str
    source: str
    truth: str
    warehouse: str


@dataclass(frozen=True)
class Fact:
    """A named comparison: the columns of a relation that must agree, as a multiset of rows."""

    name: str
    relation: str
    columns: str


@dataclass(frozen=True)
class Explanation:
    """What a master file cannot hold: truth rows that are absent from it, or (`rewrite`) stand in it otherwise."""

    name: str
    fact: str
    where: str
    rewrite: str | None = None


@dataclass(frozen=True)
class Scope:
    """The part of the warehouse that a bundle covers."""

    data_year: int
    ori_prefix: str

    def select(self, table: str) -> str:
        """Selects the scope's rows of a warehouse table, in Postgres and in DuckDB."""
        return f"SELECT * FROM nibrs.{table} WHERE data_year = {self.data_year} AND left(ori, 2) = '{self.ori_prefix}'"


MACROS = """
CREATE MACRO day(text) AS strptime(text, ['%Y-%m-%d %H:%M:%S', '%d-%b-%y'])::DATE;
CREATE MACRO identifier(id) AS to_base(id::BIGINT, 36, 12);
CREATE MACRO age_code(code, years) AS CASE code WHEN 'AG' THEN lpad(years, 2, '0') ELSE code END;
CREATE MACRO age_years(code, years) AS CASE WHEN code BETWEEN '01' AND '98' THEN years::INT END;
"""

BUNDLE_VIEWS = """
ALTER TABLE bundle.nibrs_arrestee ADD COLUMN IF NOT EXISTS arrest_num VARCHAR;
ALTER TABLE bundle.nibrs_incident DROP COLUMN IF EXISTS incident_number;

CREATE VIEW bundle.agency AS
SELECT DISTINCT agency_id, ori AS ori, state_abbr
FROM bundle.agencies;

CREATE TABLE IF NOT EXISTS bundle.agency_participation (agency_id VARCHAR, agency_ori VARCHAR);

CREATE VIEW bundle.outside_agency AS
SELECT agency_id AS outside_agency_id, ori AS officer_ori_other FROM bundle.agency
UNION
SELECT agency_id, agency_ori FROM bundle.agency_participation;

CREATE VIEW bundle.incident_key AS
SELECT incident_id, ori, identifier(incident_id) AS incident_number
FROM bundle.nibrs_incident JOIN bundle.agency USING (agency_id);

CREATE VIEW bundle.offense_key AS
SELECT offense_id, ori, incident_number, offense_code AS ucr_offense_code
FROM bundle.nibrs_offense
JOIN bundle.incident_key USING (incident_id)
JOIN bundle.nibrs_offense_type USING (offense_type_id);

CREATE VIEW bundle.property_key AS
SELECT property_id, ori, incident_number, prop_loss_id AS property_loss_type
FROM bundle.nibrs_property JOIN bundle.incident_key USING (incident_id);

CREATE VIEW bundle.drug_record AS
SELECT property_id, prop_desc_code AS property_description
FROM bundle.nibrs_property_desc JOIN bundle.nibrs_prop_desc_type USING (prop_desc_id)
WHERE prop_desc_code = '10';

CREATE VIEW bundle.victim_key AS
SELECT victim_id, ori, incident_number, victim_seq_num::INT AS victim_sequence_number
FROM bundle.nibrs_victim JOIN bundle.incident_key USING (incident_id);

CREATE VIEW bundle.arrestee_key AS
SELECT arrestee_id, ori, incident_number, arrestee_seq_num::INT AS arrestee_sequence_number
FROM bundle.nibrs_arrestee JOIN bundle.incident_key USING (incident_id);
"""

RELATIONS = (
    Relation(
        "incident",
        "FROM bundle.nibrs_incident",
        """
        SELECT ori, incident_number, state_code, day(incident_date) AS incident_date,
               report_date_flag AS report_date_indicator, incident_hour::INT AS incident_hour,
               cleared_except_code AS cleared_exceptionally, day(cleared_except_date) AS exceptional_clearance_date,
               cargo_theft_flag AS cargo_theft_indicator,
               (SELECT count(*) FROM bundle.nibrs_offense o WHERE o.incident_id = i.incident_id) AS offenses,
               (SELECT count(*) FROM bundle.nibrs_victim v WHERE v.incident_id = i.incident_id) AS victims,
               (SELECT count(*) FROM bundle.nibrs_offender o WHERE o.incident_id = i.incident_id) AS offenders,
               (SELECT count(*) FROM bundle.nibrs_arrestee a WHERE a.incident_id = i.incident_id) AS arrestees
        FROM bundle.nibrs_incident i
        JOIN bundle.incident_key USING (incident_id)
        JOIN (SELECT agency_id, state_abbr FROM bundle.agency) USING (agency_id)
        JOIN bundle.ref_state USING (state_abbr)
        LEFT JOIN bundle.nibrs_cleared_except USING (cleared_except_id)
        """,
        """
        SELECT ori, incident_number, state_code, incident_date::DATE AS incident_date,
               report_date_indicator, incident_hour::INT AS incident_hour,
               cleared_exceptionally, exceptional_clearance_date::DATE AS exceptional_clearance_date,
               cargo_theft_indicator,
               total_offense_segments::INT AS offenses, total_victim_segments::INT AS victims,
               total_offender_segments::INT AS offenders, total_arrestee_segments::INT AS arrestees
        FROM keyed.incident
        """,
    ),
    Relation(
        "offense",
        "FROM bundle.nibrs_offense",
        """
        SELECT ori, incident_number, ucr_offense_code, attempt_complete_flag AS attempted_completed,
               location_code AS location_type, num_premises_entered::INT AS number_of_premises_entered,
               method_entry_code AS method_of_entry
        FROM bundle.nibrs_offense
        JOIN bundle.offense_key USING (offense_id)
        LEFT JOIN bundle.nibrs_location_type USING (location_id)
        """,
        """
        SELECT ori, incident_number, ucr_offense_code, attempted_completed,
               location_type, number_of_premises_entered::INT AS number_of_premises_entered,
               method_of_entry
        FROM keyed.offense
        """,
    ),
    Relation(
        "offense_bias",
        "FROM bundle.nibrs_bias_motivation",
        """
        SELECT ori, incident_number, ucr_offense_code, bias_code AS bias_motivation,
               row_number() OVER (PARTITION BY offense_id ORDER BY b.rowid) AS position
        FROM bundle.nibrs_bias_motivation b
        JOIN bundle.offense_key USING (offense_id)
        LEFT JOIN bundle.nibrs_bias_list USING (bias_id)
        """,
        """
        SELECT ori, incident_number, ucr_offense_code, bias_motivation
        FROM keyed.offense
        WHERE bias_motivation IS NOT NULL
        """,
    ),
    Relation(
        "offense_suspected_use",
        "FROM bundle.nibrs_suspect_using",
        """
        SELECT ori, incident_number, ucr_offense_code, suspect_using_code AS offender_suspected_using,
               row_number() OVER (PARTITION BY offense_id ORDER BY u.rowid) AS position
        FROM bundle.nibrs_suspect_using u
        JOIN bundle.offense_key USING (offense_id)
        LEFT JOIN bundle.nibrs_using_list USING (suspect_using_id)
        """,
        """
        SELECT ori, incident_number, ucr_offense_code, offender_suspected_using
        FROM keyed.offense_suspected_use
        """,
    ),
    Relation(
        "offense_criminal_activity",
        "FROM bundle.nibrs_criminal_act",
        """
        SELECT ori, incident_number, ucr_offense_code, criminal_act_code AS criminal_activity,
               row_number() OVER (PARTITION BY offense_id ORDER BY a.rowid) AS position
        FROM bundle.nibrs_criminal_act a
        JOIN bundle.offense_key USING (offense_id)
        LEFT JOIN bundle.nibrs_criminal_act_type USING (criminal_act_id)
        """,
        """
        SELECT ori, incident_number, ucr_offense_code, criminal_activity
        FROM keyed.offense_criminal_activity
        """,
    ),
    Relation(
        "offense_weapon",
        "FROM bundle.nibrs_weapon",
        """
        SELECT ori, incident_number, ucr_offense_code, left(weapon_code, 2) AS weapon_force,
               nullif(substr(weapon_code, 3), '') AS automatic_indicator,
               row_number() OVER (PARTITION BY offense_id ORDER BY w.rowid) AS position
        FROM bundle.nibrs_weapon w
        JOIN bundle.offense_key USING (offense_id)
        LEFT JOIN bundle.nibrs_weapon_type USING (weapon_id)
        """,
        """
        SELECT ori, incident_number, ucr_offense_code, weapon_force, automatic_indicator
        FROM keyed.offense_weapon
        """,
    ),
    Relation(
        "property",
        "FROM bundle.nibrs_property LEFT JOIN bundle.nibrs_property_desc USING (property_id)",
        """
        SELECT ori, incident_number, property_loss_type, prop_desc_code AS property_description,
               property_value::BIGINT AS value_of_property, day(date_recovered) AS date_recovered,
               stolen_count::INT AS number_stolen_vehicles, recovered_count::INT AS number_recovered_vehicles
        FROM bundle.nibrs_property
        JOIN bundle.property_key USING (property_id)
        LEFT JOIN bundle.nibrs_property_desc USING (property_id)
        LEFT JOIN bundle.nibrs_prop_desc_type USING (prop_desc_id)
        """,
        """
        SELECT ori, incident_number, property_loss_type, property_description,
               value_of_property::BIGINT AS value_of_property, date_recovered::DATE AS date_recovered,
               number_stolen_vehicles::INT AS number_stolen_vehicles,
               number_recovered_vehicles::INT AS number_recovered_vehicles
        FROM keyed.property
        """,
    ),
    Relation(
        "property_drug",
        "FROM bundle.nibrs_suspected_drug",
        """
        SELECT ori, incident_number, property_loss_type, property_description, suspected_drug_code AS drug_type,
               est_drug_qty::DECIMAL(18, 6) AS drug_quantity, drug_measure_code AS drug_measure,
               row_number() OVER (PARTITION BY property_id ORDER BY d.rowid) AS position
        FROM bundle.nibrs_suspected_drug d
        JOIN bundle.property_key USING (property_id)
        LEFT JOIN bundle.drug_record USING (property_id)
        LEFT JOIN bundle.nibrs_suspected_drug_type USING (suspected_drug_type_id)
        LEFT JOIN bundle.nibrs_drug_measure_type USING (drug_measure_type_id)
        """,
        """
        SELECT d.ori, d.incident_number, property_loss_type, property_description, drug_type,
               drug_quantity::DECIMAL(18, 6) AS drug_quantity, drug_measure
        FROM keyed.property_drug d
        LEFT JOIN keyed.property p USING (incident_id, property_number)
        """,
    ),
    Relation(
        "victim",
        "FROM bundle.nibrs_victim",
        """
        SELECT ori, incident_number, victim_sequence_number, victim_type_code AS victim_type,
               age_code(age_code, age_num) AS victim_age, age_years(victim_age, age_num) AS victim_age_years,
               sex_code AS victim_sex, race_code AS victim_race, ethnicity_code AS victim_ethnicity,
               resident_status_code AS victim_resident_status,
               activity_type_code AS officer_activity, assignment_type_code AS officer_assignment,
               coalesce(officer_ori_other, outside_agency_id) AS officer_ori_other,
               officer_ori_other IS NULL AND outside_agency_id IS NOT NULL AS is_unlisted_agency
        FROM bundle.nibrs_victim
        JOIN bundle.victim_key USING (victim_id)
        LEFT JOIN bundle.nibrs_victim_type USING (victim_type_id)
        LEFT JOIN bundle.nibrs_age USING (age_id)
        LEFT JOIN bundle.ref_race USING (race_id)
        LEFT JOIN bundle.nibrs_ethnicity USING (ethnicity_id)
        LEFT JOIN bundle.nibrs_activity_type USING (activity_type_id)
        LEFT JOIN bundle.nibrs_assignment_type USING (assignment_type_id)
        LEFT JOIN bundle.outside_agency USING (outside_agency_id)
        """,
        """
        SELECT ori, incident_number, victim_sequence_number::INT AS victim_sequence_number, victim_type,
               victim_age, age_years(victim_age, victim_age_years) AS victim_age_years,
               victim_sex, victim_race, victim_ethnicity,
               victim_resident_status,
               officer_activity, officer_assignment, officer_ori_other
        FROM keyed.victim
        """,
    ),
    Relation(
        "victim_justifiable_homicide",
        "FROM bundle.nibrs_victim_circumstances WHERE justifiable_force_id IS NOT NULL",
        """
        SELECT ori, incident_number, victim_sequence_number,
               justifiable_force_code AS justifiable_homicide_circumstance
        FROM bundle.nibrs_victim_circumstances
        JOIN bundle.victim_key USING (victim_id)
        LEFT JOIN bundle.nibrs_justifiable_force USING (justifiable_force_id)
        WHERE justifiable_force_id IS NOT NULL
        """,
        """
        SELECT ori, incident_number, victim_sequence_number::INT AS victim_sequence_number,
               justifiable_homicide_circumstance
        FROM keyed.victim
        WHERE justifiable_homicide_circumstance IS NOT NULL
        """,
    ),
    Relation(
        "victim_offense",
        "FROM bundle.nibrs_victim_offense",
        """
        SELECT v.ori, v.incident_number, victim_sequence_number, ucr_offense_code,
               row_number() OVER (PARTITION BY victim_id ORDER BY x.rowid) AS position
        FROM bundle.nibrs_victim_offense x
        JOIN bundle.victim_key v USING (victim_id)
        JOIN bundle.offense_key USING (offense_id)
        """,
        """
        SELECT ori, incident_number, victim_sequence_number::INT AS victim_sequence_number, ucr_offense_code
        FROM keyed.victim_offense
        """,
    ),
    Relation(
        "victim_circumstance",
        "FROM bundle.nibrs_victim_circumstances",
        """
        SELECT ori, incident_number, victim_sequence_number, lpad(circumstances_code, 2, '0') AS circumstance,
               row_number() OVER (PARTITION BY victim_id ORDER BY c.rowid) AS position
        FROM bundle.nibrs_victim_circumstances c
        JOIN bundle.victim_key USING (victim_id)
        LEFT JOIN bundle.nibrs_circumstances USING (circumstances_id)
        """,
        """
        SELECT ori, incident_number, victim_sequence_number::INT AS victim_sequence_number, circumstance
        FROM keyed.victim_circumstance
        """,
    ),
    Relation(
        "victim_injury",
        "FROM bundle.nibrs_victim_injury",
        """
        SELECT ori, incident_number, victim_sequence_number, injury_code AS injury,
               row_number() OVER (PARTITION BY victim_id ORDER BY x.rowid) AS position
        FROM bundle.nibrs_victim_injury x
        JOIN bundle.victim_key USING (victim_id)
        LEFT JOIN bundle.nibrs_injury USING (injury_id)
        """,
        """
        SELECT ori, incident_number, victim_sequence_number::INT AS victim_sequence_number, injury
        FROM keyed.victim_injury
        """,
    ),
    Relation(
        "victim_offender",
        "FROM bundle.nibrs_victim_offender_rel",
        """
        SELECT ori, incident_number, victim_sequence_number, offender_seq_num::INT AS offender_sequence_number,
               relationship_code AS relationship,
               row_number() OVER (PARTITION BY victim_id ORDER BY offender_seq_num::INT) AS position
        FROM bundle.nibrs_victim_offender_rel
        JOIN bundle.victim_key USING (victim_id)
        JOIN bundle.nibrs_offender USING (offender_id)
        LEFT JOIN bundle.nibrs_relationship USING (relationship_id)
        """,
        """
        SELECT ori, incident_number, victim_sequence_number::INT AS victim_sequence_number,
               offender_sequence_number::INT AS offender_sequence_number, relationship
        FROM keyed.victim_offender
        """,
    ),
    Relation(
        "offender",
        "FROM bundle.nibrs_offender",
        """
        SELECT ori, incident_number, offender_seq_num::INT AS offender_sequence_number,
               age_code(age_code, age_num) AS offender_age, age_years(offender_age, age_num) AS offender_age_years,
               sex_code AS offender_sex, race_code AS offender_race, ethnicity_code AS offender_ethnicity
        FROM bundle.nibrs_offender
        JOIN bundle.incident_key USING (incident_id)
        LEFT JOIN bundle.nibrs_age USING (age_id)
        LEFT JOIN bundle.ref_race USING (race_id)
        LEFT JOIN bundle.nibrs_ethnicity USING (ethnicity_id)
        """,
        """
        SELECT ori, incident_number, offender_sequence_number::INT AS offender_sequence_number,
               offender_age,
               age_years(offender_age, offender_age_years) AS offender_age_years,
               offender_sex, offender_race, offender_ethnicity
        FROM keyed.offender
        """,
    ),
    Relation(
        "arrestee",
        "FROM bundle.nibrs_arrestee",
        """
        SELECT ori, incident_number, arrestee_sequence_number,
               coalesce(arrest_num, identifier(arrestee_id)) AS arrest_transaction_number,
               day(arrest_date) AS arrest_date, arrest_type_code AS arrest_type,
               multiple_indicator AS multiple_arrestee_indicator, offense_code AS arrest_offense_code,
               age_code(age_code, age_num) AS arrestee_age, age_years(arrestee_age, age_num) AS arrestee_age_years,
               sex_code AS arrestee_sex, race_code AS arrestee_race, ethnicity_code AS arrestee_ethnicity,
               resident_code AS arrestee_resident_status, under_18_disposition_code AS disposition_under_18
        FROM bundle.nibrs_arrestee
        JOIN bundle.arrestee_key USING (arrestee_id)
        LEFT JOIN bundle.nibrs_arrest_type USING (arrest_type_id)
        LEFT JOIN bundle.nibrs_offense_type USING (offense_type_id)
        LEFT JOIN bundle.nibrs_age USING (age_id)
        LEFT JOIN bundle.ref_race USING (race_id)
        LEFT JOIN bundle.nibrs_ethnicity USING (ethnicity_id)
        """,
        """
        SELECT ori, incident_number, arrestee_sequence_number::INT AS arrestee_sequence_number,
               arrest_transaction_number,
               arrest_date::DATE AS arrest_date, arrest_type,
               multiple_arrestee_indicator, arrest_offense_code,
               arrestee_age,
               age_years(arrestee_age, arrestee_age_years) AS arrestee_age_years,
               arrestee_sex, arrestee_race, arrestee_ethnicity,
               arrestee_resident_status, disposition_under_18
        FROM keyed.arrestee
        """,
    ),
    Relation(
        "arrestee_weapon",
        "FROM bundle.nibrs_arrestee_weapon",
        """
        SELECT ori, incident_number, arrestee_sequence_number, left(weapon_code, 2) AS armed_with,
               nullif(substr(weapon_code, 3), '') AS automatic_indicator,
               row_number() OVER (PARTITION BY arrestee_id ORDER BY w.rowid) AS position
        FROM bundle.nibrs_arrestee_weapon w
        JOIN bundle.arrestee_key USING (arrestee_id)
        LEFT JOIN bundle.nibrs_weapon_type USING (weapon_id)
        """,
        """
        SELECT ori, incident_number, arrestee_sequence_number::INT AS arrestee_sequence_number,
               armed_with, automatic_indicator
        FROM keyed.arrestee_weapon
        """,
    ),
)

INCIDENT = "ori, incident_number"
OFFENSE = f"{INCIDENT}, ucr_offense_code"
PROPERTY = f"{INCIDENT}, property_loss_type, property_description"
VICTIM = f"{INCIDENT}, victim_sequence_number"
OFFENDER = f"{INCIDENT}, offender_sequence_number"
ARRESTEE = f"{INCIDENT}, arrestee_sequence_number"

FACTS = (
    Fact("incident: state", "incident", f"{INCIDENT}, state_code"),
    Fact("incident: date", "incident", f"{INCIDENT}, incident_date, report_date_indicator"),
    Fact("incident: hour", "incident", f"{INCIDENT}, incident_hour"),
    Fact(
        "incident: exceptional clearance",
        "incident",
        f"{INCIDENT}, cleared_exceptionally, exceptional_clearance_date",
    ),
    Fact("incident: cargo theft", "incident", f"{INCIDENT}, cargo_theft_indicator"),
    Fact("incident: segment totals", "incident", f"{INCIDENT}, offenses, victims, offenders, arrestees"),
    Fact("offense: attempted or completed", "offense", f"{OFFENSE}, attempted_completed"),
    Fact("offense: location", "offense", f"{OFFENSE}, location_type"),
    Fact("offense: premises entered", "offense", f"{OFFENSE}, number_of_premises_entered"),
    Fact("offense: method of entry", "offense", f"{OFFENSE}, method_of_entry"),
    Fact("offense: bias", "offense_bias", f"{OFFENSE}, bias_motivation"),
    Fact("offense: suspected using", "offense_suspected_use", f"{OFFENSE}, offender_suspected_using"),
    Fact("offense: criminal activity", "offense_criminal_activity", f"{OFFENSE}, criminal_activity"),
    Fact("offense: weapon", "offense_weapon", f"{OFFENSE}, weapon_force, automatic_indicator"),
    Fact("property: value", "property", f"{PROPERTY}, value_of_property"),
    Fact("property: date recovered", "property", f"{PROPERTY}, date_recovered"),
    Fact("property: vehicles stolen", "property", f"{PROPERTY}, number_stolen_vehicles"),
    Fact("property: vehicles recovered", "property", f"{PROPERTY}, number_recovered_vehicles"),
    Fact("property: drugs", "property_drug", f"{PROPERTY}, drug_type, drug_quantity, drug_measure"),
    Fact("victim: type", "victim", f"{VICTIM}, victim_type"),
    Fact("victim: age", "victim", f"{VICTIM}, victim_age, victim_age_years"),
    Fact("victim: sex", "victim", f"{VICTIM}, victim_sex"),
    Fact("victim: race", "victim", f"{VICTIM}, victim_race"),
    Fact("victim: ethnicity", "victim", f"{VICTIM}, victim_ethnicity"),
    Fact("victim: resident status", "victim", f"{VICTIM}, victim_resident_status"),
    Fact("victim: officer", "victim", f"{VICTIM}, officer_activity, officer_assignment"),
    Fact("victim: officer's other ORI", "victim", f"{VICTIM}, officer_ori_other"),
    Fact(
        "victim: justifiable homicide",
        "victim_justifiable_homicide",
        f"{VICTIM}, justifiable_homicide_circumstance",
    ),
    Fact("victim: offenses", "victim_offense", f"{VICTIM}, ucr_offense_code"),
    Fact("victim: circumstances", "victim_circumstance", f"{VICTIM}, circumstance"),
    Fact("victim: injuries", "victim_injury", f"{VICTIM}, injury"),
    Fact("victim: relationships", "victim_offender", f"{VICTIM}, offender_sequence_number, relationship"),
    Fact("offender: age", "offender", f"{OFFENDER}, offender_age, offender_age_years"),
    Fact("offender: sex", "offender", f"{OFFENDER}, offender_sex"),
    Fact("offender: race", "offender", f"{OFFENDER}, offender_race"),
    Fact("offender: ethnicity", "offender", f"{OFFENDER}, offender_ethnicity"),
    Fact("arrestee: arrest number", "arrestee", f"{ARRESTEE}, arrest_transaction_number"),
    Fact("arrestee: date", "arrestee", f"{ARRESTEE}, arrest_date"),
    Fact("arrestee: arrest type", "arrestee", f"{ARRESTEE}, arrest_type"),
    Fact("arrestee: multiple indicator", "arrestee", f"{ARRESTEE}, multiple_arrestee_indicator"),
    Fact("arrestee: offense", "arrestee", f"{ARRESTEE}, arrest_offense_code"),
    Fact("arrestee: age", "arrestee", f"{ARRESTEE}, arrestee_age, arrestee_age_years"),
    Fact("arrestee: sex", "arrestee", f"{ARRESTEE}, arrestee_sex"),
    Fact("arrestee: race", "arrestee", f"{ARRESTEE}, arrestee_race"),
    Fact("arrestee: ethnicity", "arrestee", f"{ARRESTEE}, arrestee_ethnicity"),
    Fact("arrestee: resident status", "arrestee", f"{ARRESTEE}, arrestee_resident_status"),
    Fact("arrestee: disposition", "arrestee", f"{ARRESTEE}, disposition_under_18"),
    Fact("arrestee: armed with", "arrestee_weapon", f"{ARRESTEE}, armed_with, automatic_indicator"),
)

EXPLANATIONS = (
    Explanation("biases after the first", "offense: bias", "position > 1"),
    Explanation("suspected uses after the third", "offense: suspected using", "position > 3"),
    Explanation("criminal activities after the third", "offense: criminal activity", "position > 3"),
    Explanation("weapons after the third", "offense: weapon", "position > 3"),
    Explanation("drugs of a property without a drug description", "property: drugs", "property_description IS NULL"),
    Explanation("drugs after the third", "property: drugs", "position > 3"),
    Explanation(
        "drug quantities finer than thousandths: rounded",
        "property: drugs",
        "drug_quantity <> round(drug_quantity, 3)",
        "drug_quantity = round(drug_quantity, 3)",
    ),
    Explanation("victim's race AP, of two letters: blank", "victim: race", "victim_race = 'AP'", "victim_race = NULL"),
    Explanation(
        "other ORI of an agency that the bundle does not list: blank",
        "victim: officer's other ORI",
        "is_unlisted_agency",
        "officer_ori_other = NULL",
    ),
    Explanation("offenses of a victim after the tenth", "victim: offenses", "position > 10"),
    Explanation("circumstances after the second", "victim: circumstances", "position > 2"),
    Explanation("injuries after the fifth", "victim: injuries", "position > 5"),
    Explanation("relationships after the tenth", "victim: relationships", "position > 10"),
    Explanation(
        "offender's race AP, of two letters: blank", "offender: race", "offender_race = 'AP'", "offender_race = NULL"
    ),
    Explanation(
        "arrestee's race AP, of two letters: blank", "arrestee: race", "arrestee_race = 'AP'", "arrestee_race = NULL"
    ),
    Explanation("arms of an arrestee after the second", "arrestee: armed with", "position > 2"),
)


def load_bundle(con: duckdb.DuckDBPyConnection, bundle: Path) -> None:
    """Loads a bundle's CSV files, of either format, as text tables of the schema `bundle`."""
    con.execute("CREATE SCHEMA bundle")
    with zipfile.ZipFile(bundle) as archive, tempfile.TemporaryDirectory() as folder:
        for member in archive.namelist():
            table = "agencies" if member == "cde_agencies.csv" else Path(member).stem.lower()
            file = Path(folder) / f"{table}.csv"
            file.write_text(archive.read(member).decode("latin-1"), encoding="utf-8")
            _load_csv(con, f"bundle.{table}", file)
    con.execute(MACROS)
    con.execute(BUNDLE_VIEWS)


def _load_csv(con: duckdb.DuckDBPyConnection, table: str, file: Path, *, quoted_is_null: bool = True) -> None:
    con.execute(
        f"CREATE TABLE {table} AS FROM read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"', "
        "escape = '\"', allow_quoted_nulls = ?)",
        [str(file), quoted_is_null],
    )


def bundle_scope(con: duckdb.DuckDBPyConnection) -> Scope:
    """Finds the year and the state of the loaded bundle."""
    found = con.execute(
        "SELECT DISTINCT data_year::INT, left(ori, 2) FROM bundle.nibrs_month JOIN bundle.agency USING (agency_id)"
    ).fetchall()
    if len(found) != 1:
        raise TruthUnusableError(f"a bundle is of one year and state, not {found}")
    return Scope(*found[0])


def copy_warehouse(
    con: duckdb.DuckDBPyConnection,
    warehouse_url: str,
    scope: Scope,
    tables: Sequence[str] = ("incident", *CHILD_TABLES),
) -> None:
    """Copies the scope's rows of the Postgres tables into the DuckDB schema `nibrs`, as text."""
    con.execute("CREATE SCHEMA nibrs")
    with psycopg.connect(warehouse_url) as warehouse, tempfile.TemporaryDirectory() as folder:
        for table in tables:
            file = Path(folder) / f"{table}.csv"
            statement = f"COPY ({scope.select(table)}) TO STDOUT (FORMAT csv, HEADER)"
            with file.open("wb") as out, warehouse.cursor().copy(statement.encode()) as rows:
                out.writelines(bytes(chunk) for chunk in rows)
            _load_csv(con, f"nibrs.{table}", file, quoted_is_null=False)


def compare(con: duckdb.DuckDBPyConnection, bundle: str) -> Report:
    """Compares the schemas `bundle` and `nibrs` (the scope's rows of the warehouse) of a DuckDB connection."""
    report = Report(bundle)
    _key_by_incident(con)
    con.execute("CREATE SCHEMA truth; CREATE SCHEMA warehouse")
    for relation in RELATIONS:
        con.execute(f"CREATE TABLE truth.{relation.name} AS {relation.truth}")
        con.execute(f"CREATE TABLE warehouse.{relation.name} AS {relation.warehouse}")
        _check_complete(con, relation)
    for explanation in EXPLANATIONS:
        _explain(con, explanation, report)
    for fact in FACTS:
        report.rows_compared[fact.name] = _rows_compared(con, fact)
        report.differences.extend(_differences(con, fact))
    return report


def _key_by_incident(con: duckdb.DuckDBPyConnection) -> None:
    """Takes the ORI and the incident number of every row from its incident, so that a row of none has neither."""
    con.execute("CREATE SCHEMA keyed; CREATE VIEW keyed.incident AS FROM nibrs.incident")
    for table in CHILD_TABLES:
        con.execute(
            f"""
            CREATE VIEW keyed.{table} AS
            SELECT parent.ori, parent.incident_number, child.* EXCLUDE (ori, incident_number)
            FROM nibrs.{table} child
            LEFT JOIN nibrs.incident parent
            ON (child.data_year, child.incident_id, child.ori, child.incident_number)
             = (parent.data_year, parent.incident_id, parent.ori, parent.incident_number)
            """
        )


def _check_complete(con: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    expected, found = _count(con, relation.source), _count(con, f"FROM truth.{relation.name}")
    if expected != found:
        raise TruthUnusableError(f"{relation.name}: the bundle has {expected} rows, the comparison selects {found}")


def _explain(con: duckdb.DuckDBPyConnection, explanation: Explanation, report: Report) -> None:
    """Counts the truth rows of an explanation and takes them to what the master file can hold."""
    relation = next(fact.relation for fact in FACTS if fact.name == explanation.fact)
    table, where = f"truth.{relation}", explanation.where
    if count := _count(con, f"FROM {table} WHERE {where}"):
        report.explained[explanation.name] = count
    if explanation.rewrite:
        con.execute(f"UPDATE {table} SET {explanation.rewrite} WHERE {where}")
    else:
        con.execute(f"DELETE FROM {table} WHERE {where}")


def _rows_compared(con: duckdb.DuckDBPyConnection, fact: Fact) -> int:
    rows = _count(con, f"FROM truth.{fact.relation}")
    source = next(relation.source for relation in RELATIONS if relation.name == fact.relation)
    if not rows and _count(con, source):
        raise TruthUnusableError(f"{fact.name}: nothing is left to compare")
    return rows


def _differences(con: duckdb.DuckDBPyConnection, fact: Fact) -> Iterator[Difference]:
    yield from differences(
        con,
        fact.name,
        f"SELECT {fact.columns} FROM truth.{fact.relation}",
        f"SELECT {fact.columns} FROM warehouse.{fact.relation}",
    )


def differences(con: duckdb.DuckDBPyConnection, name: str, truth: str, warehouse: str) -> Iterator[Difference]:
    """What one of two queries returns and the other does not, as multisets of rows."""
    sides: tuple[tuple[Side, str], ...] = (
        ("missing in warehouse", f"{truth} EXCEPT ALL {warehouse}"),
        ("not in truth", f"{warehouse} EXCEPT ALL {truth}"),
    )
    for side, query in sides:
        if count := _count(con, f"FROM ({query})"):
            yield Difference(name, side, count, _examples(con, query))


def _examples(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Row, ...]:
    found = con.execute(f"SELECT columns(*)::VARCHAR FROM ({query}) ORDER BY ALL LIMIT {EXAMPLES}")
    names = [column[0] for column in found.description or ()]
    return tuple(dict(zip(names, row, strict=True)) for row in found.fetchall())


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(con.execute(f"SELECT count(*) {relation}").fetchall()[0][0])


def compare_bundle(bundle: Path, warehouse_url: str) -> Report:
    """Compares a truth bundle with the warehouse's rows of the same year and state."""
    with duckdb.connect() as con:
        load_bundle(con, bundle)
        copy_warehouse(con, warehouse_url, bundle_scope(con))
        return compare(con, bundle.stem)


def render(report: Report) -> str:
    """Renders a report as a table of the facts, then what is explained and examples of the differences."""
    different = Counter[str]()
    for difference in report.differences:
        different[difference.name] += difference.count
    explained = Counter[str]()
    for explanation in EXPLANATIONS:
        explained[explanation.fact] += report.explained.get(explanation.name, 0)
    lines = [report.bundle, f"  {'fact':<33}{'rows':>10}{'differences':>13}{'explained':>11}"]
    for name, rows in report.rows_compared.items():
        lines.append(f"  {name:<33}{rows:>10,}{different[name]:>13,}{explained[name]:>11,}")
    lines += [f"  explained: {name}: {count:,}" for name, count in report.explained.items()]
    for difference in report.differences:
        lines.append(f"  {difference.name}: {difference.count:,} {difference.side}")
        lines += [f"    {row}" for row in difference.examples]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares each bundle with the warehouse and prints a table of each; 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m nibrs_assets_tests.support.truth", description=__doc__)
    parser.add_argument("url", help="the warehouse, a Postgres URL")
    parser.add_argument("bundle", type=Path, nargs="+", help="a zip of the FBI's relational tables")
    options = parser.parse_args(arguments)
    different = False
    for bundle in options.bundle:
        report = compare_bundle(bundle, options.url)
        sys.stdout.write(f"{render(report)}\n\n")
        different |= bool(report.differences)
    return int(different)


if __name__ == "__main__":
    sys.exit(main())
