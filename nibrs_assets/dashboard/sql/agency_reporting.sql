-- What became of each month of the agency.
SELECT reported.data_year, reported.month, reported.status, status.label
FROM nibrs.agency_reporting_month AS reported
LEFT JOIN nibrs.code_reporting_status AS status ON status.code = reported.status
WHERE reported.data_year = ANY(%(years)s) AND reported.ori7 = %(ori7)s
ORDER BY reported.data_year, reported.month
