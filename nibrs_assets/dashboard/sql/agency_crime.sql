-- Offenses, clearances and rates of the agency, by year, system and offense.
SELECT
    crime.data_year,
    crime.system,
    crime.offense,
    crime.months_reported,
    crime.actual,
    crime.cleared,
    crime.rate,
    crime.population
FROM unnest(%(years)s::SMALLINT[]) AS of_year (data_year)
JOIN nibrs.agency_crime_year AS crime ON crime.data_year = of_year.data_year AND crime.ori7 = %(ori7)s
ORDER BY crime.data_year, crime.system, crime.offense
