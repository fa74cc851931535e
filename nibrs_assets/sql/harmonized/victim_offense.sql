/*
description: One row per offense a victim is connected to.
key: [data_year, incident_id, victim_sequence_number, offense_number]
references: {victim: [data_year, incident_id, victim_sequence_number]}
columns:
  offense_number: {description: "Place of the offense in the record, 1 to 10"}
  ucr_offense_code: {description: Offense the victim is connected to (DE 24)}
  offense_group: {description: "Offense as a group that can be compared over the years: 11A_B_C is rape by the revised
    definition, whichever of 11A, 11B, 11C it is reported as"}
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
