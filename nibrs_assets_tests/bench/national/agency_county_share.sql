SELECT
    getvariable('year') AS data_year, 'return_a' AS system, ori7, agency_name, state_abbreviation, county_fips, 1.0 AS share,
    population AS people, true AS has_population, 'FIPS code' AS county_from
FROM agency
ORDER BY system, ori7, county_fips
