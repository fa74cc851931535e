-- The agencies of the same population group and state that reported all twelve months: the agency, and the 24 next in
-- population.
SELECT peer.ori7, peer.agency_name, peer.population, peer.actual, peer.rate
FROM nibrs.agency_crime_year AS peer
WHERE peer.data_year = %(year)s
    AND peer.system = %(system)s
    AND peer.offense = %(offense)s
    -- The agencies of a state begin alike.
    AND peer.ori7 BETWEEN %(state)s || '00000' AND %(state)s || 'ZZZZZ'
    AND peer.population_group = %(population_group)s
    AND peer.rate IS NOT NULL
ORDER BY abs(peer.population - %(population)s), peer.ori7 <> %(ori7)s, peer.ori7
LIMIT 25
