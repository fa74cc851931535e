/*
description: One row per description of property recovered of an incident that NIBRS does not hold (segment W3); not an incident.
key: [data_year, window_recovered_property_id]
references: {agency: [data_year, ori]}
columns:
  window_recovered_property_id: {description: "Number of the window record, unique over all years: the year, then its place in the master file", from: [window_recovered_property.ori, window_recovered_property.incident_number]}
  ori: {description: "ORI of the agency that the record belongs to, 9 characters: that of the batch header before it", from: [window_recovered_property.ori, batch_header.ori, batch_header_1.ori]}
  record_ori: {description: "ORI as the record itself writes it; characters 8-9 may differ from the agency's", from: [window_recovered_property.ori]}
*/
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS window_recovered_property_id,
    record_agency.agency_ori AS ori,
    record.ori AS record_ori,
    record.state_code,
    record.incident_number,
    record.incident_date,
    record.property_loss_type,
    record.property_description,
    record.value_of_property,
    record.date_recovered,
    record.number_stolen_vehicles,
    record.number_recovered_vehicles,
    line_number
FROM typed.window_recovered_property AS record
JOIN shared.record_agency AS record_agency USING (line_number)
WHERE record_agency.agency_ori IS NOT NULL
ORDER BY line_number
