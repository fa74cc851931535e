/*
description: One row per offender of an incident (segment 05); sequence number 0 is a placeholder, not an offender.
key: [data_year, incident_id, offender_sequence_number]
references: {incident: [data_year, incident_id]}
columns:
  offender_age_years: {description: "Age of the offender in whole years: NN, NB, BB are 0, 99 stands for over 98, NULL = unknown", from: [offender.offender_age]}
  is_unknown_offender: {description: "Whether the row is the placeholder 00: nothing is known, not even how many offenders there were", from: [offender.offender_sequence_number]}
*/
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_number,
    offender.offender_sequence_number,
    offender.offender_age,
    age_years(offender.offender_age) AS offender_age_years,
    offender.offender_sex,
    offender.offender_race,
    offender.offender_ethnicity,
    offender.offender_sequence_number = 0 AS is_unknown_offender,
    offender.line_number
FROM typed.offender AS offender
JOIN harmonized.incident AS incident
    ON incident.record_ori = offender.ori AND incident.incident_number = offender.incident_number
WHERE offender.offender_sequence_number IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY incident.incident_id, offender.offender_sequence_number ORDER BY offender.line_number) = 1
ORDER BY offender.line_number
