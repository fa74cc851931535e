/*
description: One row per aggravated assault or homicide circumstance of a victim.
key: [data_year, incident_id, victim_sequence_number, circumstance_number]
references: {victim: [data_year, incident_id, victim_sequence_number]}
columns:
  circumstance_number: {description: "Place of the circumstance in the record, 1 or 2"}
*/
SELECT
    victim.data_year,
    victim.incident_id,
    victim.ori,
    victim.incident_number,
    victim.victim_sequence_number,
    repetition.circumstance_number,
    repetition.circumstance
FROM harmonized.victim AS victim
JOIN repeated.victim_circumstance AS repetition USING (line_number)
ORDER BY victim.line_number, repetition.circumstance_number
