/*
description: One row per aggravated assault or homicide circumstance of a victim.
key: [data_year, incident_id, victim_sequence_number, circumstance_number]
references: {victim: [data_year, incident_id, victim_sequence_number]}
columns:
  circumstance_number: {description: "Place of the circumstance in the record, 1 or 2"}
  circumstance_group: {description: "Circumstance as a group that means the same in every year: 06 is 06_until_2018 (a
    lovers' quarrel) or 06_from_2019 (domestic violence)"}
*/
SELECT
    victim.data_year,
    victim.incident_id,
    victim.ori,
    victim.incident_number,
    victim.victim_sequence_number,
    repetition.circumstance_number,
    repetition.circumstance,
    comparable_circumstance(repetition.circumstance) AS circumstance_group
FROM harmonized.victim AS victim
JOIN repeated.victim_circumstance AS repetition USING (line_number)
ORDER BY victim.line_number, repetition.circumstance_number
