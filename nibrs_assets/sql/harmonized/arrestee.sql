/*
description: One row per person arrested for an incident (segment 06).
key: [data_year, incident_id, arrestee_sequence_number]
references: {incident: [data_year, incident_id]}
columns:
  arrestee_age_years: {description: "Age of the arrestee in whole years: NN, NB, BB are 0, 99 stands for over 98, NULL = unknown", from: [arrestee.arrestee_age]}
*/
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_number,
    arrestee.arrestee_sequence_number,
    arrestee.arrest_transaction_number,
    arrestee.arrest_date,
    arrestee.arrest_type,
    arrestee.multiple_arrestee_indicator,
    arrestee.arrest_offense_code,
    arrestee.arrestee_age,
    age_years(arrestee.arrestee_age) AS arrestee_age_years,
    arrestee.arrestee_sex,
    arrestee.arrestee_race,
    arrestee.arrestee_ethnicity,
    arrestee.arrestee_resident_status,
    arrestee.disposition_under_18,
    arrestee.line_number
FROM typed.arrestee AS arrestee
JOIN harmonized.incident AS incident
    ON incident.record_ori = arrestee.ori AND incident.incident_number = arrestee.incident_number
WHERE arrestee.arrestee_sequence_number IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY incident.incident_id, arrestee.arrestee_sequence_number ORDER BY arrestee.line_number) = 1
ORDER BY arrestee.line_number
