/*
description: >
  One row per problem of a line of the master file: lines that are no known record, records that no harmonized row can
  hold (is_quarantined), values that can't be read, agencies without a header. The lines themselves are whole in the
  segments.
key: [data_year, problem_number]
*/
WITH child AS (
    SELECT
        'offense' AS segment, line_number, agency_ori, incident_number, ucr_offense_code AS part,
        line_number IN (SELECT line_number FROM with_incident.offense) AS is_part
    FROM with_agency.offense ANTI JOIN harmonized.offense USING (line_number)
    UNION ALL
    SELECT
        'property' AS segment, line_number, agency_ori, incident_number, property_loss_type AS part,
        line_number IN (SELECT line_number FROM with_incident.property) AS is_part
    FROM with_agency.property ANTI JOIN harmonized.property USING (line_number)
    UNION ALL
    SELECT
        'victim' AS segment, line_number, agency_ori, incident_number, victim_sequence_number::VARCHAR AS part,
        line_number IN (SELECT line_number FROM with_incident.victim) AS is_part
    FROM with_agency.victim ANTI JOIN harmonized.victim USING (line_number)
    UNION ALL
    SELECT
        'offender' AS segment, line_number, agency_ori, incident_number, offender_sequence_number::VARCHAR AS part,
        line_number IN (SELECT line_number FROM with_incident.offender) AS is_part
    FROM with_agency.offender ANTI JOIN harmonized.offender USING (line_number)
    UNION ALL
    SELECT
        'arrestee' AS segment, line_number, agency_ori, incident_number, arrestee_sequence_number::VARCHAR AS part,
        line_number IN (SELECT line_number FROM with_incident.arrestee) AS is_part
    FROM with_agency.arrestee ANTI JOIN harmonized.arrestee USING (line_number)
),
known_incident AS (
    SELECT line_number, agency_ori, incident_number
    FROM with_agency.administrative SEMI JOIN harmonized.incident USING (line_number)
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
    SELECT 'batch_header', line_number, ori, ori AS incident_number
    FROM typed.batch_header ANTI JOIN harmonized.agency USING (line_number)
    UNION ALL
    SELECT 'batch_header_1', line_number, ori, ori AS incident_number
    FROM typed.batch_header_1 ANTI JOIN harmonized.agency USING (line_number)
    UNION ALL
    SELECT 'batch_header_2', line_number, ori, ori AS incident_number
    FROM typed.batch_header_2
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) > 1
    UNION ALL
    SELECT 'batch_header_3', line_number, ori, ori AS incident_number
    FROM typed.batch_header_3
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) > 1
),
record AS (
    SELECT 'administrative' AS segment, line_number, agency_ori FROM with_agency.administrative
    UNION ALL
    SELECT 'group_b_arrest', line_number, agency_ori FROM with_agency.group_b_arrest
    UNION ALL
    SELECT 'window_exceptional_clearance', line_number, agency_ori FROM with_agency.window_exceptional_clearance
    UNION ALL
    SELECT 'window_recovered_property', line_number, agency_ori FROM with_agency.window_recovered_property
    UNION ALL
    SELECT 'window_arrestee', line_number, agency_ori FROM with_agency.window_arrestee
    UNION ALL
    SELECT 'batch_header_2', line_number, ori FROM typed.batch_header_2
    UNION ALL
    SELECT 'batch_header_3', line_number, ori FROM typed.batch_header_3
),
problem AS (
    SELECT
        'rejected' AS segment,
        line_number,
        reason AS problem,
        NULL AS column_name,
        NULL AS value,
        true AS is_quarantined
    FROM segments.rejected
    UNION ALL
    SELECT
        child.segment,
        child.line_number,
        CASE
            WHEN known_incident.line_number IS NULL THEN 'no administrative record (01) of its incident'
            WHEN NOT child.is_part THEN 'comes after a second administrative record (01) of the same key'
            WHEN child.part IS NULL THEN 'no sequence number or code to tell it from others'
            ELSE 'a record before it has the same key'
        END,
        NULL,
        NULL,
        true
    FROM child
    LEFT JOIN known_incident
        ON known_incident.agency_ori = child.agency_ori AND known_incident.incident_number = child.incident_number
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
    SELECT
        arg_min(record.segment, record.line_number),
        min(record.line_number),
        'no batch header of agency ' || agency.ori,
        NULL,
        NULL,
        false
    FROM harmonized.agency AS agency
    JOIN record ON record.agency_ori = agency.ori
    WHERE NOT agency.has_header
    GROUP BY agency.ori
    UNION ALL
    SELECT
        'batch_header', line_number, 'header names another year', 'master_file_year', master_file_year::VARCHAR, false
    FROM typed.batch_header
    WHERE master_file_year IS DISTINCT FROM data_year()
    UNION ALL
    SELECT
        'batch_header_3', line_number, 'header names another year', 'master_file_year', master_file_year::VARCHAR, false
    FROM typed.batch_header_3
    WHERE master_file_year IS DISTINCT FROM data_year()
    UNION ALL
    SELECT segment, line_number, 'unreadable value', column_name, value, false
    FROM typed.unreadable_nibrs
)
SELECT
    data_year() AS data_year,
    (row_number() OVER (ORDER BY line_number, segment, problem, column_name))::INTEGER AS problem_number,
    *
FROM problem
ORDER BY problem_number
