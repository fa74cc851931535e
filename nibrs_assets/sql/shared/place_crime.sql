/* What the agencies of each county and state reported, by system: agencies and people that it stands for, and the index
   offenses. An agency is in a county with its share, in its state whole. Crimes of agencies without people of their own
   are apart (zero_population). */
WITH part AS (
    SELECT 'county' AS level, county_fips AS place, system, ori7, has_population, share
    FROM shared.agency_place
    WHERE county_fips IS NOT NULL
    UNION ALL
    SELECT 'state', agency.state_abbreviation, place.system, place.ori7, any_value(place.has_population), 1
    FROM shared.agency_place AS place
    JOIN marts.agency_reporting_year AS agency ON agency.ori7 = place.ori7
    GROUP BY agency.state_abbreviation, place.system, place.ori7
),
covered AS (
    SELECT
        part.level,
        part.place,
        coverage.system,
        coverage.months_represented,
        -- Sums of decimals are the same in whichever order they are added, those of floating-point numbers are not.
        (coverage.population_counted * part.share)::DECIMAL(18, 3) AS people,
        part.has_population,
        part.has_population AND coverage.population_counted > 0 AS has_people
    FROM part
    JOIN shared.agency_coverage AS coverage ON coverage.ori7 = part.ori7 AND file_of(coverage.system) = part.system
),
coverage AS (
    SELECT
        level,
        place,
        system,
        count_if(has_people)::INTEGER AS agencies,
        count_if(has_people AND months_represented > 0)::INTEGER AS agencies_reporting,
        count_if(has_people AND months_represented = 12)::INTEGER AS agencies_12_months,
        count_if(NOT has_population)::INTEGER AS agencies_zero_population,
        sum(people) AS population_of_agencies,
        sum(people * months_represented) / 12 AS population_covered
    FROM covered
    GROUP BY level, place, system
),
reported AS (
    SELECT
        of_place.level,
        of_place.place,
        crime.system,
        crime.has_population,
        crime.offense,
        crime.index_crime,
        crime.actual
    FROM shared.apportioned_crime AS crime
    JOIN marts.agency_reporting_year AS agency ON agency.ori7 = crime.ori7
    CROSS JOIN (
        VALUES ('county', crime.county_fips), ('state', agency.state_abbreviation)
    ) AS of_place (level, place)
    WHERE of_place.place IS NOT NULL
),
crime AS (
    SELECT
        level,
        place,
        system,
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
    FROM reported
    GROUP BY level, place, system
)
SELECT
    coverage.level,
    coverage.place,
    coverage.system,
    coverage.agencies,
    coverage.agencies_reporting,
    coverage.agencies_12_months,
    coverage.agencies_zero_population,
    round(coverage.population_of_agencies)::BIGINT AS population_of_agencies,
    round(max(coverage.population_of_agencies) OVER (PARTITION BY coverage.level, coverage.place))::BIGINT
        AS population_of_either_file,
    round(coverage.population_covered)::BIGINT AS population_covered,
    crime.* EXCLUDE (level, place, system)
FROM coverage
LEFT JOIN crime
    ON crime.level = coverage.level AND crime.place = coverage.place AND crime.system = coverage.system
