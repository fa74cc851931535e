/*
description: One row per weapon an arrestee was armed with.
key: [data_year, incident_id, arrestee_sequence_number, weapon_number]
references: {arrestee: [data_year, incident_id, arrestee_sequence_number]}
*/
SELECT
    arrestee.data_year,
    arrestee.incident_id,
    arrestee.ori,
    arrestee.incident_number,
    arrestee.arrestee_sequence_number,
    repetition.weapon_number,
    repetition.armed_with,
    repetition.automatic_indicator
FROM harmonized.arrestee AS arrestee
JOIN repeated.arrestee_weapon AS repetition USING (line_number)
ORDER BY arrestee.line_number, repetition.weapon_number
