/* The records of {segment} with the incident they are part of; those that are part of none are left out. */
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_number,
    record.* EXCLUDE (ori, incident_number),
    keyed.is_first
FROM typed.{segment} AS record
JOIN keyed.{segment} AS keyed USING (line_number)
JOIN harmonized.incident AS incident ON incident.incident_id = keyed.incident_id
WHERE keyed.is_part
