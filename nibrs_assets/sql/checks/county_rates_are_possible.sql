/*
description: >
  No county with a thousand people or more has over 5,000 violent crimes per 100,000 of them: a rate above is that of an
  agency which is in the wrong county, or in one of several
after: county_crime_year
*/
SELECT
    'violent crimes of ' || system || ' over 5,000 per 100,000 people' AS finding,
    count_if(violent > 0.05 * population) AS rows,
    count(*) AS of_rows,
    min(county_fips || ' ' || county_name || ': ' || violent || ' violent crimes, ' || population || ' people')
    FILTER (WHERE violent > 0.05 * population) AS example
FROM made
WHERE population >= 1000
GROUP BY system
HAVING rows > 0
