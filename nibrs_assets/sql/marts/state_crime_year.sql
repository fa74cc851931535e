/*
description: >
  One row per state, year and system: crimes as reported by all its agencies, in a county or in none, the people of the
  Census estimates, how many of them the agencies that reported stand for, and rates per 100,000. A rate is withheld
  (NULL) where completeness is not ok. The sum over states, crimes of agencies without people of their own included, is
  the sum over agencies, exactly.
key: [data_year, system, state_abbreviation]
columns:
  population: {description: "People, the sum of the Census estimates of its counties; NULL where there are none: then
    there is no rate", overrides: true}
  completeness: {codes: completeness}
  murder: {description: "Murder and nonnegligent manslaughter; as all counts of agencies with people of their own, NULL
    where none reported a month", overrides: true}
  rape_total: {description: "Rape. Of nibrs 11A, 11B and 11C in every year; of the other two by the revised definition
    from 2013 on or the legacy one (agency_offense_month_srs, return_a_agency_year)", overrides: true}
*/
WITH people AS (
    SELECT state_abbreviation, sum(population)::BIGINT AS population
    FROM shared.county_of_year
    GROUP BY state_abbreviation
),
summed AS (
    SELECT
        crime.system,
        crime.place AS state_abbreviation,
        people.population,
        crime.agencies,
        crime.agencies_reporting,
        crime.agencies_12_months,
        crime.agencies_zero_population,
        crime.population_of_agencies,
        greatest(people.population, crime.population_of_either_file) AS people,
        crime.population_covered,
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
    FROM shared.place_crime AS crime
    LEFT JOIN people ON people.state_abbreviation = crime.place
    WHERE crime.level = 'state'
)
SELECT
    data_year() AS data_year,
    system,
    state_abbreviation,
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
ORDER BY system, state_abbreviation
