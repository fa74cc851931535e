/* The offenses that somebody reports: crimes against persons and property. Not those that come to be known by an arrest
   or a search and are cleared as they are written down: crimes against society, and 280, the possession of stolen
   property. Unfounded ones (U) are left out. The main one of an incident is the first by the Summary system's
   hierarchy, then by code. */
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_date,
    offense.ucr_offense_code,
    offense.offense_group,
    offense.attempted_completed,
    offense.location_type_group,
    offense.number_of_premises_entered,
    offense.method_of_entry,
    row_number() OVER (
        PARTITION BY incident.incident_id
        ORDER BY rule.hierarchy_rank NULLS LAST, offense.ucr_offense_code
    ) = 1 AS is_main
FROM harmonized.offense AS offense
JOIN harmonized.incident AS incident USING (data_year, incident_id)
JOIN shared.offense_rule AS rule USING (ucr_offense_code)
WHERE rule.crime_against IN ('Person', 'Property')
    AND offense.ucr_offense_code <> '280'
    AND offense.attempted_completed IS DISTINCT FROM 'U'
