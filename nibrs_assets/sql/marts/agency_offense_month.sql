/*
description: >
  One row per agency, month of the incident and offense, counted by the rules of NIBRS: crimes against persons by
  victim, against property by offense, motor vehicle theft by vehicle, against society by offense. All offenses of an
  incident count, attempts too; unfounded ones (U, from 2025) are left out. There is a row only where something was
  counted: its absence is a zero only where the agency reported the month (agency_month). Justifiable homicide (09C) has
  rows, but is no offense: its offenses are 0. Incidents without a date are not here (check dates_are_of_the_year).
  Never add up incidents over offenses: one incident may hold several.
key: [data_year, ori, year, month, ucr_offense_code]
references: {agency: [data_year, ori]}
columns:
  year: {description: "Year of the incident, or of its report where incident_date is that (R)"}
  month: {description: "Month of the incident, 1 to 12, or of its report where incident_date is that (R)",
    overrides: true}
  crime_against: {description: "Person, Property or Society, which decides how it is counted; NULL for a code that
    codes/offense.csv does not know", overrides: true}
  offenses: {description: "Offenses: victims connected to it if against persons, stolen vehicles if 240 (at least 1),
    else offense records"}
  attempted: {description: "Of these offenses, those attempted and not completed"}
  incidents: {description: "Incidents that hold the offense"}
  victims: {description: "Victims connected to the offense, of all types: persons, businesses, society"}
*/
SELECT
    counted.data_year,
    counted.ori,
    counted.year,
    counted.month,
    counted.ucr_offense_code,
    counted.crime_against,
    sum(counted.offenses)::INTEGER AS offenses,
    sum(counted.attempted)::INTEGER AS attempted,
    coalesce(sum(counted.offenses) FILTER (WHERE counted.cleared_by IS NOT NULL), 0)::INTEGER AS cleared_so_far,
    sum(counted.incidents)::INTEGER AS incidents,
    sum(counted.victims)::INTEGER AS victims
FROM shared.offense_by_clearance AS counted
GROUP BY ALL
ORDER BY counted.ori, counted.year, counted.month, counted.ucr_offense_code
