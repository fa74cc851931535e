"""Counts offenses, clearances and arrests from the FBI's own relational tables and compares the marts with them, both ways.

Written from the texts of the rules and not from the marts: an incident is one row here, with what it holds of each class of crime,
and the Summary system's class is the first of these that it holds. Knows the FBI's bundles, the marts' names and nothing else.

    python -m nibrs_assets_tests.support.counting postgresql://… cde-LA-2014.zip cde-MN-2018.zip
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nibrs_assets_tests.support.truth import (
    Report,
    TruthUnusableError,
    bundle_scope,
    copy_warehouse,
    differences,
    load_bundle,
    render,
)

PERSONS = "('09A','09B','100','11A','11B','11C','11D','13A','13B','13C','36A','36B','64A','64B')"
VEHICLES = "('03','05','24','28','37')"
REVISED_RAPE_SINCE = 2013

INCIDENTS = f"""
CREATE SCHEMA truth;

CREATE TABLE truth.incident AS
SELECT incident_id, ori, day(incident_date) AS happened,
       CASE WHEN cleared_except_code IN ('A', 'B', 'C', 'D', 'E') THEN day(cleared_except_date) END AS excepted
FROM bundle.nibrs_incident
JOIN bundle.agency USING (agency_id)
LEFT JOIN bundle.nibrs_cleared_except USING (cleared_except_id);

CREATE TABLE truth.offense AS
SELECT offense_id, incident_id, offense_code AS code, attempt_complete_flag AS flag, location_code AS place,
       num_premises_entered::INT AS premises, method_entry_code AS entry
FROM bundle.nibrs_offense
JOIN bundle.nibrs_offense_type USING (offense_type_id)
LEFT JOIN bundle.nibrs_location_type USING (location_id);

CREATE TABLE truth.harmed AS
SELECT victim_id, offense_id, sex_code AS sex
FROM bundle.nibrs_victim_offense JOIN bundle.nibrs_victim USING (victim_id);

CREATE TABLE truth.armed AS
SELECT offense_id,
       bool_or(weapon_code LIKE '1%') AS gun,
       bool_or(weapon_code = '20') AS knife,
       bool_or(left(weapon_code, 2) NOT IN ('11','12','13','14','15','20','40','95','99')) AS other,
       bool_or(weapon_code IN ('40', '99')) AS hands,
       bool_or(weapon_code = '95') AS unknown,
       bool_or(weapon_code IN ('40', '90', '95', '99')) AS of_simple_assault
FROM bundle.nibrs_weapon JOIN bundle.nibrs_weapon_type USING (weapon_id)
GROUP BY offense_id;

CREATE TABLE truth.person AS
SELECT incident_id, day(arrest_date) AS arrested, multiple_indicator AS multiple, offense_code AS code,
       CASE WHEN age_code = 'AG' THEN age_num::INT END AS age
FROM bundle.nibrs_arrestee
JOIN bundle.nibrs_offense_type USING (offense_type_id)
LEFT JOIN bundle.nibrs_age USING (age_id);

CREATE TABLE truth.suspect AS
SELECT incident_id, CASE WHEN age_code = 'AG' THEN age_num::INT END AS age
FROM bundle.nibrs_offender
LEFT JOIN bundle.nibrs_age USING (age_id)
WHERE offender_seq_num::INT > 0;

CREATE TABLE truth.item AS
SELECT incident_id, property_id, prop_loss_id AS loss, prop_desc_code AS description, property_value::BIGINT AS value,
       day(date_recovered) AS recovered, stolen_count::INT AS stolen
FROM bundle.nibrs_property
JOIN bundle.nibrs_property_desc USING (property_id)
JOIN bundle.nibrs_prop_desc_type USING (prop_desc_id);

-- The FBI's tables hold the number of stolen vehicles once for the loss, whatever was described.
CREATE TABLE truth.vehicle AS
SELECT incident_id,
       max(stolen) AS told,
       count(*) FILTER (WHERE description = '03') AS autos,
       count(*) FILTER (WHERE description IN ('05', '28', '37')) AS trucks,
       count(*) FILTER (WHERE description = '24') AS others,
       greatest(1, coalesce(told, 0), autos + trucks + others) AS vehicles
FROM truth.item WHERE loss = '7' AND description IN {VEHICLES}
GROUP BY incident_id;

