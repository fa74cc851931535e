/*
description: One row per county that an agency lies in, with the part of its population that lives there.
key: [data_year, ori, county_number]
references: {agency: [data_year, ori]}
*/
SELECT
    data_year() AS data_year,
    ori,
    county_number,
    any_value(current_population) AS current_population,
    any_value(last_population) AS last_population,
    any_value(ucr_county_code) AS ucr_county_code,
    any_value(fips_county) AS fips_county,
    any_value(msa_code) AS msa_code
FROM shared.header_county
WHERE ori IS NOT NULL
GROUP BY ori, county_number
-- Unused places hold zeros in some years.
HAVING max(current_population) > 0 OR count(ucr_county_code) > 0 OR count(fips_county) > 0
ORDER BY min(line_number), county_number
