-- What the files of each year say of the agency, and how many months it reported.
SELECT
    reported.data_year,
    reported.agency_name,
    reported.state_abbreviation,
    reported.population_group,
    population_group.label AS population_group_label,
    reported.population,
    reported.is_in_nibrs,
    reported.is_in_summary,
    reported.months_reported,
    reported.months_reported_nibrs,
    reported.months_reported_summary,
    reported.is_covered,
    reported.covered_by_ori7,
    reported.reported_through_ori7
FROM unnest(%(years)s::SMALLINT[]) AS of_year (data_year)
JOIN nibrs.agency_reporting_year AS reported ON reported.data_year = of_year.data_year AND reported.ori7 = %(ori7)s
LEFT JOIN nibrs.code_population_group AS population_group ON population_group.code = reported.population_group
ORDER BY reported.data_year
