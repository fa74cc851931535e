/*
description: >
  One row per agency, month of the clearance and offense, counted by the rules of NIBRS as in agency_offense_month. A
  clearance is dated by the earliest arrest or the exceptional clearance, not by the incident: it may fall in years
  after the data year, and clearances of a year's incidents by another year's arrests stand in the file of the
  incidents. So cleared over offenses of the same months is no cohort rate and can exceed 1; cleared_so_far in
  agency_offense_month is that of a cohort. There is a row only where something was cleared. Clearances without a date
  are not here (check dates_are_of_the_year); window records are of no incident and not here.
key: [data_year, ori, year, month, ucr_offense_code]
references: {agency: [data_year, ori]}
columns:
  year: {description: "Year of the clearance, which may be after the data year", overrides: true}
  month: {description: "Month of the clearance, 1 to 12", overrides: true}
  ucr_offense_code: {description: "UCR offense code (DE 6), Group A: every offense of a cleared incident is cleared,
    whatever the arrest was for", overrides: true}
  incidents: {description: "Cleared incidents that hold the offense", overrides: true}
*/
SELECT
    counted.data_year,
    counted.ori,
    counted.clearance_year AS year,
    counted.clearance_month AS month,
    counted.ucr_offense_code,
    sum(counted.offenses)::INTEGER AS cleared,
    coalesce(sum(counted.offenses) FILTER (WHERE counted.cleared_by = 'arrest'), 0)::INTEGER AS cleared_by_arrest,
    coalesce(sum(counted.offenses) FILTER (WHERE counted.is_under_18), 0)::INTEGER AS cleared_under_18,
    sum(counted.incidents)::INTEGER AS incidents
FROM shared.offense_by_clearance AS counted
WHERE counted.clearance_year IS NOT NULL AND counted.crime_against IS DISTINCT FROM 'Not a Crime'
GROUP BY ALL
ORDER BY counted.ori, counted.clearance_year, counted.clearance_month, counted.ucr_offense_code
