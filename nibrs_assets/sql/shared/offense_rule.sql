/* How an offense is counted, one row per code whatever its label was called in which year. */
SELECT
    code AS ucr_offense_code,
    any_value(crime_against) AS crime_against,
    any_value(hierarchy_rank)::SMALLINT AS hierarchy_rank
FROM codes.offense
GROUP BY code
