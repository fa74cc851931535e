/*
description: >
  Twelve rows per agency and offense, one a month of the data year: NIBRS converted to the counts of the Summary system,
  with the names of return_a_offense_month, to which it can be joined by the first seven characters of the ORI. Of an
  incident only the highest offense counts (hierarchy rule). A count is NULL where the agency's header does not say that
  it reported the month, and 0 where it reported none; where a zero is that of a zero report alone, has_records is
  false. Incidents dated outside the data year are in agency_offense_month only. Never add up offenses of which one is
  part of the other: take those whose part_of is the same.
key: [data_year, ori, month, offense]
references: {agency_month: [data_year, ori, month]}
columns:
  month: {description: "Month of the incident, 1 to 12", overrides: true}
  offense: {description: "Offense or part of one (layouts/codes/summary_offense.csv). rape_total is by the revised
    definition from 2013 on and by the legacy one before; rape_revised and rape_legacy are there for every year"}
  part_of: {codes: summary_offense}
  index_crime: {description: "violent or property: of which sum of index crimes the offense is; NULL for all other and
    for parts", overrides: true}
  is_reported: {description: "Whether the agency reported the month: its header says so by a zero report or by records,
    or there are incidents of the month", overrides: true}
  has_records: {description: "Whether the agency submitted records for the month, not a zero report only"}
  actual: {description: "Offenses by the Summary system's rules, attempts included"}
*/
WITH counted AS (
    SELECT
        srs.ori,
        srs.month,
        sum_of.offense,
        sum(srs.offenses) AS actual,
        sum(srs.offenses) FILTER (WHERE srs.cleared_by IS NOT NULL) AS cleared_so_far
    FROM shared.srs_offense_by_clearance AS srs
    JOIN shared.srs_sum AS sum_of ON sum_of.part = srs.offense
    WHERE srs.year = data_year()
    GROUP BY ALL
),
with_incidents AS (
    SELECT DISTINCT ori, month(incident_date) AS month
    FROM harmonized.incident
    WHERE year(incident_date) = data_year()
),
agency_month AS (
    SELECT
        flag.data_year,
        flag.ori,
        flag.month,
        coalesce(flag.group_ab, false) OR with_incidents.ori IS NOT NULL AS has_records,
        has_records OR coalesce(flag.zero_report, false) AS is_reported
    FROM harmonized.agency_month AS flag
    LEFT JOIN with_incidents USING (ori, month)
)
SELECT
    agency_month.data_year,
    agency_month.ori,
    agency_month.month,
    line.offense,
    line.part_of,
    line.index_crime,
    agency_month.is_reported,
    agency_month.has_records,
    CASE WHEN agency_month.is_reported THEN coalesce(counted.actual, 0) END::INTEGER AS actual,
    CASE WHEN agency_month.is_reported THEN coalesce(counted.cleared_so_far, 0) END::INTEGER AS cleared_so_far
FROM agency_month
CROSS JOIN shared.srs_line AS line
LEFT JOIN counted USING (ori, month, offense)
ORDER BY agency_month.ori, agency_month.month, line.offense
