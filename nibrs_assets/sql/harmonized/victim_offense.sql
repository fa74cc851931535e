/*
description: One row per offense a victim is connected to.
key: [data_year, incident_id, victim_sequence_number, offense_number]
references: {victim: [data_year, incident_id, victim_sequence_number]}
columns:
  ucr_offense_code: {description: Offense the victim is connected to (DE 24)}
*/
SELECT
    victim.data_year,
    victim.incident_id,
    victim.ori,
    victim.incident_number,
    victim.victim_sequence_number,
    repetition.offense_number,
    repetition.victim_offense_code AS ucr_offense_code,
    comparable_offense(repetition.victim_offense_code) AS offense_group
FROM harmonized.victim AS victim
JOIN repeated.victim_offense AS repetition USING (line_number)
ORDER BY victim.line_number, repetition.offense_number
