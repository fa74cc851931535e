/*
description: One row per weapon the arrestee of a window record was armed with.
key: [data_year, window_arrestee_id, weapon_number]
references: {window_arrestee: [data_year, window_arrestee_id]}
*/
SELECT
    window_arrestee.data_year,
    window_arrestee.window_arrestee_id,
    window_arrestee.ori,
    repetition.weapon_number,
    repetition.armed_with,
    repetition.automatic_indicator
FROM harmonized.window_arrestee AS window_arrestee
JOIN repeated.window_arrestee_weapon AS repetition USING (line_number)
ORDER BY window_arrestee.line_number, repetition.weapon_number
