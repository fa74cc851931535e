SELECT
    getvariable('year') AS data_year, system, offense, ori7, agency_name, state_abbreviation, population_group, population,
    if(is_often_missing, 9, 12) AS months_reported,
    (population * share * (0.5 + (hash(i + getvariable('year')) % 100) / 100.0))::INTEGER AS actual,
    (population * share * 0.3)::INTEGER AS cleared,
    if(is_often_missing, NULL, 100000 * share * (0.5 + (hash(i + getvariable('year')) % 100) / 100.0)) AS rate
FROM agency
CROSS JOIN (VALUES ('violent', 0.004), ('murder', 0.00005), ('rape_total', 0.0004), ('robbery_total', 0.001),
    ('aggravated_assault', 0.0025), ('property', 0.025), ('burglary_total', 0.005), ('larceny_total', 0.017), ('mvt_total', 0.003))
    AS offense (offense, share)
CROSS JOIN (VALUES ('return_a'), ('nibrs'), ('nibrs_as_summary')) AS system (system)
WHERE (system = 'return_a') = (getvariable('year') < in_nibrs_from)
ORDER BY ori7, system, offense
