/*
description: One row per person arrested for an incident that NIBRS does not hold (segment W6); not an incident.
key: [data_year, window_arrestee_id]
references: {agency: [data_year, ori]}
columns:
  window_arrestee_id: {description: "Number of the window record, unique over all years: the year, then its place in the
    master file"}
  ori: {description: "ORI of the agency that the record belongs to, 9 characters: that of the batch header before it"}
  record_ori: {description: "ORI as the record itself writes it; characters 8-9 may differ from the agency's"}
  arrestee_age_years: {description: "Age of the arrestee in whole years: 99 stands for over 98 (through 1992 it is
    unknown), NULL = unknown"}
  arrestee_race_group: {description: "Race as a group that can be compared over the years: A_P is Asian or Pacific
    Islander, which are one code through 2012"}
  incident_number: {description: "Number of the incident, unique within the agency and year: a hash of the agency's own
    number, which NIBRS_INCIDENT_NUMBERS=plain keeps"}
  arrest_transaction_number: {description: "Number of the arrest: a hash of the agency's own number (DE 41), which
    NIBRS_INCIDENT_NUMBERS=plain keeps"}
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
