/* The incidents that are cleared, by arrest or exceptionally (A to E; N says nothing: it stands on incidents with an
   arrest too), dated by the earliest arrest or by the exceptional clearance. Under 18: all persons arrested are 1 to
   17, unknown ages beside them allowed; where cleared exceptionally, all offenders are, and every age is known. */
WITH arrested AS (
    SELECT
        incident_id,
        min(arrest_date) AS first_arrest,
        coalesce(bool_and(arrestee_age_years BETWEEN 1 AND 17), false) AS is_under_18
    FROM harmonized.arrestee
    GROUP BY incident_id
),
offender AS (
    SELECT
        incident_id,
        bool_and(coalesce(offender_age_years BETWEEN 1 AND 17, false)) AS is_under_18
    FROM harmonized.offender
    WHERE NOT is_unknown_offender
    GROUP BY incident_id
)
SELECT
    incident.incident_id,
    CASE WHEN arrested.incident_id IS NOT NULL THEN 'arrest' ELSE 'exceptional' END AS cleared_by,
    least(arrested.first_arrest, incident.exceptional_clearance_date) AS clearance_date,
    CASE
        WHEN arrested.incident_id IS NOT NULL THEN arrested.is_under_18
        ELSE coalesce(offender.is_under_18, false)
    END AS is_under_18
FROM harmonized.incident AS incident
LEFT JOIN arrested USING (incident_id)
LEFT JOIN offender USING (incident_id)
WHERE arrested.incident_id IS NOT NULL OR incident.cleared_exceptionally BETWEEN 'A' AND 'E'
