-- Crimes and rates of each region in the year, by one system, with how many of the people they stand for.
SELECT
    region_id AS place,
    coalesce(region_name, region_id) AS place_name,
    population,
    share_of_population_by_month,
    completeness,
    violent,
    property,
    violent_rate,
    property_rate,
    violent_rate_estimated,
    property_rate_estimated
FROM nibrs.region_crime_year
WHERE data_year = %(year)s AND system = %(system)s AND region_set = %(region_set)s
ORDER BY region_id
