/*
description: One row per victim of an incident (segment 04).
caveats:
  - Businesses, society and the like are victims too (victim_type); persons are those of type I and L.
  - A victim stands once here and once for each of its offenses in victim_offense; count victims before joining.
key: [data_year, incident_id, victim_sequence_number]
references: {incident: [data_year, incident_id]}
columns:
  victim_age_years: {description: "Age of the victim in whole years: NN, NB, BB are 0, 99 stands for over 98 (through
    1992 it is unknown), NULL = unknown or not a person"}
  victim_race_group: {description: "Race as a group that can be compared over the years: A_P is Asian or Pacific
    Islander, which are one code through 2012"}
*/
SELECT
    data_year,
    incident_id,
    ori,
    incident_number,
    victim_sequence_number,
    victim_type,
    victim_age,
    age_years(victim_age) AS victim_age_years,
    victim_sex,
    victim_race,
    comparable_race(victim_race) AS victim_race_group,
    victim_ethnicity,
    victim_resident_status,
    justifiable_homicide_circumstance,
    officer_activity,
    officer_assignment,
    officer_ori_other,
    line_number
FROM with_incident.victim
WHERE is_first
ORDER BY line_number
