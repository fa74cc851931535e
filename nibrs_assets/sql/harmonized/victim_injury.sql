/*
description: One row per injury of a victim.
key: [data_year, incident_id, victim_sequence_number, injury_number]
references: {victim: [data_year, incident_id, victim_sequence_number]}
columns:
  injury_number: {description: "Place of the injury in the record, 1 to 5"}
*/
SELECT
    victim.data_year,
    victim.incident_id,
    victim.ori,
    victim.incident_number,
    victim.victim_sequence_number,
    repetition.injury_number,
    repetition.injury
FROM harmonized.victim AS victim
JOIN repeated.victim_injury AS repetition USING (line_number)
ORDER BY victim.line_number, repetition.injury_number
