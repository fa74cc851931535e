/*
description: >
  The crimes of all counties, those of agencies without people in them and those of agencies in no county are the crimes
  of all agencies, exactly
after: state_crime_year
*/
WITH place AS (
    SELECT system, violent, property, violent_zero_population, property_zero_population FROM marts.county_crime_year
    UNION ALL
    SELECT system, violent, property, 0, 0 FROM marts.agency_without_county
),
summed AS (
    SELECT
        system,
        sum(coalesce(violent, 0) + coalesce(violent_zero_population, 0)) AS violent,
        sum(coalesce(property, 0) + coalesce(property_zero_population, 0)) AS property
    FROM place
    GROUP BY system
),
of_agencies AS (
    SELECT 'return_a' AS system, sum(violent) AS violent, sum(property) AS property FROM marts.return_a_agency_year
    UNION ALL
    SELECT
        'nibrs_as_summary',
        sum(actual) FILTER (WHERE index_crime = 'violent'),
        sum(actual) FILTER (WHERE index_crime = 'property')
    FROM marts.agency_offense_month_srs
    UNION ALL
    SELECT
        'nibrs',
        sum(offenses) FILTER (WHERE index_crime(index_offense(ucr_offense_code)) = 'violent'),
        sum(offenses) FILTER (WHERE index_crime(index_offense(ucr_offense_code)) = 'property')
    FROM marts.agency_offense_month
    WHERE year = data_year
),
of_states AS (
    SELECT
        system,
        sum(coalesce(violent, 0) + coalesce(violent_zero_population, 0)) AS violent,
        sum(coalesce(property, 0) + coalesce(property_zero_population, 0)) AS property
    FROM made
    GROUP BY system
),
compared AS (
    SELECT 'counties' AS places, summed.* FROM summed
    UNION ALL
    SELECT 'states', of_states.* FROM of_states
)
SELECT
    places || ' of ' || system || ' do not add up to the agencies' AS finding,
    1 AS rows,
    1 AS of_rows,
    compared.violent || ' violent and ' || compared.property || ' property crimes of ' || of_agencies.violent || ' and '
    || of_agencies.property AS example
FROM compared
JOIN of_agencies USING (system)
WHERE
    compared.violent <> coalesce(of_agencies.violent, 0)
    OR compared.property <> coalesce(of_agencies.property, 0)
