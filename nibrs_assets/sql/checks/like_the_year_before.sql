/*
description: >
  A state's agencies and incidents are between half and twice those of the year before, agencies' populations as well,
  and shares of what is unknown differ by less than five percentage points. A change beyond may be real; look at it
after: record_problem
*/
WITH state_year AS (
    SELECT 'agencies with incidents' AS measure, ori[1:2] AS subject, count(DISTINCT ori) AS now, NULL::BIGINT AS before
    FROM harmonized.incident GROUP BY ALL
    UNION ALL
    SELECT 'agencies with incidents', ori[1:2], NULL, count(DISTINCT ori) FROM previous_year.incident GROUP BY ALL
    UNION ALL
    SELECT 'incidents', ori[1:2], count(*), NULL FROM harmonized.incident GROUP BY ALL
    UNION ALL
    SELECT 'incidents', ori[1:2], NULL, count(*) FROM previous_year.incident GROUP BY ALL
),
state AS (
    SELECT measure, subject, coalesce(sum(now), 0) AS now, coalesce(sum(before), 0) AS before
    FROM state_year
    GROUP BY ALL
),
agency AS (
    SELECT ori, agency.population AS now, previous.population AS before
    FROM harmonized.agency AS agency JOIN previous_year.agency AS previous USING (ori)
    WHERE previous.population > 0
),
shares AS (
    SELECT
        'victims of unknown age' AS measure,
        avg((victim_age IS NULL OR victim_age = '00')::INTEGER) AS now,
        NULL::DOUBLE AS before
    FROM harmonized.victim WHERE victim_type IN ('I', 'L')
    UNION ALL
    SELECT 'victims of unknown age', NULL, avg((victim_age IS NULL OR victim_age = '00')::INTEGER)
    FROM previous_year.victim WHERE victim_type IN ('I', 'L')
    UNION ALL
    SELECT 'victims of unknown race', avg((victim_race IS NULL OR victim_race = 'U')::INTEGER), NULL
    FROM harmonized.victim WHERE victim_type IN ('I', 'L')
    UNION ALL
    SELECT 'victims of unknown race', NULL, avg((victim_race IS NULL OR victim_race = 'U')::INTEGER)
    FROM previous_year.victim WHERE victim_type IN ('I', 'L')
    UNION ALL
    SELECT 'offenders of unknown age', avg((offender_age IS NULL OR offender_age = '00')::INTEGER), NULL
    FROM harmonized.offender WHERE NOT is_unknown_offender
    UNION ALL
    SELECT 'offenders of unknown age', NULL, avg((offender_age IS NULL OR offender_age = '00')::INTEGER)
    FROM previous_year.offender WHERE NOT is_unknown_offender
    UNION ALL
    SELECT 'offenses at an unknown location', avg((location_type = '25')::INTEGER), NULL FROM harmonized.offense
    UNION ALL
    SELECT 'offenses at an unknown location', NULL, avg((location_type = '25')::INTEGER) FROM previous_year.offense
),
share AS (
    SELECT measure, sum(now) AS now, sum(before) AS before FROM shares GROUP BY measure
)
SELECT
    measure || ' of ' || subject AS finding,
    abs(now - before)::BIGINT AS rows,
    before::BIGINT AS of_rows,
    before || ' the year before, ' || now || ' now' AS example
FROM state
WHERE now NOT BETWEEN before / 2 AND before * 2 AND (SELECT count(*) FROM previous_year.agency) > 0
UNION ALL
SELECT
    'populations less than half or more than twice' AS finding,
    count(*),
    (SELECT count(*) FROM agency),
    min('agency ' || ori || ': ' || before || ' the year before, ' || coalesce(now::VARCHAR, 'none') || ' now')
FROM agency
WHERE coalesce(now, 0) NOT BETWEEN before / 2 AND before * 2
HAVING count(*) > 0
UNION ALL
SELECT
    measure,
    round(1000 * abs(now - before))::BIGINT,
    1000,
    printf('%.1f%% the year before, %.1f%% now', 100 * before, 100 * now)
FROM share
WHERE abs(now - before) > 0.05
