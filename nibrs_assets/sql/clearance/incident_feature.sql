/*
description: >
  One row per incident with a reported offense, with what a model of clearance may know of it: what was known when it
  was reported. Each column is explained in feature.csv; forbidden.csv says what may never be in here, and why.
key: [data_year, incident_id]
references: {incident: [data_year, incident_id]}
columns:
  main_offense: {description: "UCR offense code of the main offense, comparable over the years: the first by the
    hierarchy of the Summary system, then by code"}
  offenses: {description: "Offenses that somebody reports: no crimes against society, no 280", overrides: true}
  has_completed: {description: "Whether one of these was completed, not only attempted"}
  location: {description: "Location of the main offense, comparable over the years"}
  method_of_entry: {description: "F = forced, N = no force; burglary only", overrides: true}
  premises_entered: {description: "Number of premises entered; of some burglaries only"}
  weapon: {description: "First weapon or force of the main offense that has one"}
  persons: {description: "Victims that are persons, officers included"}
  other_victims: {description: "Victims that are businesses, governments and the like"}
  victim_kind: {description: "Type of the first victim: I = a person, officers included; else as victim_type"}
  is_injured: {description: "Whether a person was injured; NULL where no injury is asked for"}
  is_injured_badly: {description: "Whether more than a minor injury is given; NULL where no injury is asked for"}
  stolen_value: {description: "Value of what was stolen, in dollars; NULL = nothing stolen, or not known",
    overrides: true}
  damaged_value: {description: "Value of what was burned, forged or damaged, in dollars; NULL = nothing, or not known"}
  stolen_property: {description: "What was stolen: the property description of the greatest value"}
  stolen_vehicles: {description: "Number of motor vehicles stolen"}
  hour: {description: "Hour of the incident, 0 to 23; NULL = unknown"}
  weekday: {description: "Day of the week of the incident, 1 = Monday"}
  month: {description: "Month of the incident, 1 to 12", overrides: true}
  is_report_date: {description: "Whether the date is that of the report, as that of the incident is unknown"}
  agency_kind: {description: "Kind of agency: city, county, university, state police …"}
  population_group: {codes: population_group}
  population: {description: "Population the agency serves; 0 for those without one of their own", overrides: true}
  is_core_city: {description: "Whether the agency is of a core city (Y, N)"}
*/
WITH offense AS (
    SELECT
        incident_id,
        any_value(offense_group) FILTER (WHERE is_main) AS main_offense,
        count(*)::SMALLINT AS offenses,
        bool_or(attempted_completed = 'C') AS has_completed,
        any_value(location_type_group) FILTER (WHERE is_main) AS location,
        min(method_of_entry) AS method_of_entry,
        max(number_of_premises_entered) AS premises_entered
    FROM shared.reported_offense
    GROUP BY incident_id
),
weapon AS (
    SELECT
        incident_id,
        arg_min(weapon.weapon_force, (NOT offense.is_main, offense.ucr_offense_code, weapon.weapon_number)) AS weapon
    FROM harmonized.offense_weapon AS weapon
    JOIN shared.reported_offense AS offense USING (incident_id, ucr_offense_code)
    GROUP BY incident_id
),
victim AS (
    SELECT
        incident_id,
        (count(*) FILTER (WHERE victim_type IN ('I', 'L')))::SMALLINT AS persons,
        (count(*) FILTER (WHERE victim_type NOT IN ('I', 'L')))::SMALLINT AS other_victims,
        if(arg_min(victim_type, victim_sequence_number) = 'L', 'I', arg_min(victim_type, victim_sequence_number))
            AS victim_kind
    FROM shared.reported_victim
    GROUP BY incident_id
),
injury AS (
    SELECT
        incident_id,
        bool_or(injury.injury <> 'N') AS is_injured,
        bool_or(injury.injury NOT IN ('N', 'M')) AS is_injured_badly
    FROM harmonized.victim_injury AS injury
    JOIN shared.reported_victim USING (incident_id, victim_sequence_number)
    GROUP BY incident_id
),
-- Loss types 5 (recovered) and 6 (seized) are of later.
loss AS (
    SELECT
        incident_id,
        sum(value_of_property) FILTER (WHERE property_loss_type = '7') AS stolen_value,
        sum(value_of_property) FILTER (WHERE property_loss_type IN ('2', '3', '4')) AS damaged_value,
        arg_max(property_description, (coalesce(value_of_property, 0), property_description))
        FILTER (WHERE property_loss_type = '7') AS stolen_property,
        (max(number_stolen_vehicles) FILTER (WHERE property_loss_type = '7'))::SMALLINT AS stolen_vehicles
    FROM harmonized.property
    WHERE property_loss_type IN ('2', '3', '4', '7')
    GROUP BY incident_id
)
SELECT
    incident.data_year,
    incident.incident_id,
    incident.ori,
    offense.main_offense,
    offense.offenses,
    offense.has_completed,
    offense.location,
    offense.method_of_entry,
    offense.premises_entered,
    weapon.weapon,
    victim.persons,
    victim.other_victims,
    victim.victim_kind,
    injury.is_injured,
    injury.is_injured_badly,
    loss.stolen_value::DOUBLE AS stolen_value,
    loss.damaged_value::DOUBLE AS damaged_value,
    loss.stolen_property,
    loss.stolen_vehicles,
    incident.incident_hour AS hour,
    isodow(incident.incident_date)::SMALLINT AS weekday,
    month(incident.incident_date)::SMALLINT AS month,
    incident.report_date_indicator IS NOT NULL AS is_report_date,
    agency.agency_indicator AS agency_kind,
    agency.population_group,
    agency.population,
    agency.core_city AS is_core_city
FROM offense
JOIN harmonized.incident AS incident USING (incident_id)
LEFT JOIN harmonized.agency AS agency ON agency.ori = incident.ori
LEFT JOIN weapon USING (incident_id)
LEFT JOIN victim USING (incident_id)
LEFT JOIN injury USING (incident_id)
LEFT JOIN loss USING (incident_id)
ORDER BY incident.incident_id
