/*
description: >
  One row per problem of a line of the master file: lines that are no known record, records that no harmonized row can hold
  (is_quarantined), values that can't be read, agencies without a header. The lines themselves are whole in the segments.
key: [data_year, problem_number]
columns:
  problem_number: {description: "Number of the problem, in the order of the file"}
  segment: {description: Segment that holds the line}
  problem: {description: What is wrong}
  column_name: {description: "Segment column whose value can't be read"}
  value: {description: "Value that can't be read, as written"}
  is_quarantined: {description: Whether the record is left out of the harmonized tables}
*/
WITH child AS (
    SELECT 'offense' AS segment, line_number, ori, incident_number, ucr_offense_code AS part
    FROM typed.offense ANTI JOIN harmonized.offense USING (line_number)
    UNION ALL
    SELECT 'property', line_number, ori, incident_number, property_loss_type
    FROM typed.property ANTI JOIN harmonized.property USING (line_number)
    UNION ALL
    SELECT 'victim', line_number, ori, incident_number, victim_sequence_number::VARCHAR
    FROM typed.victim ANTI JOIN harmonized.victim USING (line_number)
    UNION ALL
    SELECT 'offender', line_number, ori, incident_number, offender_sequence_number::VARCHAR
    FROM typed.offender ANTI JOIN harmonized.offender USING (line_number)
    UNION ALL
    SELECT 'arrestee', line_number, ori, incident_number, arrestee_sequence_number::VARCHAR
    FROM typed.arrestee ANTI JOIN harmonized.arrestee USING (line_number)
),
standing_alone AS (
    SELECT 'administrative' AS segment, line_number, ori, incident_number AS part
    FROM typed.administrative ANTI JOIN harmonized.incident USING (line_number)
    UNION ALL
    SELECT 'group_b_arrest', line_number, ori, arrest_transaction_number || arrestee_sequence_number
    FROM typed.group_b_arrest ANTI JOIN harmonized.group_b_arrest USING (line_number)
    UNION ALL
    SELECT 'window_exceptional_clearance', line_number, ori, incident_number
    FROM typed.window_exceptional_clearance ANTI JOIN harmonized.window_clearance USING (line_number)
    UNION ALL
    SELECT 'window_recovered_property', line_number, ori, incident_number
    FROM typed.window_recovered_property ANTI JOIN harmonized.window_recovered_property USING (line_number)
    UNION ALL
    SELECT 'window_arrestee', line_number, ori, incident_number
    FROM typed.window_arrestee ANTI JOIN harmonized.window_arrestee USING (line_number)
    UNION ALL
    SELECT 'batch_header', line_number, ori, ori
    FROM typed.batch_header ANTI JOIN harmonized.agency USING (line_number)
    UNION ALL
    SELECT 'batch_header_1', line_number, ori, ori
    FROM typed.batch_header_1 ANTI JOIN harmonized.agency USING (line_number)
),
problem AS (
    SELECT 'rejected' AS segment, line_number, reason AS problem, NULL AS column_name, NULL AS value, true AS is_quarantined
    FROM segments.rejected
    UNION ALL
    SELECT
        child.segment,
        child.line_number,
        CASE
            WHEN incident.incident_id IS NULL THEN 'no administrative record (01) of its incident'
            WHEN child.part IS NULL THEN 'no sequence number or code to tell it from others'
            ELSE 'a record before it has the same key'
        END,
        NULL,
        NULL,
        true
    FROM child
    LEFT JOIN harmonized.incident AS incident
        ON incident.record_ori = child.ori AND incident.incident_number = child.incident_number
    UNION ALL
    SELECT
        segment,
        line_number,
        CASE WHEN ori IS NULL OR part IS NULL THEN 'no ORI or number' ELSE 'a record before it has the same key' END,
        NULL,
        NULL,
        true
    FROM standing_alone
    UNION ALL
    SELECT 'administrative', min(incident.line_number), 'no batch header of agency ' || agency.ori, NULL, NULL, false
    FROM harmonized.agency AS agency
    LEFT JOIN harmonized.incident AS incident USING (ori)
    WHERE NOT agency.has_header
    GROUP BY agency.ori
    UNION ALL
    SELECT segment, line_number, 'unreadable value', column_name, value, false
    FROM typed.unreadable_value
)
SELECT
    data_year() AS data_year,
    (row_number() OVER (ORDER BY line_number, segment, problem, column_name))::INTEGER AS problem_number,
    *
FROM problem
ORDER BY problem_number
