/*
description: One row per type of loss and property description of an incident (segment 03).
key: [data_year, incident_id, property_number]
references: {incident: [data_year, incident_id]}
columns:
  property_number: {description: "Place of the record among the property records of its incident, from 1"}
*/
SELECT
    data_year,
    incident_id,
    ori,
    incident_number,
    (row_number() OVER (PARTITION BY incident_id ORDER BY line_number))::SMALLINT AS property_number,
    property_loss_type,
    property_description,
    value_of_property,
    date_recovered,
    number_stolen_vehicles,
    number_recovered_vehicles,
    line_number
FROM with_incident.property
ORDER BY line_number
