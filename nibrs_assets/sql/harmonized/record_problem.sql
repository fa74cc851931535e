/*
description: >
  One row per problem of a line of the master file: lines that are no known record, records that no harmonized row can
  hold (is_quarantined), values that can't be read, agencies without a header. The lines themselves are whole in the
  segments.
key: [data_year, problem_number]
*/
WITH child AS (
    SELECT 'offense' AS segment, * FROM keyed.offense WHERE NOT is_part OR is_first IS DISTINCT FROM true
    UNION ALL
    -- Property records need no key of their own: one repeats the loss type of another.
    SELECT 'property' AS segment, * FROM keyed.property WHERE NOT is_part
    UNION ALL
    SELECT 'victim' AS segment, * FROM keyed.victim WHERE NOT is_part OR is_first IS DISTINCT FROM true
    UNION ALL
    SELECT 'offender' AS segment, * FROM keyed.offender WHERE NOT is_part OR is_first IS DISTINCT FROM true
    UNION ALL
    SELECT 'arrestee' AS segment, * FROM keyed.arrestee WHERE NOT is_part OR is_first IS DISTINCT FROM true
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
    SELECT 'batch_header', line_number, ori, ori AS part
    FROM typed.batch_header ANTI JOIN harmonized.agency USING (line_number)
    UNION ALL
    SELECT 'batch_header_1', line_number, ori, ori AS part
    FROM typed.batch_header_1 ANTI JOIN harmonized.agency USING (line_number)
    UNION ALL
    SELECT 'batch_header_2', line_number, ori, ori AS part
    FROM typed.batch_header_2
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) > 1
    UNION ALL
    SELECT 'batch_header_3', line_number, ori, ori AS part
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
            WHEN child.incident_id IS NULL THEN 'no administrative record (01) of its incident'
            WHEN NOT child.is_part THEN 'comes after a second administrative record (01) of the same key'
            WHEN child.is_first IS NULL THEN 'no sequence number or code to tell it from others'
            ELSE 'a record before it has the same key'
        END,
        NULL,
        NULL,
        true
    FROM child
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
