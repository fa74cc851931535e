-- The years and systems that the warehouse has, and how many agencies reported to each.
SELECT data_year, system, sum(agencies_reporting) AS agencies_reporting
FROM nibrs.state_crime_year
GROUP BY data_year, system
ORDER BY data_year, system
