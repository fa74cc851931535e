/*
description: >
  One row per agency and system that is, or part of which is, in no county: its crimes are in those of its state and in
  no county's or region's. With the counts of counties, apart ones included, these make the sum over agencies, exactly.
key: [data_year, system, ori7]
references: {agency_reporting_year: [data_year, ori7]}
columns:
  reason: {description: "Why it is in no county: state agency whose record names no county; record names no county, and
    the crosswalk does not have the agency; in several counties, without people or estimates to apportion by",
    overrides: true}
  share: {description: "Share of the agency that is in no county; 1 = all of it", overrides: true}
  people: {description: "People of the agency that this stands for", overrides: true}
  months_reported: {description: "Months that the agency reported to the system, 0 to 12", overrides: true}
  violent: {description: "Violent crimes in no county; NULL where no month was reported", overrides: true}
  property: {description: "Property crimes in no county; NULL where no month was reported", overrides: true}
*/
WITH crime AS (
    SELECT
        system,
        ori7,
        sum(actual) FILTER (WHERE index_crime = 'violent')::DECIMAL(18, 3) AS violent,
        sum(actual) FILTER (WHERE index_crime = 'property')::DECIMAL(18, 3) AS property
    FROM shared.apportioned_crime
    WHERE county_fips IS NULL
    GROUP BY system, ori7
)
SELECT
    data_year() AS data_year,
    coverage.system,
    place.ori7,
    agency.agency_name,
    agency.state_abbreviation,
    place.reason,
    place.share,
    round(place.people)::BIGINT AS people,
    place.has_population,
    coverage.months_reported::SMALLINT AS months_reported,
    crime.violent,
    crime.property
FROM shared.agency_place AS place
JOIN marts.agency_reporting_year AS agency ON agency.ori7 = place.ori7
JOIN shared.agency_coverage AS coverage ON coverage.ori7 = place.ori7 AND file_of(coverage.system) = place.system
LEFT JOIN crime ON crime.system = coverage.system AND crime.ori7 = place.ori7
WHERE place.county_fips IS NULL
ORDER BY coverage.system, place.ori7
