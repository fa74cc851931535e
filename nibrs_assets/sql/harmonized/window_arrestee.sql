/*
description: One row per person arrested for an incident that NIBRS does not hold (segment W6); not an incident.
key: [data_year, window_arrestee_id]
references: {agency: [data_year, ori]}
columns:
  window_arrestee_id: {description: "Number of the window record, unique over all years: the year, then its place in the
    master file"}
*/
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS window_arrestee_id,
    agency_ori AS ori,
    ori AS record_ori,
    state_code,
    private_number(agency_ori, incident_number) AS incident_number,
    incident_date,
    arrestee_sequence_number,
    private_number(agency_ori, arrest_transaction_number) AS arrest_transaction_number,
    arrest_date,
    arrest_type,
    multiple_arrestee_indicator,
    arrest_offense_code,
    arrestee_age,
    age_years(arrestee_age) AS arrestee_age_years,
    arrestee_sex,
    arrestee_race,
    comparable_race(arrestee_race) AS arrestee_race_group,
    arrestee_ethnicity,
    arrestee_resident_status,
    disposition_under_18,
    window_clearance_flag,
    line_number
FROM with_agency.window_arrestee
WHERE agency_ori IS NOT NULL
ORDER BY line_number
