/*
description: >
  One row per agency, county that it lies in and system: the share of the agency's crimes and people that is counted
  there, by the people of the agency in each county. The record's own county comes first; the crosswalk of agencies is
  used where it names none. Agencies without people of their own (has_population false) have the county of their record;
  what they count is shown apart from the county's and in no rate. The rows of nibrs hold for nibrs_as_summary, too.
  Agencies that lie in no county here are in agency_without_county.
key: [data_year, system, ori7, county_fips]
references: {agency_reporting_year: [data_year, ori7]}
columns:
  system: {description: "System whose file is read: nibrs or return_a", overrides: true}
  county_fips: {description: "FIPS code of the county, five digits with those of the state; of a former county that
    which it is counted in", overrides: true}
  share: {description: "Share of the agency that is counted in the county; the shares of an agency, with that in
    agency_without_county, add up to 1"}
  people: {description: "People of the agency who live in the county, as the file gives them; never add up, as those of
    covered agencies are in others as well", overrides: true}
  county_from: {description: "What says that the agency lies there: FIPS code (of the NIBRS header), UCR county code (of
    the record), crosswalk, or crosswalk, parts by Census estimates (New York City)"}
*/
SELECT
    data_year() AS data_year,
    place.system,
    place.ori7,
    agency.agency_name,
    agency.state_abbreviation,
    place.county_fips,
    place.share,
    round(place.people)::BIGINT AS people,
    place.has_population,
    place.county_from
FROM shared.agency_place AS place
JOIN marts.agency_reporting_year AS agency ON agency.ori7 = place.ori7
WHERE place.county_fips IS NOT NULL
ORDER BY place.system, place.ori7, place.county_fips
