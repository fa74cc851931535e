/*
description: >
  One row per agency that the year's file names: those with a batch header, reporting or not, and those that only
  records name.
key: [data_year, ori]
columns:
  line_number: {description: "Line of the header (BH or B1) in the master file, counted from 1", overrides: true}
  population: {description: "Population the agency serves, the sum of its parts in up to five counties; NULL where none
    is given", overrides: true}
  has_header: {description: Whether the file holds a batch header of the agency; where not only the ORI is known}
*/
WITH population AS (
    SELECT ori, sum(current_population)::BIGINT AS population
    FROM harmonized.agency_county
    GROUP BY ori
),
named_by_records AS (
    SELECT agency_ori AS ori FROM with_agency.administrative
    UNION
    SELECT agency_ori FROM with_agency.group_b_arrest
    UNION
    SELECT agency_ori FROM with_agency.window_exceptional_clearance
    UNION
    SELECT agency_ori FROM with_agency.window_recovered_property
    UNION
    SELECT agency_ori FROM with_agency.window_arrestee
    UNION
    SELECT ori FROM typed.batch_header_2
    UNION
    SELECT ori FROM typed.batch_header_3
    EXCEPT
    SELECT ori FROM shared.agency_header
),
agency AS (
    SELECT *, true AS has_header FROM shared.agency_header
    UNION ALL BY NAME
    SELECT ori, false AS has_header FROM named_by_records
)
SELECT
    data_year() AS data_year,
    agency.ori,
    agency.state_code,
    agency.state_abbreviation,
    agency.city_name,
    agency.agency_indicator,
    agency.population_group,
    population.population,
    agency.country_division,
    agency.country_region,
    agency.core_city,
    agency.covered_by_ori,
    agency.fbi_field_office,
    agency.judicial_district,
    agency.agency_nibrs_flag,
    agency.date_ori_was_added,
    agency.date_ori_went_nibrs,
    agency.agency_inactive_date,
    agency.leoka_state_ibr_date,
    agency.ind_01_06_12,
    agency.number_of_months_reported,
    agency.master_file_year,
    agency.has_header,
    agency.line_number
FROM agency
LEFT JOIN population USING (ori)
WHERE agency.ori IS NOT NULL
ORDER BY agency.line_number NULLS LAST, agency.ori
