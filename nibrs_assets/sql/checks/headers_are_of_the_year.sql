/*
description: Batch headers name the data year
after: record_problem
stops: {share: 0.5, rows: 0}
*/
SELECT
    problem AS finding,
    count(*) AS rows,
    (SELECT count(*) FROM harmonized.agency WHERE has_header) AS of_rows,
    'line ' || min(line_number) || ': ' || coalesce(arg_min(value, line_number), 'no year') AS example
FROM made
WHERE problem = 'header names another year'
GROUP BY problem
