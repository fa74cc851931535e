/* The records of {segment} with the incident they are part of: that of their agency and incident number. Where a second
   administrative record repeats that key, it is not known to which of the two the records after it belong: they are
   part of none. */
WITH administrative AS (
    SELECT
        with_agency.administrative.agency_ori,
        with_agency.administrative.incident_number,
        line_number,
        incident.incident_id,
        incident.data_year,
        incident.ori,
        incident.incident_number AS harmonized_number
    FROM with_agency.administrative
    JOIN harmonized.incident AS incident USING (line_number)
),
repeated_key AS (
    SELECT agency_ori, incident_number, min(line_number) AS line_number
    FROM with_agency.administrative
    ANTI JOIN harmonized.incident USING (line_number)
    GROUP BY agency_ori, incident_number
)
SELECT
    administrative.data_year,
    administrative.incident_id,
    administrative.ori,
    administrative.harmonized_number AS incident_number,
    record.* EXCLUDE (ori, incident_number)
FROM with_agency.{segment} AS record
JOIN administrative
    ON administrative.agency_ori = record.agency_ori AND administrative.incident_number = record.incident_number
LEFT JOIN repeated_key
    ON repeated_key.agency_ori = record.agency_ori AND repeated_key.incident_number = record.incident_number
WHERE repeated_key.line_number IS NULL OR record.line_number < repeated_key.line_number
