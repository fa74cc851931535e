SELECT
    getvariable('year') AS data_year, ori7 || '00' AS ori, getvariable('year') AS year, month, ucr_offense_code, (population * share / 12)::INTEGER AS offenses
FROM agency
CROSS JOIN range(1, 13) AS months (month)
CROSS JOIN (VALUES ('09A', 0.00005), ('11A', 0.0004), ('120', 0.001), ('13A', 0.0025), ('220', 0.005), ('23H', 0.017), ('240', 0.003))
    AS line (ucr_offense_code, share)
WHERE getvariable('year') >= in_nibrs_from AND NOT (is_often_missing AND month > 9)
ORDER BY ori, month, ucr_offense_code
