/*
description: One row per person arrested for an incident (segment 06).
key: [data_year, incident_id, arrestee_sequence_number]
references: {incident: [data_year, incident_id]}
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
WHERE is_first
ORDER BY line_number
