/*
description: One row per weapon a person arrested for a Group B offense was armed with.
key: [data_year, group_b_arrest_id, weapon_number]
references: {group_b_arrest: [data_year, group_b_arrest_id]}
*/
SELECT
    group_b_arrest.data_year,
    group_b_arrest.group_b_arrest_id,
    group_b_arrest.ori,
    repetition.weapon_number,
    repetition.armed_with,
    repetition.automatic_indicator
FROM harmonized.group_b_arrest AS group_b_arrest
JOIN repeated.group_b_arrest_weapon AS repetition USING (line_number)
ORDER BY group_b_arrest.line_number, repetition.weapon_number
