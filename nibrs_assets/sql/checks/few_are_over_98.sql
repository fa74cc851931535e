/*
description: >
  Less than two percent of the persons whose age is given are over 98 (99): in 1991 and 1992 many agencies wrote it for
  unknown, and victim_age_years is NULL there
after: record_problem
*/
WITH aged AS (
    SELECT 'victims' AS who, victim_age AS age FROM harmonized.victim WHERE victim_type IN ('I', 'L')
    UNION ALL
    SELECT 'offenders', offender_age FROM harmonized.offender WHERE NOT is_unknown_offender
    UNION ALL
    SELECT 'arrestees', arrestee_age FROM harmonized.arrestee
)
SELECT
    who || ' over 98' AS finding,
    count(*) FILTER (WHERE age = '99') AS rows,
    count(*) AS of_rows,
    'age 99' AS example
FROM aged
WHERE age IS NOT NULL AND age <> '00'
GROUP BY who
HAVING rows > 0.02 * of_rows
