/*
description: One row per exceptional clearance of an incident that NIBRS does not hold (segment W1); not an incident.
key: [data_year, window_clearance_id]
references: {agency: [data_year, ori]}
columns:
  window_clearance_id: {description: "Number of the window record, unique over all years: the year, then its place in
    the master file"}
  ori: {description: "ORI of the agency that the record belongs to, 9 characters: that of the batch header before it"}
  record_ori: {description: "ORI as the record itself writes it; characters 8-9 may differ from the agency's"}
  incident_hour: {description: "Hour of the incident, 0 to 23; NULL = unknown"}
  incident_number: {description: "Number of the incident, unique within the agency and year: a hash of the agency's own
    number, which NIBRS_INCIDENT_NUMBERS=plain keeps"}
*/
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS window_clearance_id,
    agency_ori AS ori,
    ori AS record_ori,
    state_code,
    private_number(agency_ori, incident_number) AS incident_number,
    incident_date,
    report_date_indicator,
    incident_date_hour AS incident_hour,
    city_submission,
    cleared_exceptionally,
    exceptional_clearance_date,
    cargo_theft_indicator,
    line_number
FROM with_agency.window_exceptional_clearance
WHERE agency_ori IS NOT NULL
ORDER BY line_number
