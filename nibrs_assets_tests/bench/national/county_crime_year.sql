SELECT
    getvariable('year') AS data_year, system, county_fips, 'County ' || county_fips AS county_name, state_abbreviation,
    100000 AS population, 3 AS agencies, 3 AS agencies_reporting, 0.95 AS share_of_population_by_month, 'ok' AS completeness,
    350 AS violent, 2500 AS property, 50 + hash(county_fips) % 900 AS violent_rate, 500 + hash(county_fips) % 4000 AS property_rate
FROM county
CROSS JOIN (VALUES ('return_a'), ('nibrs'), ('nibrs_as_summary')) AS system (system)
ORDER BY system, county_fips
