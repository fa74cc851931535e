/*
description: Dates and numbers can be read (a layout that is off by a byte makes most of them unreadable)
after: record_problem
stops: {share: 0.01, rows: 100}
*/
WITH line AS (
    SELECT 'batch_header' AS segment, line_number, state_code FROM segments.batch_header
    UNION ALL
    SELECT 'batch_header_1', line_number, state_code FROM segments.batch_header_1
    UNION ALL
    SELECT 'batch_header_2', line_number, state_code FROM segments.batch_header_2
    UNION ALL
    SELECT 'batch_header_3', line_number, state_code FROM segments.batch_header_3
    UNION ALL
    SELECT 'administrative', line_number, state_code FROM segments.administrative
    UNION ALL
    SELECT 'offense', line_number, state_code FROM segments.offense
    UNION ALL
    SELECT 'property', line_number, state_code FROM segments.property
    UNION ALL
    SELECT 'victim', line_number, state_code FROM segments.victim
    UNION ALL
    SELECT 'offender', line_number, state_code FROM segments.offender
    UNION ALL
    SELECT 'arrestee', line_number, state_code FROM segments.arrestee
    UNION ALL
    SELECT 'group_b_arrest', line_number, state_code FROM segments.group_b_arrest
    UNION ALL
    SELECT 'window_exceptional_clearance', line_number, state_code FROM segments.window_exceptional_clearance
    UNION ALL
    SELECT 'window_recovered_property', line_number, state_code FROM segments.window_recovered_property
    UNION ALL
    SELECT 'window_arrestee', line_number, state_code FROM segments.window_arrestee
),
records AS (
    SELECT segment, state_code, count(*) AS records FROM line GROUP BY ALL
),
unreadable AS (
    SELECT
        segment, state_code, column_name, count(DISTINCT line_number) AS rows, min(line_number) AS first_line,
        arg_min(value, line_number) AS first_value
    FROM made JOIN line USING (segment, line_number)
    WHERE problem = 'unreadable value'
    GROUP BY ALL
)
SELECT
    unreadable.segment
    || '.'
    || unreadable.column_name
    || ' of state '
    || coalesce(state.label, unreadable.state_code, 'unknown') AS finding,
    unreadable.rows,
    records.records AS of_rows,
    'line ' || first_line || ': ' || first_value AS example
FROM unreadable
JOIN records ON records.segment = unreadable.segment AND records.state_code IS NOT DISTINCT FROM unreadable.state_code
LEFT JOIN codes.state AS state ON state.code = unreadable.state_code
