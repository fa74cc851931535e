/*
description: One row per offense of the original incident of a window record (window_clearance).
key: [data_year, window_clearance_id, offense_number]
references: {window_clearance: [data_year, window_clearance_id]}
*/
SELECT
    window_clearance.data_year,
    window_clearance.window_clearance_id,
    window_clearance.ori,
    repetition.offense_number,
    repetition.ucr_offense_code
FROM harmonized.window_clearance AS window_clearance
JOIN repeated.window_exceptional_clearance_offense AS repetition USING (line_number)
ORDER BY window_clearance.line_number, repetition.offense_number
