-- Agencies of which NIBRS has zero reports in headers alone and no record, and those of them of which there is no
-- Return A either.
SELECT
    count(*) FILTER (WHERE NOT has_records AND coalesce(months_reported_summary, 0) = 0) AS agencies_zeros_only,
    count(*) FILTER (WHERE NOT has_records) AS agencies_zeros_only_nibrs,
    count(months_reported_summary) > 0 AS has_return_a,
    count(*) FILTER (WHERE months_reported_nibrs > 0) AS agencies_reporting_nibrs
FROM (
    SELECT
        agency.months_reported_nibrs,
        agency.months_reported_summary,
        agency.months_reported_nibrs IS NULL
        OR agency.months_reported_nibrs = 0
        OR EXISTS (
            SELECT 1
            FROM nibrs.agency_crime_year AS crime
            WHERE crime.data_year = agency.data_year
                AND crime.ori7 = agency.ori7
                AND crime.system = 'nibrs'
                AND crime.offense = 'violent'
        ) AS has_records
    FROM nibrs.agency_reporting_year AS agency
    WHERE agency.data_year = %(year)s AND (agency.state_abbreviation = %(state)s OR %(state)s = '')
) AS agency
