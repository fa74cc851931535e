-- The measures of the Thriving Index: less crime than its peers is more than 100.
SELECT measure, region_id AS place, rate, mean, standard_deviation, peers, score
FROM nibrs.thriving_index_measure
WHERE data_year = %(year)s AND system = %(system)s AND region_set = %(region_set)s AND peer_set = 'all regions'
ORDER BY measure, score DESC NULLS LAST, region_id
