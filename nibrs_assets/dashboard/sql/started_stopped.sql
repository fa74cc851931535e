-- Agencies of the state that reported in the one year and no month in the other, to any system of which both years'
-- files have the state. Zero reports in NIBRS headers alone are no report; agencies that another one covers are left
-- out. NULL is not in the file.
WITH listed AS (
    SELECT
        agency.data_year,
        agency.ori7,
        agency.agency_name,
        agency.population,
        agency.is_covered,
        of_system.system,
        of_system.is_in_file
    FROM nibrs.agency_reporting_year AS agency
    CROSS JOIN
        LATERAL (
            VALUES ('nibrs', agency.is_in_nibrs), ('return_a', agency.is_in_summary)
        ) AS of_system (system, is_in_file)
    WHERE agency.data_year IN (%(before)s, %(year)s) AND agency.state_abbreviation = %(state)s
),
compared AS (
    SELECT system
    FROM listed
    WHERE is_in_file
    GROUP BY system
    HAVING count(DISTINCT data_year) = 2
),
reported AS (
    SELECT
        listed.data_year,
        listed.ori7,
        listed.agency_name,
        listed.population,
        listed.is_covered,
        max(CASE WHEN listed.is_in_file THEN coalesce(crime.months_reported, 0) END) AS months
    FROM listed
    JOIN compared ON compared.system = listed.system
    LEFT JOIN nibrs.agency_crime_year AS crime
        ON crime.data_year = listed.data_year
        AND crime.ori7 = listed.ori7
        AND crime.system = listed.system
        AND crime.offense = 'violent'
    GROUP BY listed.data_year, listed.ori7, listed.agency_name, listed.population, listed.is_covered
)
SELECT
    CASE WHEN now.months > 0 THEN 'started' ELSE 'stopped' END AS change,
    ori7,
    coalesce(now.agency_name, before.agency_name) AS agency_name,
    coalesce(now.population, before.population) AS population,
    before.months AS months_before,
    now.months AS months_now
FROM (SELECT * FROM reported WHERE data_year = %(year)s) AS now
FULL JOIN (SELECT * FROM reported WHERE data_year = %(before)s) AS before USING (ori7)
WHERE (coalesce(now.months, 0) > 0) <> (coalesce(before.months, 0) > 0)
    AND NOT coalesce(now.is_covered, false)
    AND NOT coalesce(before.is_covered, false)
ORDER BY population DESC NULLS LAST, ori7
LIMIT 200