CREATE TABLE truth.cleared AS
SELECT incident_id, ori, coalesce(first_arrest, excepted) AS cleared_on, first_arrest IS NOT NULL AS by_arrest,
       CASE WHEN first_arrest IS NOT NULL THEN young_arrested > 0 AND old_arrested = 0
            ELSE coalesce(suspects > 0 AND young_suspects = suspects, false) END AS young
FROM truth.incident
LEFT JOIN (
    SELECT incident_id, min(arrested) AS first_arrest,
           count(*) FILTER (WHERE age < 18) AS young_arrested, count(*) FILTER (WHERE age >= 18) AS old_arrested
    FROM truth.person GROUP BY incident_id
) USING (incident_id)
LEFT JOIN (
    SELECT incident_id, count(*) AS suspects, count(*) FILTER (WHERE age BETWEEN 1 AND 17) AS young_suspects
    FROM truth.suspect GROUP BY incident_id
) USING (incident_id)
WHERE first_arrest IS NOT NULL OR excepted IS NOT NULL;
"""

NIBRS_COUNTS = f"""
CREATE TABLE truth.counted AS
SELECT incident_id, code, flag, coalesce(harmed.victims, 0) AS victims,
       CASE WHEN code = '09C' THEN 0
            WHEN code IN {PERSONS} THEN coalesce(harmed.victims, 0)
            WHEN code = '240' THEN coalesce(vehicles, 1)
            ELSE 1 END AS offenses
FROM truth.offense
LEFT JOIN (SELECT offense_id, count(*) AS victims FROM truth.harmed GROUP BY offense_id) AS harmed USING (offense_id)
LEFT JOIN truth.vehicle USING (incident_id)
WHERE flag IN ('A', 'C');
"""

SUMMARY_COUNTS = """
CREATE TABLE truth.holds AS
SELECT incident_id,
       count(DISTINCT victim_id) FILTER (WHERE code = '09A') AS murdered,
       count(DISTINCT victim_id) FILTER (WHERE code = '09B') AS slain,
       count(DISTINCT victim_id) FILTER (WHERE code IN ('11A', '11B', '11C') AND sex IN ('F', 'M')) AS raped,
       count(DISTINCT victim_id) FILTER (WHERE code IN ('11A', '11B', '11C') AND sex IN ('F', 'M') AND flag = 'C') AS raped_c,
       count(DISTINCT victim_id) FILTER (WHERE code = '11A' AND sex = 'F') AS raped_legacy,
       count(DISTINCT victim_id) FILTER (WHERE code = '11A' AND sex = 'F' AND flag = 'C') AS raped_legacy_c,
       count(DISTINCT offense_id) FILTER (WHERE code = '120') AS robberies,
       count(DISTINCT victim_id) FILTER (WHERE code = '13A') AS assaulted,
       count(DISTINCT offense_id) FILTER (WHERE code = '220') AS burglaries,
       count(DISTINCT offense_id) FILTER (WHERE code = '240') AS vehicle_thefts,
       count(DISTINCT offense_id) FILTER (WHERE code LIKE '23_') AS larcenies,
       count(DISTINCT victim_id) FILTER (WHERE code IN ('13B', '13C') AND coalesce(of_simple_assault, true)) AS simply,
       count(DISTINCT offense_id) FILTER (WHERE code = '200') AS arsons,
       count(DISTINCT victim_id) FILTER (WHERE code = '64A') AS trafficked_sex,
       count(DISTINCT victim_id) FILTER (WHERE code = '64B') AS trafficked_labor
FROM truth.offense
LEFT JOIN truth.harmed USING (offense_id)
LEFT JOIN truth.armed USING (offense_id)
WHERE flag IN ('A', 'C')
GROUP BY incident_id;

CREATE TABLE truth.ranked AS
SELECT *,
       if({year} >= {revised_since}, raped, raped_legacy) AS rapes,
       if({year} >= {revised_since}, raped_c, raped_legacy_c) AS rapes_c,
       CASE WHEN murdered > 0 THEN '1a' WHEN slain > 0 THEN '1b' WHEN rapes > 0 THEN '2' WHEN robberies > 0 THEN '3'
            WHEN assaulted > 0 THEN '4' WHEN burglaries > 0 THEN '5' WHEN vehicle_thefts > 0 THEN '7'
            WHEN larcenies > 0 THEN '6' WHEN simply > 0 THEN '4e' END AS line
