-- Agencies and people that reported, by year, of one state or of all states in the files.
SELECT
    data_year,
    sum(agencies) AS agencies,
    sum(agencies_active) AS agencies_active,
    sum(agencies_any_month) AS agencies_any_month,
    sum(agencies_12_months) AS agencies_12_months,
    sum(agencies_any_month_nibrs) AS agencies_any_month_nibrs,
    sum(agencies_any_month_summary) AS agencies_any_month_summary,
    sum(population) AS population,
    sum(population_12_months) AS population_12_months,
    sum(population_12_months_nibrs) AS population_12_months_nibrs,
    sum(population_12_months_summary) AS population_12_months_summary,
    sum(share_of_population_by_month * population) / nullif(sum(population), 0) AS share_of_population_by_month
FROM nibrs.state_participation_year
WHERE state_abbreviation = %(state)s OR %(state)s = ''
GROUP BY data_year
ORDER BY data_year
