/*
description: One row per county that an agency of Return A lies in, with the part of its population that lives there.
key: [data_year, ori7, county_number]
segments: [return_a_agency]
columns:
  county_number: {description: "Place of the county in the record, 1 to 3; 1 is where most of the agency lies"}
*/
SELECT
    data_year() AS data_year,
    record.ori7,
    part.county_number,
    part.population,
    part.county,
    part.msa,
    part.last_census_population
FROM repeated.return_a_agency_county AS part
JOIN shared.return_a_record AS record USING (line_number)
-- Unused places hold zeros; the first one is every agency's, be its population 0.
WHERE part.county_number = 1 OR part.population > 0 OR part.county <> '000'
ORDER BY line_number, county_number
