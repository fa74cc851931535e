/*
description: Agencies that another covers have no counts of their own, which would be counted twice
after: return_a_record_problem
*/
WITH counted AS (
    SELECT ori7, sum(abs(actual)) AS offenses
    FROM harmonized.return_a_offense_month
    WHERE offense = 'grand_total'
    GROUP BY ori7
)
SELECT
    'a covered agency has counts' AS finding,
    count_if(offenses > 0) AS rows,
    count(*) AS of_rows,
    min('agency ' || ori7 || ', covered by ' || covered_by_ori || ': ' || offenses) FILTER (WHERE offenses > 0)
        AS example
FROM harmonized.return_a_agency JOIN counted USING (ori7)
WHERE covered_by_ori IS NOT NULL
HAVING rows > 0
