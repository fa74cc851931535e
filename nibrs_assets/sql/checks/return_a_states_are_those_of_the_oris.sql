/*
description: The state code of a record is that of the letters its ORI begins with
after: return_a_record_problem
stops: {share: 0.01, rows: 10}
*/
SELECT
    'state_code ' || coalesce(state_code, '(blank)') || ' with an ORI of ' || ori7[1:2] AS finding,
    count(*) AS rows,
    (SELECT count(*) FROM harmonized.return_a_agency) AS of_rows,
    'agency ' || min(ori7) AS example
FROM harmonized.return_a_agency
LEFT JOIN codes.state AS state ON state.code = state_code
WHERE ori7[1:2] IS DISTINCT FROM state.ucr_abbr
GROUP BY state_code, ori7[1:2]
