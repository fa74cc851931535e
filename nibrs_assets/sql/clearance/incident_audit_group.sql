/*
description: >
  One row per incident with a reported offense: the groups by which models of clearance are audited. They are never
  features. A person is the first victim that is one; what is not given is a group of its own.
key: [data_year, incident_id]
references: {incident: [data_year, incident_id]}
columns:
  victim_race: {description: "Race of the person, in words; missing = not given or unknown, no person = the victims are
    businesses and the like"}
  victim_sex: {description: "Sex of the person, in words; see victim_race", overrides: true}
  victim_age: {description: "Age of the person, in groups; see victim_race"}
  victim_ethnicity: {description: "Ethnicity of the person, in words; see victim_race", overrides: true}
  agency_size: {description: "Population that the agency serves, in groups; missing = none of its own"}
  state: {description: "State of the agency, as the FBI abbreviates it"}
*/
WITH incident AS (
    SELECT DISTINCT data_year, incident_id, ori FROM shared.reported_offense
),
person AS (
    SELECT
        incident_id,
        arg_min(
            {'race': victim_race_group, 'sex': victim_sex, 'age': victim_age_years, 'ethnicity': victim_ethnicity},
            victim_sequence_number
        ) AS first
    FROM shared.reported_victim
    WHERE victim_type IN ('I', 'L')
    GROUP BY incident_id
)
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    CASE
        WHEN person.incident_id IS NULL THEN 'no person'
        WHEN person.first.race = 'W' THEN 'White'
        WHEN person.first.race = 'B' THEN 'Black'
        WHEN person.first.race = 'I' THEN 'American Indian'
        WHEN person.first.race = 'A_P' THEN 'Asian or Pacific Islander'
        ELSE 'missing'
    END AS victim_race,
    CASE
        WHEN person.incident_id IS NULL THEN 'no person'
        WHEN person.first.sex = 'F' THEN 'female'
        WHEN person.first.sex = 'M' THEN 'male'
        ELSE 'missing'
    END AS victim_sex,
    CASE
        WHEN person.incident_id IS NULL THEN 'no person'
        WHEN person.first.age < 18 THEN '0 to 17'
        WHEN person.first.age < 30 THEN '18 to 29'
        WHEN person.first.age < 45 THEN '30 to 44'
        WHEN person.first.age < 65 THEN '45 to 64'
        WHEN person.first.age >= 65 THEN '65 and over'
        ELSE 'missing'
    END AS victim_age,
    CASE
        WHEN person.incident_id IS NULL THEN 'no person'
        WHEN person.first.ethnicity = 'H' THEN 'Hispanic'
        WHEN person.first.ethnicity = 'N' THEN 'not Hispanic'
        ELSE 'missing'
    END AS victim_ethnicity,
    CASE
        WHEN agency.population >= 250000 THEN '250,000 and over'
        WHEN agency.population >= 50000 THEN '50,000 to 249,999'
        WHEN agency.population >= 10000 THEN '10,000 to 49,999'
        WHEN agency.population > 0 THEN 'under 10,000'
        ELSE 'missing'
    END AS agency_size,
    coalesce(agency.state_abbreviation, 'missing') AS state
FROM incident
LEFT JOIN person USING (incident_id)
LEFT JOIN harmonized.agency AS agency ON agency.ori = incident.ori
ORDER BY incident.incident_id
