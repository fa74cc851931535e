SELECT
    getvariable('year') AS data_year, ori7 || '00' AS ori, subject, characteristic, lpad(value::VARCHAR, 2, '0') AS code,
    value = 0 AS is_unknown, (population * 0.001 / (1 + value))::INTEGER AS count
FROM agency
CROSS JOIN (VALUES ('victim', 'age', 9), ('victim', 'sex', 3), ('victim', 'race', 6), ('victim', 'ethnicity', 3),
    ('offender', 'age', 9), ('offender', 'sex', 3), ('offender', 'race', 6), ('offender', 'ethnicity', 3),
    ('arrestee', 'age', 9), ('arrestee', 'sex', 3), ('arrestee', 'race', 6), ('arrestee', 'ethnicity', 3),
    ('offense', 'weapon', 10), ('offense', 'location', 20), ('incident', 'hour', 25)) AS kind (subject, characteristic, values_of)
CROSS JOIN LATERAL (SELECT unnest(range(values_of)) AS value) AS valued
WHERE getvariable('year') >= in_nibrs_from
ORDER BY ori, subject, characteristic, code
