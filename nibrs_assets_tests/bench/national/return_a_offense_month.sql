SELECT
    getvariable('year') AS data_year, ori7, month, offense, part_of,
    NOT (is_often_missing AND month > 9) AS is_reported,
    if(is_often_missing AND month > 9, NULL, (population * share / 12)::INTEGER) AS actual,
    if(is_often_missing AND month > 9, NULL, (population * share / 40)::INTEGER) AS cleared
FROM agency
CROSS JOIN range(1, 13) AS months (month)
CROSS JOIN (VALUES ('murder', 0.00005), ('rape_total', 0.0004), ('robbery_total', 0.001), ('aggravated_assault', 0.0025),
    ('burglary_total', 0.005), ('larceny_total', 0.017), ('mvt_total', 0.003)) AS line (offense, share)
LEFT JOIN offense ON offense.code = line.offense
WHERE getvariable('year') < in_nibrs_from
ORDER BY ori7, month, line.offense
