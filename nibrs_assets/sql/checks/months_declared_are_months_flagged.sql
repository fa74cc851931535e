/*
description: >
  The number of months that a header declares is the number of months that it flags as reported, and each month with
  incidents is flagged
after: record_problem
*/
WITH flagged AS (
    SELECT ori, count_if(coalesce(zero_report, false) OR coalesce(group_ab, false)) AS months
    FROM harmonized.agency_month
    GROUP BY ori
),
found AS (
    SELECT DISTINCT ori, month(incident_date) AS month FROM harmonized.incident WHERE year(incident_date) = data_year()
),
compared AS (
    SELECT
        'number_of_months_reported is not the number of months flagged' AS finding,
        number_of_months_reported <> months AS is_wrong,
        'agency ' || ori || ': ' || number_of_months_reported || ' declared, ' || months || ' flagged' AS example
    FROM harmonized.agency JOIN flagged USING (ori)
    WHERE number_of_months_reported IS NOT NULL
    UNION ALL
    SELECT
        'a month with incidents is not flagged as reported',
        NOT coalesce(group_ab, false),
        'agency ' || ori || ', month ' || month
    FROM harmonized.agency_month JOIN found USING (ori, month) JOIN harmonized.agency USING (ori)
    WHERE has_header
)
SELECT finding, count_if(is_wrong) AS rows, count(*) AS of_rows, min(example) FILTER (WHERE is_wrong) AS example
FROM compared
GROUP BY finding
HAVING rows > 0
