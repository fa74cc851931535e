-- Made up: agencies of all states, their people log-normal, each joining NIBRS in a year from 1991 on: by 2024 three of five have.
CREATE OR REPLACE TABLE agency AS
SELECT
    i,
    state.ucr_abbr || lpad(i::VARCHAR, 5, '0') AS ori7,
    'AGENCY OF TOWN ' || i AS agency_name,
    state.ucr_abbr AS state_abbreviation,
    population,
    CASE
        WHEN population >= 250000 THEN '1C'
        WHEN population >= 100000 THEN '2'
        WHEN population >= 50000 THEN '3'
        WHEN population >= 25000 THEN '4'
        WHEN population >= 10000 THEN '5'
        WHEN population >= 2500 THEN '6'
        ELSE '7'
    END AS population_group,
    1991 + hash(i + 7) % 55 AS in_nibrs_from,
    hash(i + 3) % 20 = 0 AS is_often_missing,
    getvariable('counties')[1 + (hash(i + 5) % len(getvariable('counties')))::INTEGER] AS county_fips
FROM (
    SELECT
        i,
        1 + (i % (SELECT count(*) FROM state))::INTEGER AS place,
        (exp(8.0 + 2.6 * ((hash(i) % 100003) / 100003.0 + (hash(i + 1) % 100003) / 100003.0 - 1)))::BIGINT AS population
    FROM range(getvariable('agencies')) AS numbered (i)
) AS made
JOIN state ON state.place = made.place
