/*
description: One row per part of an agency of Return A that lies in a county of its own, with its population.
key: [data_year, ori7, county_number]
references: {return_a_agency: [data_year, ori7]}
columns:
  county: {description: "UCR county code (alphabetical order in the state, not FIPS); NULL where the record gives none,
    as for New York City", overrides: true}
*/
SELECT
    data_year() AS data_year,
    record.ori7,
    part.county_number,
    part.population,
    nullif(part.county, '000') AS county,
    part.msa,
    part.last_census_population
FROM repeated.return_a_agency_county AS part
JOIN shared.return_a_record AS record USING (line_number)
-- Unused places hold zeros; the first one is every agency's, be its population 0.
WHERE part.county_number = 1 OR part.population > 0 OR part.county <> '000'
ORDER BY line_number, county_number
