/*
description: One row per victim of an incident (segment 04).
key: [data_year, incident_id, victim_sequence_number]
references: {incident: [data_year, incident_id]}
columns:
  victim_age_years: {description: "Age of the victim in whole years: NN, NB, BB are 0, 99 stands for over 98, NULL = unknown or not a person", from: [victim.victim_age]}
*/
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_number,
    victim.victim_sequence_number,
    victim.victim_type,
    victim.victim_age,
    age_years(victim.victim_age) AS victim_age_years,
    victim.victim_sex,
    victim.victim_race,
    victim.victim_ethnicity,
    victim.victim_resident_status,
    victim.justifiable_homicide_circumstance,
    victim.officer_activity,
    victim.officer_assignment,
    victim.officer_ori_other,
    victim.line_number
FROM typed.victim AS victim
JOIN harmonized.incident AS incident
    ON incident.record_ori = victim.ori AND incident.incident_number = victim.incident_number
WHERE victim.victim_sequence_number IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY incident.incident_id, victim.victim_sequence_number ORDER BY victim.line_number) = 1
ORDER BY victim.line_number
