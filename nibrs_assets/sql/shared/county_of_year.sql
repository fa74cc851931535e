/* The counties as they are counted, former ones in what they became, with the estimate of their people in the data
   year. */
WITH estimate AS (
    SELECT
        coalesce(county.counted_in, county.county_fips) AS county_fips,
        sum(people.population)::INTEGER AS population,
        string_agg(DISTINCT people.source, '; ' ORDER BY people.source) AS population_source
    FROM reference.county_population AS people
    JOIN reference.county AS county ON county.county_fips = people.county_fips
    WHERE people.year = data_year()
    GROUP BY coalesce(county.counted_in, county.county_fips)
)
SELECT
    county.county_fips,
    county.county_name,
    county.state_abbreviation,
    estimate.population,
    estimate.population_source
FROM reference.county AS county
LEFT JOIN estimate ON estimate.county_fips = county.county_fips
WHERE county.counted_in IS NULL
