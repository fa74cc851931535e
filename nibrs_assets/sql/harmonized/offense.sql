/*
description: One row per offense of an incident (segment 02).
caveats:
  - An incident may have up to ten offenses. A crime against persons counts once for each victim of it, in
    victim_offense.
key: [data_year, incident_id, ucr_offense_code]
references: {incident: [data_year, incident_id]}
columns:
  location_type_group: {description: "Location as a group that can be compared over the years: 22_52_53 is a school or
    college"}
  bias_motivation_group: {description: "Bias motivation as a group that can be compared over the years: 14_16 is
    anti-Asian or anti-Pacific Islander, which are one code through 2012"}
*/
SELECT
    data_year,
    incident_id,
    ori,
    incident_number,
    ucr_offense_code,
    comparable_offense(ucr_offense_code) AS offense_group,
    attempted_completed,
    location_type,
    comparable_location_type(location_type) AS location_type_group,
    number_of_premises_entered,
    method_of_entry,
    bias_motivation,
    comparable_bias_motivation(bias_motivation) AS bias_motivation_group,
    line_number
FROM with_incident.offense
WHERE is_first
ORDER BY line_number
