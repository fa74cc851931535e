-- What changed, and from which year on.
SELECT year, series, change, comparable_by, source
FROM nibrs.series_break
GROUP BY year, series, change, comparable_by, source
ORDER BY year, series, change
