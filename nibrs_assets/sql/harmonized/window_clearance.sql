/*
description: One row per exceptional clearance of an incident that NIBRS does not hold (segment W1); not an incident.
key: [data_year, window_clearance_id]
references: {agency: [data_year, ori]}
columns:
  window_clearance_id: {description: "Number of the window record, unique over all years: the year, then its place in
    the master file"}
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
