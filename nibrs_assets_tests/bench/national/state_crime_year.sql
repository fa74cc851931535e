SELECT
    getvariable('year') AS data_year, system, state_abbreviation, 6000000 AS population, count(*) AS agencies,
    count(*) AS agencies_reporting, 0.95 AS share_of_population_by_month, 'ok' AS completeness, 20000 AS violent, 150000 AS property,
    300 + count(*) % 200 AS violent_rate, 2000 + count(*) % 900 AS property_rate
FROM agency
CROSS JOIN (VALUES ('return_a'), ('nibrs'), ('nibrs_as_summary')) AS system (system)
GROUP BY system, state_abbreviation
ORDER BY system, state_abbreviation
