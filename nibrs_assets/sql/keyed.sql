/* Each record of {segment} with the incident of its agency and incident number; NULL where there is none. Where a
   second administrative record repeats that key, it is not known to which of the two the records after it belong: they
   are part of neither. is_first says whether no record before it has the same {part} in that incident, NULL where it
   has none. */
WITH keyed AS (
    SELECT
        record.line_number,
        incident.incident_id,
        record.line_number < coalesce(incident.repeated_at, record.line_number + 1) AS is_part,
        record.{part} AS part
    FROM with_agency.{segment} AS record
    LEFT JOIN shared.incident_key AS incident
        ON incident.agency_ori = record.agency_ori AND incident.incident_number = record.incident_number
),
repeated_part AS (
    SELECT incident_id, part, min(line_number) AS first_line
    FROM keyed
    WHERE is_part AND incident_id IS NOT NULL AND part IS NOT NULL
    GROUP BY incident_id, part
    HAVING count(*) > 1
)
SELECT
    keyed.line_number,
    keyed.incident_id,
    keyed.incident_id IS NOT NULL AND keyed.is_part AS is_part,
    CASE WHEN keyed.part IS NOT NULL THEN coalesce(keyed.line_number = repeated_part.first_line, true) END AS is_first
FROM keyed
LEFT JOIN repeated_part USING (incident_id, part)
