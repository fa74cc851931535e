/*
description: One row per exceptional clearance of an incident that NIBRS does not hold (segment W1); not an incident.
key: [data_year, window_clearance_id]
references: {agency: [data_year, ori]}
columns:
  window_clearance_id: {description: "Number of the window record, unique over all years: the year, then its place in the master file", from: [window_exceptional_clearance.ori, window_exceptional_clearance.incident_number]}
  ori: {description: "ORI of the agency that the record belongs to, 9 characters: that of the batch header before it", from: [window_exceptional_clearance.ori, batch_header.ori, batch_header_1.ori]}
  record_ori: {description: "ORI as the record itself writes it; characters 8-9 may differ from the agency's", from: [window_exceptional_clearance.ori]}
  incident_hour: {description: "Hour of the incident, 0 to 23; NULL = unknown", from: [window_exceptional_clearance.incident_date_hour]}
*/
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS window_clearance_id,
    record_agency.agency_ori AS ori,
    record.ori AS record_ori,
    record.state_code,
    record.incident_number,
    record.incident_date,
    record.report_date_indicator,
    record.incident_date_hour AS incident_hour,
    record.city_submission,
    record.cleared_exceptionally,
    record.exceptional_clearance_date,
    record.cargo_theft_indicator,
    line_number
FROM typed.window_exceptional_clearance AS record
JOIN shared.record_agency AS record_agency USING (line_number)
WHERE record_agency.agency_ori IS NOT NULL
ORDER BY line_number
