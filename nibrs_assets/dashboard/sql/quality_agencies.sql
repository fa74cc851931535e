-- What is wrong or missing in the state's reports of the year: agencies, beside those that it can be wrong of.
SELECT
    count(*) AS agencies,
    count(*) FILTER (WHERE is_active) AS agencies_active,
    count(*) FILTER (WHERE is_covered OR covered_by_problem IS NOT NULL) AS agencies_covered,
    count(*) FILTER (WHERE months_disagreeing > 0) AS agencies_disagreeing,
    count(*) FILTER (WHERE covered_by_problem IS NOT NULL) AS agencies_covered_by_problem,
    count(*) FILTER (WHERE population IS NULL) AS agencies_without_population,
    count(*) FILTER (WHERE is_active AND months_reported BETWEEN 1 AND 11) AS agencies_partial_year,
    count(*) FILTER (WHERE is_active AND months_reported = 0) AS agencies_without_report
FROM nibrs.agency_reporting_year
WHERE data_year = %(year)s AND state_abbreviation = %(state)s
