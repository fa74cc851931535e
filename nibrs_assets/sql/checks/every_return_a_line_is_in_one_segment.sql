/*
description: Each line of the file, as counted when the zip was taken, is in exactly one segment
after: return_a_record_problem
stops: {share: 0, rows: 0}
*/
WITH line AS (
    SELECT line_number FROM segments.return_a_agency
    UNION ALL
    SELECT line_number FROM segments.return_a_rejected
)
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
