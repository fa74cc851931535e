/*
description: One row per offense of the original incident of a window record (window_recovered_property).
key: [data_year, window_recovered_property_id, offense_number]
references: {window_recovered_property: [data_year, window_recovered_property_id]}
*/
SELECT
    window_recovered_property.data_year,
    window_recovered_property.window_recovered_property_id,
    window_recovered_property.ori,
    repetition.offense_number,
    repetition.ucr_offense_code
FROM harmonized.window_recovered_property AS window_recovered_property
JOIN repeated.window_recovered_property_offense AS repetition USING (line_number)
ORDER BY window_recovered_property.line_number, repetition.offense_number
