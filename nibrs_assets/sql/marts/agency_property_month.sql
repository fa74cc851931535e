/*
description: >
  One row per agency, month and property description: what was stolen in the month (loss type 7, month of the incident)
  and what was recovered in it (loss type 5, month of the recovery, which may be after the data year). A value of 1
  means unknown and is in no sum. Values belong to incidents and not to offenses: joined to these they would be counted
  several times. There is a row only where something was stolen or recovered.
key: [data_year, ori, year, month, property_description]
references: {agency: [data_year, ori]}
columns:
  year: {description: "Year of the incident, of what was recovered that of the recovery", overrides: true}
  month: {description: "Month of the incident, 1 to 12, of what was recovered that of the recovery", overrides: true}
  stolen_records: {description: "Records of stolen property: one per incident and description"}
  stolen_value: {description: "Value of the stolen property in whole dollars, of the records where it is known; NULL
    where of none"}
  stolen_value_unknown: {description: "Records of stolen property without a known value"}
  recovered_records: {description: "Records of recovered property"}
  recovered_value: {description: "Value of the recovered property in whole dollars, of the records where it is known;
    NULL where of none"}
  recovered_value_unknown: {description: "Records of recovered property without a known value"}
*/
WITH moved AS (
    SELECT
        incident.data_year,
        incident.ori,
        property.property_loss_type = '7' AS is_stolen,
        CASE property.property_loss_type WHEN '7' THEN incident.incident_date ELSE property.date_recovered END
            AS moved_on,
        property.property_description,
        nullif(property.value_of_property, 1) AS known_value
    FROM harmonized.property AS property
    JOIN harmonized.incident AS incident USING (data_year, incident_id)
    WHERE property.property_loss_type IN ('5', '7')
)
SELECT
    data_year,
    ori,
    year(moved_on)::SMALLINT AS year,
    month(moved_on)::SMALLINT AS month,
    property_description,
    count(*) FILTER (WHERE is_stolen)::INTEGER AS stolen_records,
    if(stolen_records > 0, sum(known_value) FILTER (WHERE is_stolen), 0)::BIGINT AS stolen_value,
    count(*) FILTER (WHERE is_stolen AND known_value IS NULL)::INTEGER AS stolen_value_unknown,
    count(*) FILTER (WHERE NOT is_stolen)::INTEGER AS recovered_records,
    if(recovered_records > 0, sum(known_value) FILTER (WHERE NOT is_stolen), 0)::BIGINT AS recovered_value,
    count(*) FILTER (WHERE NOT is_stolen AND known_value IS NULL)::INTEGER AS recovered_value_unknown
FROM moved
WHERE moved_on IS NOT NULL AND property_description IS NOT NULL
GROUP BY ALL
ORDER BY ori, year, month, property_description