FROM truth.holds;

CREATE TABLE truth.weapon_line AS
SELECT incident_id, code,
       CASE WHEN gun THEN 'gun' WHEN knife THEN 'knife' WHEN other THEN 'other_weapon'
            WHEN hands THEN if(code = '120', 'strong_arm', 'hands_feet') WHEN unknown THEN 'other_weapon' END AS weapon
FROM truth.offense LEFT JOIN truth.armed USING (offense_id)
WHERE code IN ('120', '13A') AND flag IN ('A', 'C');

CREATE TABLE truth.part AS
SELECT incident_id, 'murder' AS offense, murdered AS actual FROM truth.ranked WHERE line = '1a'
UNION ALL SELECT incident_id, 'manslaughter', slain FROM truth.ranked WHERE line = '1b'
UNION ALL SELECT incident_id, 'rape_by_force', rapes_c FROM truth.ranked WHERE line = '2'
UNION ALL SELECT incident_id, 'rape_attempted', rapes - rapes_c FROM truth.ranked WHERE line = '2'
UNION ALL SELECT incident_id, coalesce('robbery_' || weapon, 'robbery_total'), robberies
    FROM truth.ranked JOIN truth.weapon_line USING (incident_id) WHERE line = '3' AND code = '120'
UNION ALL SELECT incident_id, coalesce('assault_' || weapon, 'aggravated_assault'), assaulted
    FROM truth.ranked JOIN truth.weapon_line USING (incident_id) WHERE line = '4' AND code = '13A'
UNION ALL SELECT incident_id, 'assault_simple', simply FROM truth.ranked WHERE line = '4e'
UNION ALL SELECT incident_id,
        CASE WHEN flag = 'A' THEN 'burglary_attempted' WHEN entry = 'F' THEN 'burglary_forcible_entry'
             WHEN entry = 'N' THEN 'burglary_no_force' ELSE 'burglary_total' END,
        if(place = '19' AND premises > 0, premises, 1)
    FROM truth.ranked JOIN truth.offense USING (incident_id) WHERE line = '5' AND code = '220'
UNION ALL SELECT incident_id, 'larceny_total', 1 FROM truth.ranked WHERE line = '6'
UNION ALL SELECT incident_id, 'mvt_auto', CASE WHEN vehicles IS NULL THEN 1 WHEN autos > 0 THEN vehicles - trucks - others END
    FROM truth.ranked LEFT JOIN truth.vehicle USING (incident_id) WHERE line = '7'
UNION ALL SELECT incident_id, 'mvt_truck_bus', CASE WHEN autos > 0 THEN trucks WHEN trucks > 0 THEN vehicles - others END
    FROM truth.ranked JOIN truth.vehicle USING (incident_id) WHERE line = '7'
UNION ALL SELECT incident_id, 'mvt_other', if(autos + trucks > 0, others, vehicles)
    FROM truth.ranked JOIN truth.vehicle USING (incident_id) WHERE line = '7'
UNION ALL SELECT incident_id, 'arson', arsons FROM truth.ranked
UNION ALL SELECT incident_id, 'human_trafficking_sex', trafficked_sex FROM truth.ranked
UNION ALL SELECT incident_id, 'human_trafficking_servitude', trafficked_labor FROM truth.ranked
UNION ALL SELECT incident_id, 'rape_revised', raped FROM truth.ranked WHERE murdered + slain = 0
UNION ALL SELECT incident_id, 'rape_legacy', raped_legacy FROM truth.ranked WHERE murdered + slain = 0;

CREATE TABLE truth.held_by AS
SELECT offense AS part, offense FROM (SELECT DISTINCT offense FROM truth.part)
UNION SELECT unnest(['rape_by_force', 'rape_attempted']), 'rape_total'
UNION SELECT unnest(['robbery_gun', 'robbery_knife', 'robbery_other_weapon', 'robbery_strong_arm']), 'robbery_total'
UNION SELECT unnest(['assault_gun', 'assault_knife', 'assault_other_weapon', 'assault_hands_feet']), 'aggravated_assault'
UNION SELECT unnest(['assault_gun', 'assault_knife', 'assault_other_weapon', 'assault_hands_feet', 'aggravated_assault',
                     'assault_simple']), 'assault_total'
