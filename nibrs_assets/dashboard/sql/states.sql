-- The states of the files of the year.
SELECT state_abbreviation
FROM nibrs.state_participation_year
WHERE data_year = %(year)s
ORDER BY state_abbreviation
