-- The agencies of the same population group and state that reported all twelve months: the 24 next in population.
SELECT peer.ori7, peer.agency_name, peer.population, peer.actual, peer.rate
FROM nibrs.agency_crime_year AS own
JOIN nibrs.agency_crime_year AS peer
    ON peer.data_year = own.data_year
    AND peer.system = own.system
    AND peer.offense = own.offense
    AND peer.population_group = own.population_group
    AND peer.state_abbreviation = own.state_abbreviation
WHERE own.data_year = %(year)s
    AND own.system = %(system)s
    AND own.offense = %(offense)s
    AND own.ori7 = %(ori7)s
    AND peer.rate IS NOT NULL
ORDER BY abs(peer.population - own.population), peer.ori7
LIMIT 25
