/*
description: Dates and numbers can be read (a layout that is off by a byte makes most of them unreadable)
after: record_problem
stops: {share: 0.01, rows: 100}
*/
WITH record AS (
    SELECT 'administrative' AS segment, state_code, count(*) AS records FROM segments.administrative GROUP BY ALL
    UNION ALL
    SELECT 'property', state_code, count(*) FROM segments.property GROUP BY ALL
    UNION ALL
    SELECT 'victim', state_code, count(*) FROM segments.victim GROUP BY ALL
    UNION ALL
    SELECT 'arrestee', state_code, count(*) FROM segments.arrestee GROUP BY ALL
    UNION ALL
    SELECT 'group_b_arrest', state_code, count(*) FROM segments.group_b_arrest GROUP BY ALL
    UNION ALL
    SELECT 'window_arrestee', state_code, count(*) FROM segments.window_arrestee GROUP BY ALL
),
line_state AS (
    SELECT 'administrative' AS segment, line_number, state_code FROM segments.administrative
    UNION ALL
    SELECT 'property', line_number, state_code FROM segments.property
    UNION ALL
    SELECT 'victim', line_number, state_code FROM segments.victim
    UNION ALL
    SELECT 'arrestee', line_number, state_code FROM segments.arrestee
    UNION ALL
    SELECT 'group_b_arrest', line_number, state_code FROM segments.group_b_arrest
    UNION ALL
    SELECT 'window_arrestee', line_number, state_code FROM segments.window_arrestee
)
SELECT
    made.segment || '.' || made.column_name || ' of state ' || coalesce(state.label, record.state_code, 'unknown') AS finding,
    count(DISTINCT made.line_number) AS rows,
    any_value(record.records) AS of_rows,
    'line ' || min(made.line_number) || ': ' || arg_min(made.value, made.line_number) AS example
FROM made
JOIN line_state USING (segment, line_number)
JOIN record USING (segment)
LEFT JOIN codes.state AS state ON state.code = record.state_code
WHERE made.problem = 'unreadable value' AND record.state_code IS NOT DISTINCT FROM line_state.state_code
GROUP BY made.segment, made.column_name, record.state_code, state.label
