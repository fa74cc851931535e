/*
description: On cards with a breakdown the parts of an offense add up to it; robbery, burglary, motor vehicle theft,
  assault by weapon
after: return_a_record_problem
stops: {share: 0.02, rows: 100}
*/
WITH summed AS (
    SELECT part.ori7, part.month, part.part_of AS offense, sum(part.actual) AS parts
    FROM harmonized.return_a_offense_month AS part
    WHERE part.part_of IN ('robbery_total', 'burglary_total', 'mvt_total', 'aggravated_assault')
    GROUP BY ALL
    HAVING count(part.actual) = count(*)
),
compared AS (
    SELECT total.ori7, total.month, total.offense, total.actual, summed.parts
    FROM harmonized.return_a_offense_month AS total
    JOIN summed USING (ori7, month, offense)
    WHERE total.is_reported AND NOT total.is_totals_only AND total.actual IS NOT NULL
)
SELECT
    offense || ' is not the sum of its parts' AS finding,
    count_if(actual <> parts) AS rows,
    count(*) AS of_rows,
    min('agency ' || ori7 || ', month ' || month || ': ' || actual || ', parts ' || parts) FILTER (
        WHERE actual <> parts
    ) AS example
FROM compared
GROUP BY offense
HAVING rows > 0
