-- What became of each month of the agency.
SELECT reported.data_year, reported.month, reported.status, status.label, reported.is_reported
FROM unnest(%(years)s::SMALLINT[]) AS of_year (data_year)
JOIN nibrs.agency_reporting_month AS reported ON reported.data_year = of_year.data_year AND reported.ori7 = %(ori7)s
LEFT JOIN nibrs.code_reporting_status AS status ON status.code = reported.status
ORDER BY reported.data_year, reported.month
