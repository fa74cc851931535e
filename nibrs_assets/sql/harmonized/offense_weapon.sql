/*
description: One row per type of weapon or force of an offense.
key: [data_year, incident_id, ucr_offense_code, weapon_number]
references: {offense: [data_year, incident_id, ucr_offense_code]}
columns:
  weapon_number: {description: "Place of the weapon in the record, 1 to 3", overrides: true}
*/
SELECT
    offense.data_year,
    offense.incident_id,
    offense.ori,
    offense.incident_number,
    offense.ucr_offense_code,
    repetition.weapon_number,
    repetition.weapon_force,
    repetition.automatic_indicator
FROM harmonized.offense AS offense
JOIN repeated.offense_weapon AS repetition USING (line_number)
ORDER BY offense.line_number, repetition.weapon_number
