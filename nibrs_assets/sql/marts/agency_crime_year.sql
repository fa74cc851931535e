/*
description: >
  One row per agency, year, system and index offense: what the agency reported, what was cleared, and the rate per
  100,000 of its own people. An agency is in a system's rows where it reported a month to it. A count is that of the
  months reported; the rate is there only for all twelve. violent and property are sums of the other offenses: never add
  them to these. The systems are never added up.
key: [data_year, system, offense, ori7]
unique: [[data_year, ori7, system, offense]]
references: {agency_reporting_year: [data_year, ori7]}
caveats:
  - cleared is not the same in both systems; of NIBRS it is of these very offenses by the time the file was made, of
    Return A what was cleared in the year, whenever it happened.
  - The people of an agency are in another's as well where one covers the other; a rate here is the agency's own, and
    rates of places are in county_crime_year and state_crime_year.
columns:
  offense: {description: "Index offense (layouts/codes/summary_offense.csv), or violent (murder, rape, robbery,
    aggravated assault) or property (burglary, larceny, motor vehicle theft)", overrides: true}
  population_group: {codes: population_group}
  population: {description: "Population the agency serves; 0 for agencies without one of their own, NULL where none is
    given. Never add it up", overrides: true}
  months_reported: {description: "Months that the agency reported to the system, 1 to 12; a zero report of NIBRS is one
    where the agency has records in another month", overrides: true}
  actual: {description: "Offenses of the months reported, by the rules of the system; NULL where not all of them can be
    read", overrides: true}
  cleared: {description: "Offenses cleared, see caveats; NULL where a month of Return A has offenses and no card of
    clearances", overrides: true}
  rate: {description: "actual per 100,000 of population; NULL unless all 12 months are reported and the agency has
    people"}
*/
WITH nibrs_cleared AS (
    SELECT
        ori[1:7] AS ori7,
        index_offense(ucr_offense_code) AS offense,
        sum(cleared_so_far) AS cleared
    FROM marts.agency_offense_month
    WHERE year = data_year
    GROUP BY ALL
),
cleared AS (
    SELECT 'nibrs' AS system, ori7, offense, cleared FROM nibrs_cleared
    UNION ALL
    SELECT 'nibrs_as_summary', ori[1:7], offense, sum(cleared_so_far)
    FROM marts.agency_offense_month_srs
    WHERE index_crime IS NOT NULL
    GROUP BY ori[1:7], offense
    UNION ALL
    SELECT 'return_a', ori7, offense, sum_cleared(cleared, actual)
    FROM harmonized.return_a_offense_month
    GROUP BY ori7, offense
),
counted AS (
    SELECT
        crime.system,
        crime.ori7,
        crime.offense,
        crime.index_crime,
        crime.actual,
        -- Nothing cleared of NIBRS is a zero; of Return A it may be a card that was not returned.
        if(crime.system = 'return_a', cleared.cleared, coalesce(cleared.cleared, 0)) AS cleared
    FROM shared.agency_crime AS crime
    LEFT JOIN cleared ON cleared.system = crime.system AND cleared.ori7 = crime.ori7 AND cleared.offense = crime.offense
),
summed AS (
    SELECT system, ori7, offense, actual, cleared FROM counted
    UNION ALL
    SELECT
        system,
        ori7,
        index_crime AS offense,
        if(count(actual) = count(*), sum(actual), NULL) AS actual,
        if(count(cleared) = count(*), sum(cleared), NULL) AS cleared
    FROM counted
    GROUP BY system, ori7, index_crime
)
SELECT
    agency.data_year,
    summed.system,
    summed.offense,
    summed.ori7,
    agency.agency_name,
    agency.state_abbreviation,
    agency.population_group,
    agency.population,
    coverage.months_reported::SMALLINT AS months_reported,
    summed.actual::INTEGER AS actual,
    summed.cleared::INTEGER AS cleared,
    if(coverage.months_reported = 12, per_100000(summed.actual, agency.population), NULL) AS rate
FROM summed
JOIN shared.agency_coverage AS coverage ON coverage.system = summed.system AND coverage.ori7 = summed.ori7
JOIN marts.agency_reporting_year AS agency ON agency.ori7 = summed.ori7
WHERE coverage.months_reported > 0
-- Rows of an agency, and agencies of a state, lie together.
ORDER BY summed.ori7, summed.system, summed.offense
