/* How many incidents of each year are used, and how many are left out, by why. */
SELECT
    data_year,
    any_value(file.incidents) AS incidents,
    count(*) AS reported,
    count_if(agency_arrestees = 0)::BIGINT AS without_arrestees,
    count_if(agency_arrestees > 0 AND NOT is_dated)::BIGINT AS undated,
    count_if(agency_arrestees > 0 AND is_dated AND follow_up_days < 90)::BIGINT AS short_90,
    count_if(agency_arrestees > 0 AND is_dated AND follow_up_days < 180)::BIGINT AS short_180,
    count_if(agency_arrestees > 0 AND either_90 IS NOT NULL)::BIGINT AS used_90,
    count_if(agency_arrestees > 0 AND either_180 IS NOT NULL)::BIGINT AS used_180,
    count_if(agency_arrestees > 0 AND either_180)::BIGINT AS cleared_180,
    count_if(agency_arrestees > 0 AND either_180 AND NOT is_open_after_first_day)::BIGINT AS cleared_first_day,
    count_if(agency_arrestees > 0 AND arrest_180)::BIGINT AS arrest_180,
    count_if(agency_arrestees > 0 AND exceptional_180)::BIGINT AS exceptional_180
FROM incident_outcome
JOIN file USING (data_year)
GROUP BY data_year
ORDER BY data_year
