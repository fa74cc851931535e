/*
description: One row per offense of an incident (segment 02).
key: [data_year, incident_id, ucr_offense_code]
references: {incident: [data_year, incident_id]}
*/
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_number,
    offense.ucr_offense_code,
    offense.attempted_completed,
    offense.location_type,
    offense.number_of_premises_entered,
    offense.method_of_entry,
    offense.bias_motivation,
    offense.line_number
FROM typed.offense AS offense
JOIN harmonized.incident AS incident
    ON incident.record_ori = offense.ori AND incident.incident_number = offense.incident_number
WHERE offense.ucr_offense_code IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY incident.incident_id, offense.ucr_offense_code ORDER BY offense.line_number) = 1
ORDER BY offense.line_number
