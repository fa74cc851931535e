-- Agencies of the state that reported in the one year and no month in the other, to either system.
SELECT
    CASE WHEN now.months_reported > 0 THEN 'started' ELSE 'stopped' END AS change,
    now.ori7,
    now.agency_name,
    now.population,
    before.months_reported AS months_before,
    now.months_reported AS months_now
FROM nibrs.agency_reporting_year AS now
JOIN nibrs.agency_reporting_year AS before ON before.data_year = %(before)s AND before.ori7 = now.ori7
WHERE now.data_year = %(year)s
    AND now.state_abbreviation = %(state)s
    AND (now.months_reported > 0) <> (before.months_reported > 0)
    AND NOT now.is_covered
ORDER BY now.population DESC NULLS LAST, now.ori7
LIMIT 200
