-- Crimes and rates of each state in the year, by one system, with how many of the people they stand for.
SELECT
    state_abbreviation AS place,
    state_abbreviation AS place_name,
    population,
    share_of_population_by_month,
    completeness,
    violent,
    property,
    violent_rate,
    property_rate,
    violent_rate_estimated,
    property_rate_estimated
FROM nibrs.state_crime_year
WHERE data_year = %(year)s AND system = %(system)s
ORDER BY state_abbreviation
