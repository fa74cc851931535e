-- Agencies and people that reported, by state.
SELECT
    state_abbreviation,
    agencies_active,
    agencies_any_month,
    agencies_12_months,
    population,
    population_12_months,
    share_of_agencies_12_months,
    share_of_population_by_month,
    share_of_population_by_month_nibrs,
    share_of_population_by_month_summary
FROM nibrs.state_participation_year
WHERE data_year = %(year)s
ORDER BY state_abbreviation
