/*
description: One row per person arrested for a Group B offense (segment 07); it belongs to no incident.
key: [data_year, group_b_arrest_id]
unique: [[data_year, ori, arrest_transaction_number, arrestee_sequence_number]]
references: {agency: [data_year, ori]}
columns:
  group_b_arrest_id: {description: "Number of the arrest, unique over all years: the year, then its place in the master
    file"}
*/
WITH arrest AS (
    SELECT * FROM with_agency.group_b_arrest
    WHERE agency_ori IS NOT NULL AND arrest_transaction_number IS NOT NULL AND arrestee_sequence_number IS NOT NULL
    QUALIFY
        row_number() OVER (
            PARTITION BY agency_ori, arrest_transaction_number, arrestee_sequence_number ORDER BY line_number
        ) = 1
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
