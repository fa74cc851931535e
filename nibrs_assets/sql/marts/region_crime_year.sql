/*
description: >
  One row per region, year and system: the sums of its counties in county_crime_year. A rate is the sum of counts over
  the sum of people, never a mean of rates, and is withheld (NULL) where completeness is not ok. Regions are data: each
  CSV file of regions is a set.
key: [data_year, system, region_set, region_id]
columns:
  counties: {description: "Counties of the region"}
  counties_ok: {description: "Of these, those whose own completeness is ok"}
  population: {description: "People, the sum of the Census estimates of its counties; NULL where one has none: then
    there is no rate", overrides: true}
  agencies: {description: "Agencies with people of their own in the region, each in every county of it, those apart that
    another one covers", overrides: true}
  completeness: {codes: completeness}
*/
WITH region AS (
    SELECT
        region.region_set,
        region.region_id,
        any_value(region.region_name) AS region_name,
        coalesce(county.counted_in, county.county_fips) AS county_fips
    FROM reference.region AS region
    JOIN reference.county AS county ON county.county_fips = region.county_fips
    GROUP BY region.region_set, region.region_id, coalesce(county.counted_in, county.county_fips)
),
summed AS (
    SELECT
        county.system,
        region.region_set,
        region.region_id,
        any_value(region.region_name) AS region_name,
        count(*)::INTEGER AS counties,
        count_if(county.completeness = 'ok')::INTEGER AS counties_ok,
        if(count(county.population) = count(*), sum(county.population), NULL)::BIGINT AS population,
        sum(county.agencies)::INTEGER AS agencies,
        sum(county.agencies_reporting)::INTEGER AS agencies_reporting,
        sum(county.agencies_12_months)::INTEGER AS agencies_12_months,
        sum(county.agencies_zero_population)::INTEGER AS agencies_zero_population,
        sum(county.population_of_agencies)::BIGINT AS population_of_agencies,
        sum(county.people)::BIGINT AS people,
        sum(county.population_covered)::BIGINT AS population_covered,
        sum(county.murder)::DECIMAL(18, 3) AS murder,
        sum(county.rape_total)::DECIMAL(18, 3) AS rape_total,
        sum(county.robbery_total)::DECIMAL(18, 3) AS robbery_total,
        sum(county.aggravated_assault)::DECIMAL(18, 3) AS aggravated_assault,
        sum(county.violent)::DECIMAL(18, 3) AS violent,
        sum(county.burglary_total)::DECIMAL(18, 3) AS burglary_total,
        sum(county.larceny_total)::DECIMAL(18, 3) AS larceny_total,
        sum(county.mvt_total)::DECIMAL(18, 3) AS mvt_total,
        sum(county.property)::DECIMAL(18, 3) AS property,
        sum(county.violent_zero_population)::DECIMAL(18, 3) AS violent_zero_population,
        sum(county.property_zero_population)::DECIMAL(18, 3) AS property_zero_population
    FROM region
    JOIN marts.county_crime_year AS county ON county.county_fips = region.county_fips
    GROUP BY county.system, region.region_set, region.region_id
)
SELECT
    data_year() AS data_year,
    system,
    region_set,
    region_id,
    region_name,
    counties,
    counties_ok,
    population,
    agencies,
    agencies_reporting,
    agencies_12_months,
    agencies_zero_population,
    population_of_agencies,
    people,
    population_covered,
    share_reported(population_covered, people) AS share_of_population_by_month,
    12 * population_covered / nullif(people, 0) AS months,
    completeness(share_of_population_by_month) AS completeness,
    murder,
    rape_total,
    robbery_total,
    aggravated_assault,
    violent,
    burglary_total,
    larceny_total,
    mvt_total,
    property,
    violent_zero_population,
    property_zero_population,
    rate_of_place(violent, population, completeness) AS violent_rate,
    rate_of_place(property, population, completeness) AS property_rate,
    rate_of_place(violent + coalesce(violent_zero_population, 0), population, completeness)
        AS violent_rate_with_zero_population,
    rate_of_place(property + coalesce(property_zero_population, 0), population, completeness)
        AS property_rate_with_zero_population,
    estimate_of_place(violent, share_of_population_by_month, completeness) AS violent_estimated,
    estimate_of_place(property, share_of_population_by_month, completeness) AS property_estimated,
    per_100000(violent_estimated, population) AS violent_rate_estimated,
    per_100000(property_estimated, population) AS property_rate_estimated
FROM summed
ORDER BY system, region_set, region_id
