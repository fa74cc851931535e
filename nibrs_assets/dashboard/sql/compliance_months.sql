-- Agencies of the state and what became of each month of the year: those with people first, fifty a page.
WITH listed AS (
    SELECT
        data_year,
        ori7,
        agency_name,
        population,
        months_reported,
        row_number() OVER (ORDER BY population DESC NULLS LAST, ori7) AS place
    FROM nibrs.agency_reporting_year
    WHERE data_year = %(year)s AND state_abbreviation = %(state)s AND agency_name ILIKE %(name)s
    ORDER BY population DESC NULLS LAST, ori7
    LIMIT 50 OFFSET %(offset)s
)
SELECT listed.ori7, listed.agency_name, listed.population, listed.months_reported, reported.month, reported.status
FROM listed
JOIN nibrs.agency_reporting_month AS reported ON reported.data_year = %(year)s AND reported.ori7 = listed.ori7
ORDER BY listed.place, reported.month
