/*
description: >
  One row per incident with a reported offense, with what the file says of its offenders. Much of it is written when
  somebody is arrested: a model that is given this is told the answer. It is made only to measure that (the ablation),
  never to predict. Without race.
key: [data_year, incident_id]
references: {incident: [data_year, incident_id]}
columns:
  offenders: {description: "Number of offenders; NULL where nothing is known of them, not even how many"}
  offender_age: {description: "Age of the first offender whose age is known, in years"}
  offender_sex: {description: "Sex of the first offender, U = unknown", overrides: true}
  relationship: {description: "Relationship of the first victim that has one to the offender", overrides: true}
*/
WITH incident AS (
    SELECT DISTINCT data_year, incident_id, ori FROM shared.reported_offense
),
offender AS (
    SELECT
        incident_id,
        nullif(count_if(NOT is_unknown_offender), 0)::SMALLINT AS offenders,
        arg_min(offender_age_years, offender_sequence_number) FILTER (WHERE offender_age_years IS NOT NULL)
            AS offender_age,
        arg_min(offender_sex, offender_sequence_number) AS offender_sex
    FROM harmonized.offender
    GROUP BY incident_id
),
related AS (
    SELECT incident_id, arg_min(relationship, (victim_sequence_number, relationship_number)) AS relationship
    FROM harmonized.victim_offender
    GROUP BY incident_id
)
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    offender.offenders,
    offender.offender_age,
    offender.offender_sex,
    related.relationship
FROM incident
LEFT JOIN offender USING (incident_id)
LEFT JOIN related USING (incident_id)
ORDER BY incident.incident_id
