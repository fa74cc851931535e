/*
description: >
  One row per agency in the Return A file of a year, reporting or not. Where an ORI has several records, the one with
  the most months returned; the others are listed in return_a_record_problem.
key: [data_year, ori7]
columns:
  population: {description: "Population the agency serves, the sum of its parts in up to three counties; 0 for agencies
    without one of their own, such as state police. That of a covered agency is in that of the agency in covered_by_ori
    as well: add up agencies that are not covered only", overrides: true}
  county: {description: "UCR code of the first county that the record names; all are in return_a_agency_county",
    overrides: true}
  number_of_counties: {description: "Number of counties that the record names, 0 where it names none, as for New York
    City"}
  juvenile_age: {description: "Age up to which the state counts juveniles; NULL where not given (00)", overrides: true}
  sequence_number: {description: "Sequence number of cities; NULL where not given (00000)", overrides: true}
*/
WITH counties AS (
    SELECT ori7, sum(population)::BIGINT AS population, count(county)::SMALLINT AS number_of_counties
    FROM harmonized.return_a_agency_county
    GROUP BY ori7
)
SELECT
    data_year() AS data_year,
    record.ori7,
    record.agency_name,
    record.state_code,
    state.ucr_abbr AS state_abbreviation,
    record.agency_state_name,
    record.population_group,
    counties.population,
    nullif(record.county_1, '000') AS county,
    coalesce(counties.number_of_counties, 0)::SMALLINT AS number_of_counties,
    record.country_division,
    record.core_city,
    record.covered_by_ori,
    record.covered_by_group,
    nullif(record.sequence_number, '00000') AS sequence_number,
    nullif(record.juvenile_age, 0) AS juvenile_age,
    record.fbi_field_office,
    record.last_month_reported,
    record.agency_count,
    record.population_source,
    record.followup,
    record.special_mailing_group,
    record.old_population_group,
    record.last_update,
    record.line_number
FROM shared.return_a_record AS record
LEFT JOIN counties USING (ori7)
LEFT JOIN codes.state AS state ON state.code = record.state_code
ORDER BY record.line_number
