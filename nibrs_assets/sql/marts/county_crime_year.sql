/*
description: >
  One row per county, year and system: crimes as reported, the people of the Census estimate, how many of them the
  agencies that reported stand for, and rates per 100,000. A rate is withheld (NULL) where completeness is not ok; an
  estimate stands beside what was reported, never in its place. All counties are here for every system whose file of the
  year is there. Agencies in several counties are apportioned by their people, to thousandths; those without people of
  their own are apart. What is in no county is in agency_without_county.
key: [data_year, system, county_fips]
columns:
  county_fips: {description: "FIPS code of the county, five digits with those of the state; former counties are counted
    in what they became", overrides: true}
  population: {description: "People, the Census estimate of the year; NULL where there is none: then there is no rate"}
  population_source: {description: "Whose estimate it is"}
  completeness: {codes: completeness}
  murder: {description: "Murder and nonnegligent manslaughter; as all counts of agencies with people of their own, NULL
    where none reported a month", overrides: true}
  rape_total: {description: "Rape. Of nibrs 11A, 11B and 11C in every year; of the other two by the revised definition
    from 2013 on or the legacy one (agency_offense_month_srs, return_a_agency_year)", overrides: true}
*/
WITH system_of_year AS (
    SELECT of_system.system
    FROM shared.file_of_year AS file
    CROSS JOIN (
        VALUES ('nibrs', file.has_nibrs), ('nibrs_as_summary', file.has_nibrs), ('return_a', file.has_summary)
    ) AS of_system (system, is_there)
    WHERE of_system.is_there
),
summed AS (
    SELECT
        system_of_year.system,
        county.county_fips,
        county.county_name,
        county.state_abbreviation,
        county.population,
        county.population_source,
        coalesce(crime.agencies, 0) AS agencies,
        coalesce(crime.agencies_reporting, 0) AS agencies_reporting,
        coalesce(crime.agencies_12_months, 0) AS agencies_12_months,
        coalesce(crime.agencies_zero_population, 0) AS agencies_zero_population,
        coalesce(crime.population_of_agencies, 0) AS population_of_agencies,
        -- A system that has no agency there is compared with the other's all the same.
        greatest(
            county.population,
            max(crime.population_of_either_file) OVER (PARTITION BY county.county_fips)
        )::BIGINT AS people,
        coalesce(crime.population_covered, 0) AS population_covered,
        crime.murder,
        crime.rape_total,
        crime.robbery_total,
        crime.aggravated_assault,
        crime.violent,
        crime.burglary_total,
        crime.larceny_total,
        crime.mvt_total,
        crime.property,
        crime.violent_zero_population,
        crime.property_zero_population
    FROM shared.county_of_year AS county
    CROSS JOIN system_of_year
    LEFT JOIN shared.place_crime AS crime
        ON crime.level = 'county' AND crime.place = county.county_fips AND crime.system = system_of_year.system
)
SELECT
    data_year() AS data_year,
    system,
    county_fips,
    county_name,
    state_abbreviation,
    population,
    population_source,
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
ORDER BY system, county_fips
