/*
description: >
  One row per agency, year, subject, characteristic and value: how many persons were victims, offenders or arrestees by
  age, sex, race and ethnicity; how many offenses at which location and with which weapon; how many incidents at which
  hour. Unknown values have rows of their own (is_unknown). Counts of one subject and characteristic add up to all of
  that subject; those of weapons to more, as an offense may have three.
key: [data_year, ori, subject, characteristic, code]
references: {agency: [data_year, ori]}
caveats:
  - Victims are persons (victim_type I, L), each once per incident. Offenders are those of whom anything is known; none
    of the incidents without one are here.
  - Arrestees are persons, each once (multiple arrestee indicator C or N, and all of segment 07).
  - Unfounded offenses (U, from 2025) are left out.
columns:
  subject: {description: "What is counted: victim, offender, arrestee (persons), offense, incident"}
  characteristic: {description: "What it is counted by: age, sex, race, ethnicity of persons; location, weapon of
    offenses; hour of incidents"}
  code: {description: "Code of the value as the FBI writes it (nibrs.code_meaning); of ages the first year of the group:
    00, 12, 18, 25, 35, 45, 55, 65; of hours two digits; U = unknown", overrides: true}
  is_unknown: {description: "Whether the value is not known or not given; location 25 is 'Other/Unknown', of which
    nobody can tell, and counts as known"}
  count: {description: "Persons, offenses or incidents"}
*/
WITH person AS (
    SELECT
        ori,
        'victim' AS subject,
        victim_age_years AS age,
        victim_sex AS sex,
        victim_race AS race,
        victim_ethnicity AS ethnicity
    FROM harmonized.victim
    WHERE victim_type IN ('I', 'L')
    UNION ALL
    SELECT ori, 'offender', offender_age_years, offender_sex, offender_race, offender_ethnicity
    FROM harmonized.offender
    WHERE NOT is_unknown_offender
    UNION ALL
    SELECT ori, 'arrestee', arrestee_age_years, arrestee_sex, arrestee_race, arrestee_ethnicity
    FROM harmonized.arrestee
    WHERE multiple_arrestee_indicator IN ('C', 'N')
    UNION ALL
    SELECT ori, 'arrestee', arrestee_age_years, arrestee_sex, arrestee_race, arrestee_ethnicity
    FROM harmonized.group_b_arrest
),
founded AS (
    SELECT incident_id, ucr_offense_code, ori, location_type
    FROM harmonized.offense
    WHERE attempted_completed IS DISTINCT FROM 'U'
),
valued AS (
    SELECT
        ori,
        subject,
        'age' AS characteristic,
        CASE
            WHEN age < 12 THEN '00'
            WHEN age < 18 THEN '12'
            WHEN age < 25 THEN '18'
            WHEN age < 35 THEN '25'
            WHEN age < 45 THEN '35'
            WHEN age < 55 THEN '45'
            WHEN age < 65 THEN '55'
            WHEN age >= 65 THEN '65'
        END AS code
    FROM person
    UNION ALL
    SELECT ori, subject, 'sex', sex FROM person
    UNION ALL
    SELECT ori, subject, 'race', race FROM person
    UNION ALL
    SELECT ori, subject, 'ethnicity', ethnicity FROM person
    UNION ALL
    SELECT ori, 'offense', 'location', location_type FROM founded
    UNION ALL
    SELECT founded.ori, 'offense', 'weapon', weapon.weapon_force
    FROM harmonized.offense_weapon AS weapon
    JOIN founded ON founded.incident_id = weapon.incident_id AND founded.ucr_offense_code = weapon.ucr_offense_code
    UNION ALL
    SELECT ori, 'incident', 'hour', lpad(incident_hour::VARCHAR, 2, '0') FROM harmonized.incident
),
counted AS (
    SELECT ori, subject, characteristic, coalesce(code, 'U') AS code, count(*)::INTEGER AS count
    FROM valued
    GROUP BY ALL
)
SELECT
    data_year() AS data_year,
    counted.ori,
    counted.subject,
    counted.characteristic,
    counted.code,
    counted.code = 'U' OR (counted.characteristic = 'weapon' AND counted.code = '95') AS is_unknown,
    counted.count
FROM counted
ORDER BY counted.ori, counted.subject, counted.characteristic, counted.code
