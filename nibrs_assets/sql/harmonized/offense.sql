/*
description: One row per offense of an incident (segment 02).
caveats:
  - An incident may have up to ten offenses. A crime against persons counts once for each victim of it, in victim_offense.
key: [data_year, incident_id, ucr_offense_code]
references: {incident: [data_year, incident_id]}
*/
SELECT
    data_year,
    incident_id,
    ori,
    incident_number,
    ucr_offense_code,
    attempted_completed,
    location_type,
    number_of_premises_entered,
    method_of_entry,
    bias_motivation,
    line_number
FROM incident_part.offense
WHERE ucr_offense_code IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY incident_id, ucr_offense_code ORDER BY line_number) = 1
ORDER BY line_number
