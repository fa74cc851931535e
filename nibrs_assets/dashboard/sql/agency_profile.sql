-- Victims, offenders, arrestees, weapons, locations and hours of the agency in the year, by NIBRS.
SELECT subject, characteristic, code, min(label) AS label, bool_or(is_unknown) AS is_unknown, sum(count) AS count
FROM nibrs.agency_profile_year
WHERE data_year = %(year)s AND ori BETWEEN %(ori7)s || '00' AND %(ori7)s || 'ZZ'
GROUP BY subject, characteristic, code
ORDER BY subject, characteristic, code
