-- One offense by month of the year and system, and why there is no count (gap) where there is none. A month that Return
-- A includes in another is counted in that one (counted_in).
WITH wanted AS (
    SELECT code AS offense
    FROM nibrs.code_summary_offense
    WHERE code = %(offense)s OR index_crime = %(offense)s
),
month AS (
    SELECT
        data_year,
        month,
        is_reported_nibrs,
        has_nibrs_records,
        is_reported_summary,
        month_included_in
    FROM nibrs.agency_reporting_month
    WHERE data_year = %(year)s AND ori7 = %(ori7)s
),
as_summary AS (
    SELECT month, sum(actual) AS actual
    FROM nibrs.agency_offense_month_srs
    WHERE data_year = %(year)s
        AND ori BETWEEN %(ori7)s || '00' AND %(ori7)s || 'ZZ'
        AND offense IN (SELECT offense FROM wanted)
    GROUP BY month
),
by_nibrs_rules AS (
    SELECT month, sum(offenses) AS actual
    FROM nibrs.agency_offense_month
    WHERE data_year = %(year)s
        AND ori BETWEEN %(ori7)s || '00' AND %(ori7)s || 'ZZ'
        AND year = %(year)s
        AND ucr_offense_code IN (
            SELECT code FROM nibrs.code_offense WHERE index_offense IN (SELECT offense FROM wanted)
        )
    GROUP BY month
),
return_a AS (
    SELECT month, CASE WHEN bool_and(is_reported) AND count(actual) = count(*) THEN sum(actual) END AS actual
    FROM nibrs.return_a_offense_month
    WHERE data_year = %(year)s AND ori7 = %(ori7)s AND offense IN (SELECT offense FROM wanted)
    GROUP BY month
),
counted AS (
    SELECT
        'nibrs_as_summary' AS system,
        month.*,
        month.is_reported_nibrs AS is_reported,
        -- What was reported and has no such offense is a zero.
        CASE WHEN month.has_nibrs_records THEN coalesce(as_summary.actual, 0) END AS actual
    FROM month
    LEFT JOIN as_summary ON as_summary.month = month.month
    UNION ALL
    SELECT
        'nibrs',
        month.*,
        month.is_reported_nibrs,
        CASE WHEN month.has_nibrs_records THEN coalesce(by_nibrs_rules.actual, 0) END
    FROM month
    LEFT JOIN by_nibrs_rules ON by_nibrs_rules.month = month.month
    UNION ALL
    SELECT 'return_a', month.*, month.is_reported_summary, return_a.actual
    FROM month
    LEFT JOIN return_a ON return_a.month = month.month
)
SELECT
    system,
    data_year,
    month,
    actual,
    CASE
        WHEN actual IS NOT NULL THEN NULL
        WHEN NOT is_reported THEN 'not reported'
        WHEN system <> 'return_a' THEN 'zero report in the header only'
        WHEN month_included_in IS NOT NULL THEN 'counted in another month'
        ELSE 'can''t be read'
    END AS gap,
    CASE WHEN system = 'return_a' AND actual IS NULL AND is_reported THEN month_included_in END AS counted_in
FROM counted
-- It is not known where the year's file is not there.
WHERE is_reported IS NOT NULL
ORDER BY system, data_year, month
