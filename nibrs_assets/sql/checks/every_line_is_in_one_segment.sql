/*
description: Each line of the file, as counted when the zip was taken, is in exactly one segment
after: record_problem
stops: {share: 0, rows: 0}
*/
WITH line AS (
    SELECT line_number FROM segments.batch_header
    UNION ALL
    SELECT line_number FROM segments.batch_header_1
    UNION ALL
    SELECT line_number FROM segments.batch_header_2
    UNION ALL
    SELECT line_number FROM segments.batch_header_3
    UNION ALL
    SELECT line_number FROM segments.administrative
    UNION ALL
    SELECT line_number FROM segments.offense
    UNION ALL
    SELECT line_number FROM segments.property
    UNION ALL
    SELECT line_number FROM segments.victim
    UNION ALL
    SELECT line_number FROM segments.offender
    UNION ALL
    SELECT line_number FROM segments.arrestee
    UNION ALL
    SELECT line_number FROM segments.group_b_arrest
    UNION ALL
    SELECT line_number FROM segments.window_exceptional_clearance
    UNION ALL
    SELECT line_number FROM segments.window_recovered_property
    UNION ALL
    SELECT line_number FROM segments.window_arrestee
    UNION ALL
    SELECT line_number FROM segments.rejected
)
-- Of n different lines from 1 to n the sum is n (n + 1) / 2; to compare the lines themselves would take their memory.
SELECT
    'lines are lost, or stand in two segments' AS finding,
    greatest(abs(coalesce(lines_in_file(), 0) - count(*)), 1)::BIGINT AS rows,
    coalesce(lines_in_file(), 0) AS of_rows,
    'lines '
    || coalesce(min(line_number), 0)
    || ' to '
    || coalesce(max(line_number), 0)
    || ', '
    || count(*)
    || ' rows' AS example
FROM line
HAVING
    count(*) IS DISTINCT FROM lines_in_file()
    OR max(line_number) <> lines_in_file()
    OR sum(line_number) <> lines_in_file()::HUGEINT * (lines_in_file() + 1) // 2
