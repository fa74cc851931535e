/*
description: One row per Group A incident (segment 01).
key: [data_year, incident_id]
unique: [[data_year, ori, incident_number]]
references: {agency: [data_year, ori]}
columns:
  incident_id: {description: "Number of the incident, unique over all years: the year, then its place in the master
    file"}
*/
WITH repeated_key AS (
    SELECT agency_ori, incident_number, min(line_number) AS first_line
    FROM with_agency.administrative
    GROUP BY agency_ori, incident_number
    HAVING count(*) > 1
),
incident AS (
    SELECT record.*
    FROM with_agency.administrative AS record
    LEFT JOIN repeated_key USING (agency_ori, incident_number)
    WHERE
        record.agency_ori IS NOT NULL
        AND record.incident_number IS NOT NULL
        AND coalesce(record.line_number = repeated_key.first_line, true)
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
