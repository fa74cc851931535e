SELECT
    getvariable('year') AS data_year, ori7, agency_name, state_abbreviation, population_group,
    getvariable('year') >= in_nibrs_from AS is_in_nibrs, true AS is_in_summary, true AS is_active, false AS is_covered,
    if(is_often_missing, 9, 12) AS months_reported,
    if(getvariable('year') >= in_nibrs_from, if(is_often_missing, 9, 12), 0) AS months_reported_nibrs,
    if(getvariable('year') >= in_nibrs_from, 0, if(is_often_missing, 9, 12)) AS months_reported_summary,
    0 AS months_disagreeing, if(is_often_missing, 9, 12) AS months_represented,
    NOT is_often_missing AS participates_12_months, true AS participates_any_month,
    population, 'summary' AS population_from, population AS population_counted
FROM agency
ORDER BY ori7
