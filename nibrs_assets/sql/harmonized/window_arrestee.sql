/*
description: One row per person arrested for an incident that NIBRS does not hold (segment W6); not an incident.
key: [data_year, window_arrestee_id]
references: {agency: [data_year, ori]}
columns:
  window_arrestee_id: {description: "Number of the window record, unique over all years: the year, then its place in the master file", from: [window_arrestee.ori, window_arrestee.incident_number]}
  ori: {description: "ORI of the agency that the record belongs to, 9 characters: that of the batch header before it", from: [window_arrestee.ori, batch_header.ori, batch_header_1.ori]}
  record_ori: {description: "ORI as the record itself writes it; characters 8-9 may differ from the agency's", from: [window_arrestee.ori]}
  arrestee_age_years: {description: "Age of the arrestee in whole years: 99 stands for over 98, NULL = unknown", from: [window_arrestee.arrestee_age]}
*/
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS window_arrestee_id,
    record_agency.agency_ori AS ori,
    record.ori AS record_ori,
    record.state_code,
    record.incident_number,
    record.incident_date,
    record.arrestee_sequence_number,
    record.arrest_transaction_number,
    record.arrest_date,
    record.arrest_type,
    record.multiple_arrestee_indicator,
    record.arrest_offense_code,
    record.arrestee_age,
    age_years(record.arrestee_age) AS arrestee_age_years,
    record.arrestee_sex,
    record.arrestee_race,
    record.arrestee_ethnicity,
    record.arrestee_resident_status,
    record.disposition_under_18,
    record.window_clearance_flag,
    line_number
FROM typed.window_arrestee AS record
JOIN shared.record_agency AS record_agency USING (line_number)
WHERE record_agency.agency_ori IS NOT NULL
ORDER BY line_number
