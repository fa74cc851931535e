/* The records of {segment} with the incident they are part of: that of their agency and incident number. Where a second
   administrative record repeats that key, it is not known to which of the two the records after it belong: they are part of none. */
WITH repeated_key AS (
    SELECT agency_ori, incident_number, min(line_number) AS line_number
    FROM placed.administrative
    ANTI JOIN harmonized.incident USING (line_number)
    GROUP BY agency_ori, incident_number
)
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_number,
    record.* EXCLUDE (ori, incident_number)
FROM placed.{segment} AS record
JOIN harmonized.incident AS incident
    ON incident.ori = record.agency_ori AND incident.incident_number = record.incident_number
LEFT JOIN repeated_key
    ON repeated_key.agency_ori = record.agency_ori AND repeated_key.incident_number = record.incident_number
WHERE repeated_key.line_number IS NULL OR record.line_number < repeated_key.line_number
