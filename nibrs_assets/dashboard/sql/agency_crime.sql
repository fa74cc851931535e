-- Offenses, clearances and rates of the agency, by year, system and offense.
SELECT data_year, system, offense, months_reported, actual, cleared, rate, population
FROM nibrs.agency_crime_year
WHERE data_year = ANY(%(years)s) AND ori7 = %(ori7)s
ORDER BY data_year, system, offense
