/*
description: One row per offender a victim is related to, with the relationship.
key: [data_year, incident_id, victim_sequence_number, relationship_number]
references: {victim: [data_year, incident_id, victim_sequence_number]}
columns:
  relationship_number: {description: "Place of the relationship in the record, 1 to 10"}
  offender_sequence_number: {description: Sequence number of that offender (DE 34); 0 = an unknown offender}
*/
SELECT
    victim.data_year,
    victim.incident_id,
    victim.ori,
    victim.incident_number,
    victim.victim_sequence_number,
    repetition.relationship_number,
    repetition.offender_number AS offender_sequence_number,
    repetition.relationship
FROM harmonized.victim AS victim
JOIN repeated.victim_relationship AS repetition USING (line_number)
ORDER BY victim.line_number, repetition.relationship_number
