/*
description: >
  One row per region, measure, set of peers, year and system: how the region's rate compares with those of its peers, as
  an index of 100 plus or minus 100 a standard deviation. Turned round, so that less crime is more: 100 + 100 × (mean −
  rate) / deviation. Regions whose rate is withheld have no score and are nobody's peers. The measures are those of the
  Thriving Index.
key: [data_year, system, region_set, peer_set, region_id, measure]
columns:
  peer_set: {description: "Set of peers: all regions (of the set of regions), or the name of a file of peers",
    overrides: true}
  measure: {description: "violent crime or property crime", overrides: true}
  rate: {description: "Crimes per 100,000 people, violent_rate or property_rate of region_crime_year; NULL where it is
    withheld", overrides: true}
  is_peer: {description: "Whether the region is one of the peers itself"}
  peers: {description: "Peers whose rate is known, which mean and deviation are of"}
  mean: {description: "Mean of the peers' rates; NULL where none is known"}
  standard_deviation: {description: "Sample standard deviation of the peers' rates (over peers − 1); NULL with fewer
    than two"}
  rate_with_zero_population: {description: "The same with the crimes of agencies without people of their own, such as
    the state police of West Virginia, whose posts lie in counties"}
  score_with_zero_population: {description: "The score by these rates"}
  score: {description: "100 + 100 × (mean − rate) / standard_deviation; 100 where the deviation is 0; NULL where rate or
    deviation is not known"}
*/
WITH peer AS (
    SELECT 'all regions' AS peer_set, region_set, region_id
    FROM reference.region
    GROUP BY region_set, region_id
    UNION ALL
    SELECT peer_set, region_set, region_id
    FROM reference.peer_region
),
measured AS (
    SELECT
        region.system,
        region.region_set,
        region.region_id,
        measured.measure,
        measured.rate,
        measured.rate_with_zero_population
    FROM marts.region_crime_year AS region
    CROSS JOIN (
        VALUES
        ('violent crime', region.violent_rate, region.violent_rate_with_zero_population),
        ('property crime', region.property_rate, region.property_rate_with_zero_population)
    ) AS measured (measure, rate, rate_with_zero_population)
),
of_peers AS (
    SELECT
        measured.system,
        measured.region_set,
        peer.peer_set,
        measured.measure,
        count(measured.rate)::INTEGER AS peers,
        avg(measured.rate) AS mean,
        stddev_samp(measured.rate) AS standard_deviation,
        avg(measured.rate_with_zero_population) AS mean_with_zero_population,
        stddev_samp(measured.rate_with_zero_population) AS standard_deviation_with_zero_population
    FROM measured
    JOIN peer ON peer.region_set = measured.region_set AND peer.region_id = measured.region_id
    GROUP BY measured.system, measured.region_set, peer.peer_set, measured.measure
)
SELECT
    data_year() AS data_year,
    measured.system,
    measured.region_set,
    of_peers.peer_set,
    measured.region_id,
    measured.measure,
    measured.rate,
    peer.region_id IS NOT NULL AS is_peer,
    of_peers.peers,
    of_peers.mean,
    of_peers.standard_deviation,
    index_score(measured.rate, of_peers.mean, of_peers.standard_deviation) AS score,
    measured.rate_with_zero_population,
    index_score(
        measured.rate_with_zero_population,
        of_peers.mean_with_zero_population,
        of_peers.standard_deviation_with_zero_population
    ) AS score_with_zero_population
FROM measured
JOIN of_peers
    ON of_peers.system = measured.system
    AND of_peers.region_set = measured.region_set
    AND of_peers.measure = measured.measure
LEFT JOIN peer
    ON peer.peer_set = of_peers.peer_set
    AND peer.region_set = measured.region_set
    AND peer.region_id = measured.region_id
ORDER BY measured.system, measured.region_set, of_peers.peer_set, measured.region_id, measured.measure
