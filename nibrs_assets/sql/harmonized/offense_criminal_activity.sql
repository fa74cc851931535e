/*
description: One row per type of criminal activity or gang information of an offense.
key: [data_year, incident_id, ucr_offense_code, activity_number]
references: {offense: [data_year, incident_id, ucr_offense_code]}
columns:
  activity_number: {description: "Place of the activity in the record, 1 to 3"}
*/
SELECT
    offense.data_year,
    offense.incident_id,
    offense.ori,
    offense.incident_number,
    offense.ucr_offense_code,
    repetition.activity_number,
    repetition.criminal_activity
FROM harmonized.offense AS offense
JOIN repeated.offense_activity AS repetition USING (line_number)
ORDER BY offense.line_number, repetition.activity_number
