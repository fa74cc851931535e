/*
description: >
  One row per state (US = the country), measure, system and year: the crimes that its agencies reported beside those
  that the FBI published, which hold its estimates for agencies that did not report. All agencies of the state are
  counted, those without people of their own too. The country is the sum of the states that the FBI publishes: no
  territories.
key: [data_year, system, state_abbreviation, measure]
columns:
  state_abbreviation: {description: "State as the FBI abbreviates it: Nebraska is NB; US = the country",
    overrides: true}
  measure: {description: "violent crime, property crime, or one of the offenses that they are of"}
  counted: {description: "Crimes that the agencies reported; NULL where none reported a month"}
  published: {description: "Crimes that the FBI published. Of rape those by the revised definition from 2013 on, by the
    legacy one before; NULL where it published none"}
  ratio: {description: "counted over published"}
  population_published: {description: "People that the FBI counts the state by"}
  share_covered: {description: "population_covered of population_published, 1 at most: what the ratio would be if those
    who did not report were like those who did"}
  ratio_to_share: {description: "ratio over share_covered: 1 where coverage explains the difference"}
  published_rape_definition: {description: "Definition of rape that the published violent crime is by: legacy, revised,
    or neither (its parts do not add up)"}
  reason: {description: "Why the two differ, the first that holds: nothing reported; nothing published; coverage
    (completeness by share_covered is not ok); definition of rape (from 2013 on published rape is by one
    definition, and agencies reported by either); equal (within 1 %); estimation (published adds what others did not
    report, no more than coverage explains); more than published; less than coverage explains (ratio_to_share below
    0.9)", overrides: true}
*/
WITH counted AS (
    SELECT
        crime.system,
        agency.state_abbreviation,
        measured.measure,
        sum(crime.actual) AS counted
    FROM shared.agency_crime AS crime
    JOIN marts.agency_reporting_year AS agency ON agency.ori7 = crime.ori7
    CROSS JOIN (
        VALUES
        (crime.index_crime || ' crime'),
        (
            CASE crime.offense
                WHEN 'murder' THEN 'murder'
                WHEN 'rape_total' THEN 'rape'
                WHEN 'robbery_total' THEN 'robbery'
                WHEN 'aggravated_assault' THEN 'aggravated assault'
                WHEN 'burglary_total' THEN 'burglary'
                WHEN 'larceny_total' THEN 'larceny'
                WHEN 'mvt_total' THEN 'motor vehicle theft'
            END
        )
    ) AS measured (measure)
    GROUP BY crime.system, agency.state_abbreviation, measured.measure
),
published AS (
    SELECT
        estimate.state_abbreviation,
        estimate.population,
        estimate.caveats,
        CASE estimate.violent_crime - estimate.homicide - estimate.robbery - estimate.aggravated_assault
            WHEN estimate.rape_revised THEN 'revised'
            WHEN estimate.rape_legacy THEN 'legacy'
            ELSE 'neither'
        END AS rape_definition,
        measured.measure,
        measured.published
    FROM reference.published_estimate AS estimate
    CROSS JOIN (
        VALUES
        ('violent crime', estimate.violent_crime),
        ('murder', estimate.homicide),
        ('rape', if(data_year() >= 2013, estimate.rape_revised, estimate.rape_legacy)),
        ('robbery', estimate.robbery),
        ('aggravated assault', estimate.aggravated_assault),
        ('property crime', estimate.property_crime),
        ('burglary', estimate.burglary),
        ('larceny', estimate.larceny),
        ('motor vehicle theft', estimate.motor_vehicle_theft)
    ) AS measured (measure, published)
    WHERE estimate.year = data_year()
),
of_published_state AS (
    SELECT state.system, state.state_abbreviation, state.population_covered
    FROM marts.state_crime_year AS state
    JOIN (SELECT DISTINCT state_abbreviation FROM published WHERE state_abbreviation <> 'US') AS known
        ON known.state_abbreviation = state.state_abbreviation
),
place AS (
    SELECT system, state_abbreviation, population_covered FROM of_published_state
    UNION ALL
    SELECT system, 'US' AS state_abbreviation, sum(population_covered)::BIGINT FROM of_published_state GROUP BY system
),
counted_place AS (
    SELECT system, state_abbreviation, measure, counted FROM counted
    UNION ALL
    SELECT counted.system, 'US' AS state_abbreviation, counted.measure, sum(counted.counted)
    FROM counted
    JOIN of_published_state AS state
        ON state.system = counted.system AND state.state_abbreviation = counted.state_abbreviation
    GROUP BY counted.system, counted.measure
),
compared AS (
    SELECT
        place.system,
        place.state_abbreviation,
        published.measure,
        counted.counted::BIGINT AS counted,
        published.published,
        counted.counted::DOUBLE / nullif(published.published, 0) AS ratio,
        published.population AS population_published,
        place.population_covered,
        least(place.population_covered / nullif(published.population, 0), 1) AS share_covered,
        published.rape_definition AS published_rape_definition,
        published.caveats
    FROM place
    JOIN published ON published.state_abbreviation = place.state_abbreviation
    LEFT JOIN counted_place AS counted
        ON counted.system = place.system
        AND counted.state_abbreviation = place.state_abbreviation
        AND counted.measure = published.measure
),
-- How the state's rape compares, by which the definition tells that it is another one.
with_rape AS (
    SELECT
        *,
        max(if(measure = 'rape', ratio / nullif(share_covered, 0), NULL))
            OVER (PARTITION BY system, state_abbreviation)
            AS rape_to_share
    FROM compared
)
SELECT
    data_year() AS data_year,
    system,
    state_abbreviation,
    measure,
    counted,
    published,
    ratio,
    population_published,
    population_covered,
    share_covered,
    ratio / nullif(share_covered, 0) AS ratio_to_share,
    published_rape_definition,
    CASE
        WHEN counted IS NULL THEN 'nothing reported'
        WHEN published IS NULL THEN 'nothing published'
        WHEN share_covered IS NOT NULL AND completeness(share_covered) <> 'ok' THEN 'coverage'
        WHEN
            data_year() >= 2013
            AND measure IN ('violent crime', 'rape')
            AND (published_rape_definition = 'legacy' OR rape_to_share < 0.9)
            THEN 'definition of rape'
        WHEN ratio BETWEEN 0.99 AND 1.01 THEN 'equal'
        WHEN ratio > 1 THEN 'more than published'
        WHEN ratio >= 0.9 * share_covered THEN 'estimation'
        ELSE 'less than coverage explains'
    END AS reason,
    caveats
FROM with_rape
ORDER BY system, state_abbreviation, measure
