-- The years from which on an offense is counted otherwise than before.
SELECT DISTINCT year, change
FROM nibrs.series_break
WHERE code_table = 'summary_offense'
    AND code IN (SELECT code FROM nibrs.code_summary_offense WHERE code = %(offense)s OR index_crime = %(offense)s)
ORDER BY year
