-- One offense by month of the year: NIBRS as the Summary system counts, and Return A. NULL where the agency did not report the month.
WITH wanted AS (
    SELECT code AS offense
    FROM nibrs.code_summary_offense
    WHERE code = %(offense)s OR index_crime = %(offense)s
),
nibrs AS (
    SELECT
        data_year,
        month,
        CASE WHEN bool_and(is_reported) THEN sum(actual) END AS actual,
        bool_or(has_records) AS has_records
    FROM nibrs.agency_offense_month_srs
    WHERE data_year = %(year)s
        AND ori BETWEEN %(ori7)s || '00' AND %(ori7)s || 'ZZ'
        AND offense IN (SELECT offense FROM wanted)
    GROUP BY data_year, month
)
SELECT
    'nibrs_as_summary' AS system,
    data_year,
    month,
    -- A year of zero reports alone is that of an agency that reports elsewhere (docs/reporting.md).
    CASE WHEN bool_or(has_records) OVER (PARTITION BY data_year) THEN actual END AS actual
FROM nibrs
UNION ALL
SELECT
    'return_a' AS system,
    data_year,
    month,
    CASE WHEN bool_and(is_reported) AND count(actual) = count(*) THEN sum(actual) END AS actual
FROM nibrs.return_a_offense_month
WHERE data_year = %(year)s AND ori7 = %(ori7)s AND offense IN (SELECT offense FROM wanted)
GROUP BY data_year, month
ORDER BY system, data_year, month
