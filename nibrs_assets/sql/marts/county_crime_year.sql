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
WITH covered AS (
    SELECT
        coverage.system,
        place.county_fips,
        count_if(has_population AND coverage.population_counted > 0)::INTEGER AS agencies,
        count_if(has_population AND coverage.population_counted > 0 AND coverage.months_represented > 0)::INTEGER
            AS agencies_reporting,
        count_if(has_population AND coverage.population_counted > 0 AND coverage.months_represented = 12)::INTEGER
            AS agencies_12_months,
        count_if(NOT has_population)::INTEGER AS agencies_zero_population,
        sum(coverage.population_counted * place.share) AS population_of_agencies,
        sum(coverage.population_counted * place.share * coverage.months_represented / 12) AS population_covered
    FROM shared.agency_place AS place
    JOIN shared.agency_coverage AS coverage ON coverage.ori7 = place.ori7 AND file_of(coverage.system) = place.system
    WHERE place.county_fips IS NOT NULL
    GROUP BY coverage.system, place.county_fips
),
crime AS (
    SELECT
        system,
        county_fips,
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
    FROM shared.apportioned_crime
    WHERE county_fips IS NOT NULL
    GROUP BY system, county_fips
),
system_of_year AS (
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
        coalesce(covered.agencies, 0) AS agencies,
        coalesce(covered.agencies_reporting, 0) AS agencies_reporting,
        coalesce(covered.agencies_12_months, 0) AS agencies_12_months,
        coalesce(covered.agencies_zero_population, 0) AS agencies_zero_population,
        coalesce(round(covered.population_of_agencies), 0)::BIGINT AS population_of_agencies,
        greatest(
            county.population,
            round(max(covered.population_of_agencies) OVER (PARTITION BY county.county_fips))
        )::BIGINT AS people,
        coalesce(round(covered.population_covered), 0)::BIGINT AS population_covered,
        crime.* EXCLUDE (system, county_fips)
    FROM shared.county_of_year AS county
    CROSS JOIN system_of_year
    LEFT JOIN covered ON covered.system = system_of_year.system AND covered.county_fips = county.county_fips
    LEFT JOIN crime ON crime.system = system_of_year.system AND crime.county_fips = county.county_fips
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
ORDER BY system, county_fips
