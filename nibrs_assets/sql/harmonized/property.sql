/*
description: One row per type of loss and property description of an incident (segment 03).
key: [data_year, incident_id, property_number]
references: {incident: [data_year, incident_id]}
columns:
  property_number: {description: "Place of the record among the property records of its incident, from 1"}
*/
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    incident.incident_number,
    (row_number() OVER (PARTITION BY incident.incident_id ORDER BY property.line_number))::SMALLINT AS property_number,
    property.property_loss_type,
    property.property_description,
    property.value_of_property,
    property.date_recovered,
    property.number_stolen_vehicles,
    property.number_recovered_vehicles,
    property.line_number
FROM typed.property AS property
JOIN harmonized.incident AS incident
    ON incident.record_ori = property.ori AND incident.incident_number = property.incident_number
ORDER BY property.line_number
