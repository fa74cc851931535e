/*
description: One row per description of property recovered of an incident that NIBRS does not hold (segment W3); not an
  incident.
key: [data_year, window_recovered_property_id]
references: {agency: [data_year, ori]}
columns:
  window_recovered_property_id: {description: "Number of the window record, unique over all years: the year, then its
    place in the master file"}
*/
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS window_recovered_property_id,
    agency_ori AS ori,
    ori AS record_ori,
    state_code,
    private_number(agency_ori, incident_number) AS incident_number,
    incident_date,
    property_loss_type,
    property_description,
    value_of_property,
    date_recovered,
    number_stolen_vehicles,
    number_recovered_vehicles,
    line_number
FROM with_agency.window_recovered_property
WHERE agency_ori IS NOT NULL
ORDER BY line_number
