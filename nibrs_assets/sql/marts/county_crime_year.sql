/*
description: >
  One row per county, year and system: crimes as reported, the people of the Census estimate, how many of them the
  agencies that reported stand for, and rates per 100,000. A rate is withheld (NULL) where completeness is not ok; an
  estimate stands beside what was reported, never in its place. All counties are here for every system whose file of the
  year is there. Agencies in several counties are apportioned by their people, to thousandths; those without people of
  their own are apart. What is in no county is in agency_without_county.
key: [data_year, system, county_fips]
columns:
  system: {description: "System of counts: return_a, nibrs (by the rules of NIBRS), nibrs_as_summary (NIBRS by those of
    the Summary system); never add them up"}
  county_fips: {description: "FIPS code of the county, five digits with those of the state; former counties are counted
    in what they became"}
  county_name: {description: "Name, as the Census Bureau writes it"}
  state_abbreviation: {description: "State as the FBI abbreviates it: Nebraska is NB, Guam GM"}
  population: {description: "People, the Census estimate of the year; NULL where there is none: then there is no rate"}
  population_source: {description: "Whose estimate it is"}
  agencies: {description: "Agencies with people of their own in the county, those apart that another one covers"}
  agencies_reporting: {description: "Of these, those of which any month is represented: reported by the agency or by the
    one that covers it"}
  agencies_12_months: {description: "Of these, those of which all 12 months are represented"}
  agencies_zero_population: {description: "Agencies without people of their own in the county: state police,
    universities and the like"}
  population_of_agencies: {description: "People of the agencies of the system's file in the county, everyone once"}
  people: {description: "People that shares are of: the estimate, or those of the agencies of either system's file where
    these are more; NULL where neither is known"}
  population_covered: {description: "People whose crimes are reported, weighted by months: those of each agency times
    its months represented of 12"}
  share_of_population_by_month: {description: "population_covered of people, 0 to 1; NULL where these are not known"}
  months: {description: "Months reported, the mean over the people: 12 times share_of_population_by_month"}
  completeness: {description: "ok, partial or insufficient, by share_of_population_by_month
    (layouts/codes/completeness.csv)", codes: completeness}
  murder: {description: "Murder and nonnegligent manslaughter; as all counts of agencies with people of their own, NULL
    where none reported a month"}
  rape_total: {description: "Rape. Of nibrs 11A, 11B and 11C in every year; of the other two by the revised definition
    from 2013 on or the legacy one (agency_offense_month_srs, return_a_agency_year)"}
  robbery_total: {description: Robbery}
  aggravated_assault: {description: Aggravated assault}
  violent: {description: "Violent crime: murder, rape, robbery, aggravated assault, of agencies with people of their
    own, as reported"}
  burglary_total: {description: Burglary}
  larceny_total: {description: Larceny-theft}
  mvt_total: {description: Motor vehicle theft}
  property: {description: "Property crime: burglary, larceny, motor vehicle theft, of agencies with people of their own,
    as reported"}
  violent_zero_population: {description: "Violent crimes of agencies without people of their own in the county, apart:
    in violent and its rate they are not"}
  property_zero_population: {description: "Property crimes of these, apart"}
  violent_rate: {description: "violent per 100,000 of population; NULL (withheld) unless completeness is ok, and where
    there is no estimate of the people"}
  property_rate: {description: "property per 100,000 of population; see violent_rate"}
  violent_rate_with_zero_population: {description: "The same with violent_zero_population, as the FBI counts states"}
  property_rate_with_zero_population: {description: "The same with property_zero_population"}
  violent_estimated: {description: "An estimate, not reported: violent over share_of_population_by_month, as if those
    who did not report were like those who did. NULL where completeness is insufficient"}
  property_estimated: {description: "An estimate like violent_estimated"}
  violent_rate_estimated: {description: "violent_estimated per 100,000 of population, where completeness is partial
    too"}
  property_rate_estimated: {description: "property_estimated per 100,000 of population"}
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
