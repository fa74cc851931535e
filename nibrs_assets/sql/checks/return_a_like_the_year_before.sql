/*
description: >
  A state's agencies that return all year, and its people, are between half and twice those of the year before;
  agencies' populations as well. A change beyond may be real; look at it
after: return_a_record_problem
*/
WITH reported AS (
    SELECT ori7, count_if(is_reported) = 12 AS all_year FROM harmonized.return_a_agency_month GROUP BY ori7
),
reported_before AS (
    SELECT ori7, count_if(is_reported) = 12 AS all_year FROM previous_year.return_a_agency_month GROUP BY ori7
),
state_year AS (
    SELECT
        'agencies that return all year' AS measure, ori7[1:2] AS subject, count_if(all_year) AS now, 0::BIGINT AS before
    FROM reported GROUP BY ALL
    UNION ALL
    SELECT 'agencies that return all year', ori7[1:2], 0, count_if(all_year) FROM reported_before GROUP BY ALL
    UNION ALL
    SELECT 'people', ori7[1:2], sum(population), 0
    FROM harmonized.return_a_agency
    WHERE covered_by_ori IS NULL
    GROUP BY ALL
    UNION ALL
    SELECT 'people', ori7[1:2], 0, sum(population)
    FROM previous_year.return_a_agency
    WHERE covered_by_ori IS NULL
    GROUP BY ALL
),
state AS (
    SELECT measure, subject, coalesce(sum(now), 0) AS now, coalesce(sum(before), 0) AS before
    FROM state_year
    GROUP BY ALL
),
agency AS (
    SELECT ori7, agency.population AS now, previous.population AS before
    FROM harmonized.return_a_agency AS agency JOIN previous_year.return_a_agency AS previous USING (ori7)
    WHERE previous.population > 0
)
SELECT
    measure || ' of ' || subject AS finding,
    abs(now - before)::BIGINT AS rows,
    before::BIGINT AS of_rows,
    before || ' the year before, ' || now || ' now' AS example
FROM state
WHERE now NOT BETWEEN before / 2 AND before * 2 AND (SELECT count(*) FROM previous_year.return_a_agency) > 0
UNION ALL
SELECT
    'populations less than half or more than twice' AS finding,
    count(*),
    (SELECT count(*) FROM agency),
    min('agency ' || ori7 || ': ' || before || ' the year before, ' || coalesce(now::VARCHAR, 'none') || ' now')
FROM agency
WHERE coalesce(now, 0) NOT BETWEEN before / 2 AND before * 2
HAVING count(*) > 0
