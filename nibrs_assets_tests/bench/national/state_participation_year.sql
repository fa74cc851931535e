SELECT
    getvariable('year') AS data_year, state_abbreviation, count(*) AS agencies, count(*) AS agencies_active, 0 AS agencies_covered,
    count(*) AS agencies_any_month, count_if(NOT is_often_missing) AS agencies_12_months,
    count_if(getvariable('year') >= in_nibrs_from) AS agencies_any_month_nibrs,
    count_if(getvariable('year') < in_nibrs_from) AS agencies_any_month_summary,
    sum(population) AS population, sum(population) FILTER (WHERE NOT is_often_missing) AS population_12_months,
    sum(population) FILTER (WHERE getvariable('year') >= in_nibrs_from) AS population_12_months_nibrs,
    sum(population) FILTER (WHERE getvariable('year') < in_nibrs_from) AS population_12_months_summary,
    0.95 AS share_of_agencies_12_months, 0.97 AS share_of_population_by_month, 0.5 AS share_of_population_by_month_nibrs,
    0.5 AS share_of_population_by_month_summary
FROM agency
GROUP BY state_abbreviation
ORDER BY state_abbreviation
