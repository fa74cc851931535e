-- Crimes and rates of each county in the year, by one system, with how many of the people they stand for.
SELECT
    county_fips AS place,
    county_name || ', ' || state_abbreviation AS place_name,
    population,
    share_of_population_by_month,
    completeness,
    violent,
    property,
    violent_rate,
    property_rate,
    violent_rate_estimated,
    property_rate_estimated
FROM nibrs.county_crime_year
WHERE data_year = %(year)s AND system = %(system)s AND (state_abbreviation = %(state)s OR %(state)s = '')
ORDER BY county_fips
