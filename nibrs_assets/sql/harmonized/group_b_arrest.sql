/*
description: One row per person arrested for a Group B offense (segment 07); it belongs to no incident.
key: [data_year, group_b_arrest_id]
unique: [[data_year, ori, arrest_transaction_number, arrestee_sequence_number]]
references: {agency: [data_year, ori]}
columns:
  group_b_arrest_id: {description: "Number of the arrest, unique over all years: the year, then its place in the master
    file"}
*/
WITH repeated_key AS (
    SELECT agency_ori, arrest_transaction_number, arrestee_sequence_number, min(line_number) AS first_line
    FROM with_agency.group_b_arrest
    GROUP BY agency_ori, arrest_transaction_number, arrestee_sequence_number
    HAVING count(*) > 1
),
arrest AS (
    SELECT record.*
    FROM with_agency.group_b_arrest AS record
    LEFT JOIN repeated_key USING (agency_ori, arrest_transaction_number, arrestee_sequence_number)
    WHERE
        record.agency_ori IS NOT NULL
        AND record.arrest_transaction_number IS NOT NULL
        AND record.arrestee_sequence_number IS NOT NULL
        AND coalesce(record.line_number = repeated_key.first_line, true)
)
SELECT
    data_year() AS data_year,
    year_id(row_number() OVER (ORDER BY line_number)) AS group_b_arrest_id,
    agency_ori AS ori,
    ori AS record_ori,
    state_code,
    private_number(agency_ori, arrest_transaction_number) AS arrest_transaction_number,
    arrestee_sequence_number,
    arrest_date,
    city_submission,
    arrest_type,
    arrest_offense_code,
    arrestee_age,
    age_years(arrestee_age) AS arrestee_age_years,
    arrestee_sex,
    arrestee_race,
    comparable_race(arrestee_race) AS arrestee_race_group,
    arrestee_ethnicity,
    arrestee_resident_status,
    disposition_under_18,
    line_number
FROM arrest
ORDER BY line_number
