/*
description: >
  One row per agency in the Return A file of a year, reporting or not. Where an ORI has several records, the one with the most months
  returned; the others are listed in return_a_record_problem.
key: [data_year, ori7]
segments: [return_a_agency]
columns:
  state_abbreviation: {description: "State as the FBI abbreviates it: Nebraska is NB, Guam GM", from: [return_a_agency.state_code]}
  population: {description: "Population the agency serves, the sum of its parts in up to three counties; 0 for agencies without one of their own, such as state police", from: [return_a_agency.population]}
  county: {description: "UCR code of the first of its counties, in which most of it lies; all are in return_a_agency_county", from: [return_a_agency.county_1]}
  number_of_counties: {description: Number of counties it lies in, from: [return_a_agency.county]}
*/
WITH counties AS (
    SELECT ori7, sum(population)::BIGINT AS population, count(*)::SMALLINT AS number_of_counties
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
    record.county_1 AS county,
    coalesce(counties.number_of_counties, 0)::SMALLINT AS number_of_counties,
    record.country_division,
    record.core_city,
    record.covered_by_ori,
    record.covered_by_group,
    record.sequence_number,
    record.juvenile_age,
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
