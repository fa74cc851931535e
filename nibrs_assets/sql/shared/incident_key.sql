/* The incidents by what their records share: the agency, and its own number as written. repeated_at is the line of a
   second administrative record of the same key. */
WITH repeated_key AS (
    SELECT agency_ori, incident_number, min(line_number) AS line_number
    FROM with_agency.administrative
    ANTI JOIN harmonized.incident USING (line_number)
    GROUP BY agency_ori, incident_number
)
SELECT
    administrative.agency_ori,
    administrative.incident_number,
    incident.incident_id,
    repeated_key.line_number AS repeated_at
FROM with_agency.administrative AS administrative
JOIN harmonized.incident AS incident ON incident.line_number = administrative.line_number
LEFT JOIN repeated_key
    ON repeated_key.agency_ori = administrative.agency_ori
    AND repeated_key.incident_number = administrative.incident_number
