/*
description: The state code of a batch header is that of the letters its ORI begins with
after: record_problem
stops: {share: 0.01, rows: 10}
*/
SELECT
    'state_code ' || coalesce(state_code, '(blank)') || ' with an ORI of ' || ori[1:2] AS finding,
    count(*) AS rows,
    (SELECT count(*) FROM harmonized.agency WHERE has_header) AS of_rows,
    'agency ' || min(ori) AS example
FROM harmonized.agency
LEFT JOIN codes.state AS state ON state.code = state_code
WHERE has_header AND ori[1:2] IS DISTINCT FROM state.ucr_abbr
GROUP BY state_code, ori[1:2]
