/*
description: >
  One row per agency, month of the clearance and offense of the Summary system, counted as in agency_offense_month_srs
  and dated as in agency_clearance_month. Return A counts in a year what was cleared in it, whenever it happened: the
  like of it from NIBRS is the sum over the files of that year and those before. There is a row only where something was
  cleared.
key: [data_year, ori, year, month, offense]
references: {agency: [data_year, ori]}
columns:
  year: {description: "Year of the clearance, which may be after the data year", overrides: true}
  month: {description: "Month of the clearance, 1 to 12", overrides: true}
  offense: {description: "Offense or part of one, as in agency_offense_month_srs", codes: summary_offense,
    overrides: true}
  part_of: {codes: summary_offense}
*/
SELECT
    data_year() AS data_year,
    srs.ori,
    srs.clearance_year AS year,
    srs.clearance_month AS month,
    line.offense,
    line.part_of,
    sum(srs.offenses)::INTEGER AS cleared,
    coalesce(sum(srs.offenses) FILTER (WHERE srs.cleared_by = 'arrest'), 0)::INTEGER AS cleared_by_arrest,
    coalesce(sum(srs.offenses) FILTER (WHERE srs.is_under_18), 0)::INTEGER AS cleared_under_18
FROM shared.srs_offense_by_clearance AS srs
JOIN shared.srs_sum AS sum_of ON sum_of.part = srs.offense
JOIN shared.srs_line AS line ON line.offense = sum_of.offense
WHERE srs.clearance_year IS NOT NULL
GROUP BY ALL
ORDER BY srs.ori, srs.clearance_year, srs.clearance_month, line.offense
