/*
description: >
  One row per region, year and system: the sums of its counties in county_crime_year. A rate is the sum of counts over
  the sum of people, never a mean of rates, and is withheld (NULL) where completeness is not ok. Regions are data: each
  CSV file of regions is a set.
key: [data_year, system, region_set, region_id]
columns:
  system: {description: "System of counts: return_a, nibrs (by the rules of NIBRS), nibrs_as_summary (NIBRS by those of
    the Summary system); never add them up"}
  region_set: {description: "Set of regions: the name of its file"}
  region_id: {description: "Region, as its file calls it"}
  region_name: {description: "Name of the region; NULL where the file gives none"}
  counties: {description: "Counties of the region"}
  counties_ok: {description: "Of these, those whose own completeness is ok"}
  population: {description: "People, the sum of the Census estimates of its counties; NULL where one has none: then
    there is no rate"}
  agencies: {description: "Agencies with people of their own in the region, each in every county of it, those apart that
    another one covers"}
  agencies_reporting: {description: "Of these, those of which any month is represented: reported by the agency or by the
    one that covers it"}
  agencies_12_months: {description: "Of these, those of which all 12 months are represented"}
  agencies_zero_population: {description: "Agencies without people of their own in the region: state police,
    universities and the like"}
  population_of_agencies: {description: "People of the agencies of the system's file in the region, everyone once"}
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
  violent_zero_population: {description: "Violent crimes of agencies without people of their own in the region, apart:
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