UNION SELECT unnest(['burglary_forcible_entry', 'burglary_no_force', 'burglary_attempted']), 'burglary_total'
UNION SELECT unnest(['mvt_auto', 'mvt_truck_bus', 'mvt_other']), 'mvt_total'
UNION SELECT DISTINCT offense, 'grand_total' FROM truth.part
    WHERE offense NOT IN ('arson', 'human_trafficking_sex', 'human_trafficking_servitude', 'rape_revised', 'rape_legacy');

CREATE TABLE truth.summary AS
SELECT incident_id, held_by.offense, actual
FROM truth.part JOIN truth.held_by ON part = part.offense
WHERE actual > 0;
"""


@dataclass(frozen=True)
class Measure:
    """Counts selected from the FBI's tables, and the same columns of a mart: those that are text, and numbers."""

    name: str
    truth: str
    mart: str
    text: str
    numbers: str
    where: str = "true"

    @property
    def columns(self) -> str:
        return ", ".join([*self.text.split(), *(f"{name}::BIGINT AS {name}" for name in self.numbers.split())])

    @property
    def marts_query(self) -> str:
        return f"SELECT {self.columns} FROM nibrs.{self.mart} WHERE {self.where}"

    @property
    def truth_query(self) -> str:
        return f"SELECT {self.columns} FROM ({self.truth})"


MEASURES = (
    Measure(
        "offenses by NIBRS",
        """
        SELECT ori, year(happened) AS year, month(happened) AS month, code AS ucr_offense_code, sum(offenses) AS offenses,
               coalesce(sum(offenses) FILTER (WHERE flag = 'A'), 0) AS attempted,
               coalesce(sum(offenses) FILTER (WHERE incident_id IN (SELECT incident_id FROM truth.cleared)), 0)
                   AS cleared_so_far,
               count(DISTINCT incident_id) AS incidents, sum(victims) AS victims
        FROM truth.counted JOIN truth.incident USING (incident_id) GROUP BY ALL
        """,
        "agency_offense_month",
        "ori ucr_offense_code",
        "year month offenses attempted cleared_so_far incidents victims",
    ),
    Measure(
        "offenses as Summary",
        """
        SELECT ori, month(happened) AS month, offense, sum(actual) AS actual,
               coalesce(sum(actual) FILTER (WHERE incident_id IN (SELECT incident_id FROM truth.cleared)), 0)
                   AS cleared_so_far
        FROM truth.summary JOIN truth.incident USING (incident_id) GROUP BY ALL
        """,
        "agency_offense_month_srs",
        "ori offense",
        "month actual cleared_so_far",
        "actual::BIGINT <> 0",
    ),
    Measure(
        "months with records",
        "SELECT DISTINCT ori, month(happened) AS month, 't' AS is_reported, 't' AS has_records FROM truth.incident",
        "agency_offense_month_srs",
        "ori is_reported has_records",
        "month",
        "offense = 'murder' AND has_records = 't' AND actual IS NOT NULL",
    ),
    Measure(
        "clearances by NIBRS",
        """
        SELECT ori, year(cleared_on) AS year, month(cleared_on) AS month, code AS ucr_offense_code, sum(offenses) AS cleared,
               coalesce(sum(offenses) FILTER (WHERE by_arrest), 0) AS cleared_by_arrest,
               coalesce(sum(offenses) FILTER (WHERE young), 0) AS cleared_under_18, count(DISTINCT incident_id) AS incidents
        FROM truth.counted JOIN truth.cleared USING (incident_id) WHERE code <> '09C' GROUP BY ALL
        """,
        "agency_clearance_month",
        "ori ucr_offense_code",
        "year month cleared cleared_by_arrest cleared_under_18 incidents",
    ),
    Measure(
        "clearances as Summary",
        """
        SELECT ori, year(cleared_on) AS year, month(cleared_on) AS month, offense, sum(actual) AS cleared,
               coalesce(sum(actual) FILTER (WHERE by_arrest), 0) AS cleared_by_arrest,
               coalesce(sum(actual) FILTER (WHERE young), 0) AS cleared_under_18
        FROM truth.summary JOIN truth.cleared USING (incident_id) GROUP BY ALL
        """,
        "agency_clearance_month_srs",
        "ori offense",
        "year month cleared cleared_by_arrest cleared_under_18",
    ),
    Measure(
        "arrests",
        """
        SELECT ori, year(arrested) AS year, month(arrested) AS month, code AS arrest_offense_code, count(*) AS arrests,
               count(*) FILTER (WHERE age < 18) AS arrests_under_18,
               count(*) FILTER (WHERE multiple <> 'M') AS persons_arrested,
               count(*) FILTER (WHERE multiple <> 'M' AND age < 18) AS persons_arrested_under_18,
               count(*) FILTER (WHERE multiple <> 'M' AND age IS NULL) AS persons_arrested_age_unknown
        FROM truth.person JOIN truth.incident USING (incident_id) GROUP BY ALL
        """,
        "agency_arrest_month",
        "ori arrest_offense_code",
        "year month arrests arrests_under_18 persons_arrested persons_arrested_under_18 persons_arrested_age_unknown",
    ),
    Measure(
        "property",
        """
        SELECT ori, year(moved) AS year, month(moved) AS month, description AS property_description,
               count(*) FILTER (WHERE loss = '7') AS stolen_records,
               if(stolen_records = 0, 0, sum(value) FILTER (WHERE loss = '7' AND value <> 1)) AS stolen_value,
               count(*) FILTER (WHERE loss = '5') AS recovered_records,
               if(recovered_records = 0, 0, sum(value) FILTER (WHERE loss = '5' AND value <> 1)) AS recovered_value
        FROM (
            SELECT ori, if(loss = '7', happened, recovered) AS moved, description, loss, value
            FROM truth.item JOIN truth.incident USING (incident_id) WHERE loss IN ('5', '7')
        ) GROUP BY ALL
        """,
        "agency_property_month",
        "ori property_description",
        "year month stolen_records stolen_value recovered_records recovered_value",
    ),
)

