/* The offenses of each incident with the number that NIBRS counts of them: persons by victim, motor vehicle theft by
   vehicle, all else by record; justifiable homicide is no offense and counts 0. Attempts count; unfounded ones (U, from
   2025) are left out. */
WITH connected AS (
    SELECT incident_id, ucr_offense_code, count(DISTINCT victim_sequence_number) AS victims
    FROM harmonized.victim_offense
    GROUP BY incident_id, ucr_offense_code
)
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_date,
    offense.ucr_offense_code,
    rule.crime_against,
    rule.hierarchy_rank,
    offense.attempted_completed = 'A' AS is_attempted,
    offense.location_type,
    offense.number_of_premises_entered,
    offense.method_of_entry,
    coalesce(connected.victims, 0) AS victims,
    CASE
        WHEN rule.crime_against = 'Not a Crime' THEN 0
        WHEN rule.crime_against = 'Person' THEN coalesce(connected.victims, 0)
        WHEN index_offense(offense.ucr_offense_code) = 'mvt_total' THEN coalesce(stolen.vehicles, 1)
        ELSE 1
    END AS offenses
FROM harmonized.offense AS offense
JOIN harmonized.incident AS incident USING (data_year, incident_id)
LEFT JOIN shared.offense_rule AS rule USING (ucr_offense_code)
LEFT JOIN connected USING (incident_id, ucr_offense_code)
LEFT JOIN shared.stolen_vehicle AS stolen USING (incident_id)
WHERE offense.attempted_completed IS DISTINCT FROM 'U' AND incident.incident_date IS NOT NULL
