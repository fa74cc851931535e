/*
description: One row per thing (alcohol, computer, drugs) the offender of an offense was suspected of using.
key: [data_year, incident_id, ucr_offense_code, using_number]
references: {offense: [data_year, incident_id, ucr_offense_code]}
columns:
  using_number: {description: "Place in the record, 1 to 3"}
*/
SELECT
    offense.data_year,
    offense.incident_id,
    offense.ori,
    offense.incident_number,
    offense.ucr_offense_code,
    repetition.using_number,
    repetition.offender_suspected_using
FROM harmonized.offense AS offense
JOIN repeated.offense_using AS repetition USING (line_number)
ORDER BY offense.line_number, repetition.using_number
