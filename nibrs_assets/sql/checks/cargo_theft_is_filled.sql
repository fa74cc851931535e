/*
description: From 2013 on some incidents say whether cargo was stolen (byte 89, which some layouts leave out)
after: record_problem
*/
SELECT
    'no incident has a cargo_theft_indicator' AS finding,
    count(*) AS rows,
    count(*) AS of_rows,
    'incident ' || min(incident_id) AS example
FROM harmonized.incident
WHERE data_year() >= 2013
HAVING count(*) > 0 AND count(cargo_theft_indicator) = 0
