/*
description: >
  One row per incident with a reported offense: how it was cleared within 90 and within 180 days of its date, by arrest,
  by exceptional means, by either. NULL where that can't be known: the file may not show so many days, or a clearance
  has no date.
key: [data_year, incident_id]
references: {incident: [data_year, incident_id]}
columns:
  incident_date: {description: "Date of the incident, or of its report where only that is known", overrides: true}
  follow_up_days: {description: "Days after the incident that the file surely shows: to the end of the last month for
    which the agency reported anything, at most to the end of the data year. Later arrests are in the file of some
    agencies only and are not counted"}
  agency_arrestees: {description: "Arrestee segments of the agency in the year; where it has none it does not report
    arrests, or had none: its incidents are left out"}
  is_larceny: {description: "Whether the main offense is larceny"}
  is_violent: {description: "Whether the main offense is a violent crime (murder, rape, robbery, aggravated assault)"}
  days_to_arrest: {description: "Days from the incident to its first arrest; NULL = none, or the date is wanting or
    before the incident"}
  days_to_exceptional: {description: "Days from the incident to its exceptional clearance (A to E); NULL as of
    days_to_arrest"}
  is_dated: {description: "Whether all its clearances have a date that is not before the incident"}
  is_open_after_first_day: {description: "Whether it was not cleared on its first day; NULL where a clearance has no
    date"}
  arrest_90: {description: "Whether cleared by arrest within 90 days"}
  exceptional_90: {description: "Whether cleared by exceptional means within 90 days"}
  either_90: {description: "Whether cleared by either within 90 days"}
  arrest_180: {description: "Whether cleared by arrest within 180 days"}
  exceptional_180: {description: "Whether cleared by exceptional means within 180 days"}
  either_180: {description: "Whether cleared by either within 180 days"}
*/
WITH reported AS (
    SELECT
        incident_id,
        bool_or(is_main AND index_offense(ucr_offense_code) = 'larceny_total') AS is_larceny,
        bool_or(is_main AND coalesce(index_crime(index_offense(ucr_offense_code)) = 'violent', false)) AS is_violent
    FROM shared.reported_offense
    GROUP BY incident_id
),
-- The last month for which the agency reported anything, by its header or by its incidents.
last_month AS (
    SELECT ori, max(month) AS month
    FROM (
        SELECT ori, month FROM harmonized.agency_month WHERE group_ab OR zero_report
        UNION ALL
        SELECT ori, month(incident_date) FROM harmonized.incident WHERE year(incident_date) = data_year()
    ) AS reported
    GROUP BY ori
),
arrested AS (
    SELECT incident_id, min(arrest_date) AS first_arrest, bool_and(arrest_date IS NOT NULL) AS is_dated
    FROM harmonized.arrestee
    GROUP BY incident_id
),
agency AS (
    SELECT ori, count(*)::INTEGER AS arrestees FROM harmonized.arrestee GROUP BY ori
),
cleared AS (
    SELECT
        incident.data_year,
        incident.incident_id,
        incident.ori,
        incident.incident_date,
        reported.is_larceny,
        reported.is_violent,
        last_day(make_date(data_year(), last_month.month::INTEGER, 1)) - incident.incident_date AS follow_up_days,
        coalesce(agency.arrestees, 0) AS agency_arrestees,
        arrested.first_arrest - incident.incident_date AS days_to_arrest,
        if(
            incident.cleared_exceptionally BETWEEN 'A' AND 'E',
            incident.exceptional_clearance_date - incident.incident_date,
            NULL
        ) AS days_to_exceptional,
        coalesce(arrested.is_dated AND arrested.first_arrest >= incident.incident_date, true)
        AND NOT coalesce(
            incident.cleared_exceptionally BETWEEN 'A' AND 'E'
            AND (
                incident.exceptional_clearance_date IS NULL
                OR incident.exceptional_clearance_date < incident.incident_date
            ),
            false
        ) AS is_dated
    FROM reported
    JOIN harmonized.incident AS incident USING (incident_id)
    LEFT JOIN last_month ON last_month.ori = incident.ori
    LEFT JOIN arrested USING (incident_id)
    LEFT JOIN agency ON agency.ori = incident.ori
    WHERE incident.incident_date IS NOT NULL
)
SELECT
    data_year,
    incident_id,
    ori,
    incident_date,
    follow_up_days::INTEGER AS follow_up_days,
    agency_arrestees,
    is_larceny,
    is_violent,
    if(days_to_arrest >= 0, days_to_arrest, NULL)::INTEGER AS days_to_arrest,
    if(days_to_exceptional >= 0, days_to_exceptional, NULL)::INTEGER AS days_to_exceptional,
    is_dated,
    if(is_dated, coalesce(least(days_to_arrest, days_to_exceptional) > 0, true), NULL) AS is_open_after_first_day,
    if(is_dated AND follow_up_days >= 90, coalesce(days_to_arrest <= 90, false), NULL) AS arrest_90,
    if(is_dated AND follow_up_days >= 90, coalesce(days_to_exceptional <= 90, false), NULL) AS exceptional_90,
    if(is_dated AND follow_up_days >= 90, coalesce(least(days_to_arrest, days_to_exceptional) <= 90, false), NULL)
        AS either_90,
    if(is_dated AND follow_up_days >= 180, coalesce(days_to_arrest <= 180, false), NULL) AS arrest_180,
    if(is_dated AND follow_up_days >= 180, coalesce(days_to_exceptional <= 180, false), NULL) AS exceptional_180,
    if(is_dated AND follow_up_days >= 180, coalesce(least(days_to_arrest, days_to_exceptional) <= 180, false), NULL)
        AS either_180
FROM cleared
ORDER BY incident_id
