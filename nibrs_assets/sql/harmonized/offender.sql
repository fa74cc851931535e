/*
description: One row per offender of an incident (segment 05); sequence number 0 is a placeholder, not an offender.
caveats:
  - Count offenders without those of is_unknown_offender; an incident of which nothing is known of offenders has one
    such row.
key: [data_year, incident_id, offender_sequence_number]
references: {incident: [data_year, incident_id]}
columns:
  offender_age_years: {description: "Age of the offender in whole years: NN, NB, BB are 0, 99 stands for over 98
    (through 1992 it is unknown), NULL = unknown"}
  is_unknown_offender: {description: "Whether the row is the placeholder 00: nothing is known, not even how many
    offenders there were"}
  offender_race_group: {description: "Race as a group that can be compared over the years: A_P is Asian or Pacific
    Islander, which are one code through 2012"}
*/
SELECT
    data_year,
    incident_id,
    ori,
    incident_number,
    offender_sequence_number,
    offender_age,
    age_years(offender_age) AS offender_age_years,
    offender_sex,
    offender_race,
    comparable_race(offender_race) AS offender_race_group,
    offender_ethnicity,
    offender_sequence_number = 0 AS is_unknown_offender,
    line_number
FROM with_incident.offender
WHERE is_first
ORDER BY line_number
