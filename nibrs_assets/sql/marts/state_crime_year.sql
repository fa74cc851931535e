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
WITH of_state AS (
    SELECT system, ori7, any_value(has_population) AS has_population
    FROM shared.agency_place
    GROUP BY system, ori7
),
covered AS (
    SELECT
        coverage.system,
        coverage.state_abbreviation,
        count_if(has_population AND coverage.population_counted > 0)::INTEGER AS agencies,
        count_if(has_population AND coverage.population_counted > 0 AND coverage.months_represented > 0)::INTEGER
            AS agencies_reporting,
        count_if(has_population AND coverage.population_counted > 0 AND coverage.months_represented = 12)::INTEGER
            AS agencies_12_months,
        count_if(NOT has_population)::INTEGER AS agencies_zero_population,
        sum(coverage.population_counted) AS population_of_agencies,
        sum(coverage.population_counted * coverage.months_represented / 12) AS population_covered
    FROM shared.agency_coverage AS coverage
    JOIN of_state ON of_state.ori7 = coverage.ori7 AND of_state.system = file_of(coverage.system)
    GROUP BY coverage.system, coverage.state_abbreviation
),
crime AS (
    SELECT
        crime.system,
        coverage.state_abbreviation,
        sum(actual) FILTER (WHERE has_population AND offense = 'murder')::DECIMAL(18, 3) AS murder,
        sum(actual) FILTER (WHERE has_population AND offense = 'rape_total')::DECIMAL(18, 3) AS rape_total,
        sum(actual) FILTER (WHERE has_population AND offense = 'robbery_total')::DECIMAL(18, 3) AS robbery_total,
        sum(actual) FILTER (WHERE has_population AND offense = 'aggravated_assault')::DECIMAL(18, 3)
            AS aggravated_assault,
        sum(actual) FILTER (WHERE has_population AND index_crime = 'violent')::DECIMAL(18, 3) AS violent,
        sum(actual) FILTER (WHERE has_population AND offense = 'burglary_total')::DECIMAL(18, 3) AS burglary_total,
        sum(actual) FILTER (WHERE has_population AND offense = 'larceny_total')::DECIMAL(18, 3) AS larceny_total,
        sum(actual) FILTER (WHERE has_population AND offense = 'mvt_total')::DECIMAL(18, 3) AS mvt_total,
        sum(actual) FILTER (WHERE has_population AND index_crime = 'property')::DECIMAL(18, 3) AS property,
        sum(actual) FILTER (WHERE NOT has_population AND index_crime = 'violent')::DECIMAL(18, 3)
            AS violent_zero_population,
        sum(actual) FILTER (WHERE NOT has_population AND index_crime = 'property')::DECIMAL(18, 3)
            AS property_zero_population
    FROM shared.agency_crime AS crime
    JOIN shared.agency_coverage AS coverage ON coverage.ori7 = crime.ori7 AND coverage.system = crime.system
    JOIN of_state ON of_state.ori7 = crime.ori7 AND of_state.system = file_of(crime.system)
    GROUP BY crime.system, coverage.state_abbreviation
),
people AS (
    SELECT state_abbreviation, sum(population)::BIGINT AS population
    FROM shared.county_of_year
    GROUP BY state_abbreviation
),
summed AS (
    SELECT
        covered.system,
        covered.state_abbreviation,
        people.population,
        covered.agencies,
        covered.agencies_reporting,
        covered.agencies_12_months,
        covered.agencies_zero_population,
        covered.population_of_agencies::BIGINT AS population_of_agencies,
        greatest(
            people.population,
            max(covered.population_of_agencies) OVER (PARTITION BY covered.state_abbreviation)
        )::BIGINT AS people,
        round(covered.population_covered)::BIGINT AS population_covered,
        crime.* EXCLUDE (system, state_abbreviation)
    FROM covered
    LEFT JOIN people ON people.state_abbreviation = covered.state_abbreviation
    LEFT JOIN crime ON crime.system = covered.system AND crime.state_abbreviation = covered.state_abbreviation
),
completed AS (
    SELECT
        *,
        population_covered / nullif(people, 0) AS share_of_population_by_month,
        12 * population_covered / nullif(people, 0) AS months,
        coalesce(
            (
                SELECT arg_max(level.code, level.at_least::DOUBLE)
                FROM codes.completeness AS level
                WHERE level.at_least::DOUBLE <= summed.population_covered / nullif(summed.people, 0)
            ),
            'insufficient'
        ) AS completeness
    FROM summed
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
    share_of_population_by_month,
    months,
    completeness,
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
    -- Withheld, not shown as low, where too few reported.
    if(completeness = 'ok', per_100000(violent, population), NULL) AS violent_rate,
    if(completeness = 'ok', per_100000(property, population), NULL) AS property_rate,
    if(completeness = 'ok', per_100000(violent + coalesce(violent_zero_population, 0), population), NULL)
        AS violent_rate_with_zero_population,
    if(completeness = 'ok', per_100000(property + coalesce(property_zero_population, 0), population), NULL)
        AS property_rate_with_zero_population,
    if(completeness = 'insufficient', NULL, violent::DOUBLE / share_of_population_by_month) AS violent_estimated,
    if(completeness = 'insufficient', NULL, property::DOUBLE / share_of_population_by_month) AS property_estimated,
    per_100000(violent_estimated, population) AS violent_rate_estimated,
    per_100000(property_estimated, population) AS property_rate_estimated
FROM completed
ORDER BY system, state_abbreviation
