/* The index offenses of each agency and year: Return A (return_a), NIBRS by the rules of NIBRS (nibrs), and NIBRS by
   those of the Summary system (nibrs_as_summary). A zero is one that was reported: an agency with a month of NIBRS data
   has zeros where nothing is. */
WITH index_offense AS (
    SELECT code AS offense, index_crime
    FROM year_codes.summary_offense
    WHERE index_crime IS NOT NULL
),
in_nibrs AS (
    SELECT ori7 FROM shared.agency_coverage WHERE system = 'nibrs' AND months_reported > 0
),
by_nibrs_rules AS (
    SELECT
        ori[1:7] AS ori7,
        index_offense(ucr_offense_code) AS offense,
        sum(offenses) AS actual
    FROM marts.agency_offense_month
    WHERE year = data_year
    GROUP BY ALL
),
as_summary AS (
    SELECT ori[1:7] AS ori7, offense, sum(actual) AS actual
    FROM marts.agency_offense_month_srs
    WHERE index_crime IS NOT NULL
    GROUP BY ALL
),
counted AS (
    SELECT 'nibrs' AS system, in_nibrs.ori7, line.offense, coalesce(counted.actual, 0) AS actual
    FROM in_nibrs
    CROSS JOIN index_offense AS line
    LEFT JOIN by_nibrs_rules AS counted ON counted.ori7 = in_nibrs.ori7 AND counted.offense = line.offense
    UNION ALL
    SELECT 'nibrs_as_summary', in_nibrs.ori7, line.offense, coalesce(counted.actual, 0)
    FROM in_nibrs
    CROSS JOIN index_offense AS line
    LEFT JOIN as_summary AS counted ON counted.ori7 = in_nibrs.ori7 AND counted.offense = line.offense
    UNION ALL
    SELECT 'return_a', year.ori7, line.offense, line.actual
    FROM marts.return_a_agency_year AS year
    CROSS JOIN (
        VALUES
        ('murder', year.murder),
        ('rape_total', year.rape_total),
        ('robbery_total', year.robbery_total),
        ('aggravated_assault', year.aggravated_assault),
        ('burglary_total', year.burglary_total),
        ('larceny_total', year.larceny_total),
        ('mvt_total', year.mvt_total)
    ) AS line (offense, actual)
)
SELECT counted.system, counted.ori7, counted.offense, line.index_crime, counted.actual::BIGINT AS actual
FROM counted
JOIN index_offense AS line ON line.offense = counted.offense
