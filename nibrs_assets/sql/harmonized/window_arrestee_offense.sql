/*
description: One row per offense of the original incident of a window record (window_arrestee).
key: [data_year, window_arrestee_id, offense_number]
references: {window_arrestee: [data_year, window_arrestee_id]}
*/
SELECT
    window_arrestee.data_year,
    window_arrestee.window_arrestee_id,
    window_arrestee.ori,
    repetition.offense_number,
    repetition.ucr_offense_code
FROM harmonized.window_arrestee AS window_arrestee
JOIN repeated.window_arrestee_offense AS repetition USING (line_number)
ORDER BY window_arrestee.line_number, repetition.offense_number
