/*
description: One row per person arrested for an incident (segment 06).
key: [data_year, incident_id, arrestee_sequence_number]
references: {incident: [data_year, incident_id]}
columns:
  arrestee_age_years: {description: "Age of the arrestee in whole years: NN, NB, BB are 0, 99 stands for over 98
    (through 1992 it is unknown), NULL = unknown"}
  arrestee_race_group: {description: "Race as a group that can be compared over the years: A_P is Asian or Pacific
    Islander, which are one code through 2012"}
  arrest_transaction_number: {description: "Number of the arrest: a hash of the agency's own number (DE 41), which
    NIBRS_INCIDENT_NUMBERS=plain keeps"}
*/
SELECT
    data_year,
    incident_id,
    ori,
    incident_number,
    arrestee_sequence_number,
    private_number(ori, arrest_transaction_number) AS arrest_transaction_number,
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
    line_number
FROM with_incident.arrestee
WHERE arrestee_sequence_number IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY incident_id, arrestee_sequence_number ORDER BY line_number) = 1
ORDER BY line_number
