/* The victims of reported offenses: society, the victim of what an arrest brings to light, is none. */
SELECT victim.*
FROM harmonized.victim AS victim
SEMI JOIN (
    SELECT connected.incident_id, connected.victim_sequence_number
    FROM harmonized.victim_offense AS connected
    JOIN shared.reported_offense USING (incident_id, ucr_offense_code)
) AS of_reported USING (incident_id, victim_sequence_number)
