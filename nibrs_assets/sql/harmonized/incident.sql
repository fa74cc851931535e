/*
description: One row per Group A incident (segment 01).
key: [data_year, incident_id]
unique: [[data_year, ori, incident_number]]
references: {agency: [data_year, ori]}
columns:
  incident_id: {description: "Number of the incident, unique over all years: the year, then its place in the master
    file"}
*/
WITH incident AS (
    SELECT * FROM with_agency.administrative
    WHERE agency_ori IS NOT NULL AND incident_number IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY agency_ori, incident_number ORDER BY line_number) = 1
)
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS incident_id,
    agency_ori AS ori,
    private_number(agency_ori, incident_number) AS incident_number,
    ori AS record_ori,
    state_code,
    incident_date,
    report_date_indicator,
    incident_date_hour AS incident_hour,
    total_offense_segments,
    total_victim_segments,
    total_offender_segments,
    total_arrestee_segments,
    city_submission,
    cleared_exceptionally,
    exceptional_clearance_date,
    cargo_theft_indicator,
    line_number
FROM incident
ORDER BY line_number
