-- Where the rates of agencies of the same population group lie, in the state and in all states of the file: quartiles.
SELECT
    CASE WHEN GROUPING(peer.state_abbreviation) = 1 THEN 'all states' ELSE peer.state_abbreviation END AS place,
    count(*) AS agencies,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY peer.rate) AS lower_quartile,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY peer.rate) AS median,
    percentile_cont(0.75) WITHIN GROUP (ORDER BY peer.rate) AS upper_quartile
FROM nibrs.agency_crime_year AS peer
WHERE peer.data_year = %(year)s
    AND peer.system = %(system)s
    AND peer.offense = %(offense)s
    AND peer.population_group = %(population_group)s
    AND peer.rate IS NOT NULL
GROUP BY GROUPING SETS ((peer.state_abbreviation), ())
HAVING GROUPING(peer.state_abbreviation) = 1 OR peer.state_abbreviation = %(state)s
ORDER BY place
