/*
description: >
  No agency has counts for a month after the last that its record names (bytes 42-43 hold the last month reported, not a
  number of months)
after: return_a_record_problem
*/
SELECT
    'a month is returned after last_month_reported' AS finding,
    count(DISTINCT ori7) AS rows,
    (SELECT count(*) FROM harmonized.return_a_agency) AS of_rows,
    'agency ' || min(ori7 || ': ' || last_month_reported || ', month ' || month) AS example
FROM harmonized.return_a_agency_month JOIN harmonized.return_a_agency USING (ori7)
WHERE is_reported AND month > last_month_reported
HAVING rows > 0