SAME_NUMBER_OF_ROWS = {
    "truth.incident": "bundle.nibrs_incident",
    "truth.offense": "bundle.nibrs_offense",
    "truth.harmed": "bundle.nibrs_victim_offense",
    "truth.person": "bundle.nibrs_arrestee",
    "truth.item": "bundle.nibrs_property_desc",
}


def count_bundle(con: duckdb.DuckDBPyConnection, year: int) -> None:
    """Counts the loaded bundle into the schema `truth`; raises `TruthUnusableError` when rows of it are lost on the way."""
    con.execute(INCIDENTS)
    con.execute(NIBRS_COUNTS)
    con.execute(SUMMARY_COUNTS.replace("{year}", str(year)).replace("{revised_since}", str(REVISED_RAPE_SINCE)))
    for selected, source in SAME_NUMBER_OF_ROWS.items():
        found, expected = (con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in (selected, source))
        if found != expected:
            raise TruthUnusableError(f"{selected}: the bundle has {expected} rows, the counts are of {found}")


def compare_counts(bundle: Path, warehouse_url: str) -> Report:
    """Compares every cell of the marts of a bundle's year and state with the same count of the FBI's tables, both ways."""
    report = Report(bundle.stem)
    with duckdb.connect() as con:
        load_bundle(con, bundle)
        scope = bundle_scope(con)
        count_bundle(con, scope.data_year)
        copy_warehouse(con, warehouse_url, scope, sorted({measure.mart for measure in MEASURES}))
        for measure in MEASURES:
            truth, mart = measure.truth_query, measure.marts_query
            cells = con.execute(f"SELECT count(*) FROM ({truth})").fetchall()[0][0]
            if not cells:
                raise TruthUnusableError(f"{measure.name}: there is nothing to compare")
            report.rows_compared[measure.name] = cells
            report.differences.extend(differences(con, measure.name, truth, mart))
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares each bundle with the marts and prints a table of each; 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m nibrs_assets_tests.support.counting", description=__doc__)
    parser.add_argument("url", help="the warehouse, a Postgres URL")
    parser.add_argument("bundle", type=Path, nargs="+", help="a zip of the FBI's relational tables")
    options = parser.parse_args(arguments)
    different = False
    for bundle in options.bundle:
        report = compare_counts(bundle, options.url)
        sys.stdout.write(f"{render(report)}\n\n")
        different |= bool(report.differences)
    return int(different)


if __name__ == "__main__":
    sys.exit(main())
