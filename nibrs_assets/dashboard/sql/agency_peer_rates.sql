-- Where the rates of the agencies of the same population group and state lie: quartiles.
SELECT
    count(*) AS agencies,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY rate) AS lower_quartile,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY rate) AS median,
    percentile_cont(0.75) WITHIN GROUP (ORDER BY rate) AS upper_quartile
FROM nibrs.agency_crime_year
WHERE data_year = %(year)s
    AND system = %(system)s
    AND offense = %(offense)s
    AND ori7 BETWEEN %(state)s || '00000' AND %(state)s || 'ZZZZZ'
    AND population_group = %(population_group)s
    AND rate IS NOT NULL
