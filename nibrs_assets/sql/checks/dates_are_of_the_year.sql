/*
description: >
  Incidents are of the data year, none is blank, no arrest or exceptional clearance is before its incident or more than
  two years after the data year. (An incident's date may be that of the report.)
after: record_problem
stops: {share: 0.01, rows: 100}
*/
WITH dated AS (
    SELECT
        'incident_date is blank, so that no count by month has the incident' AS finding,
        incident_date IS NULL AS is_wrong,
        'incident ' || incident_id AS example
    FROM harmonized.incident
    UNION ALL
    SELECT
        'arrest_date is blank, so that no count by month has the arrest',
        arrest_date IS NULL,
        'incident ' || incident_id || ', arrestee ' || arrestee_sequence_number
    FROM harmonized.arrestee
    UNION ALL
    SELECT
        'arrest_date of a Group B arrest is blank, so that no count by month has the arrest',
        arrest_date IS NULL,
        'arrest ' || group_b_arrest_id
    FROM harmonized.group_b_arrest
    UNION ALL
    SELECT
        'exceptional_clearance_date is blank, so that no count by month has the clearance',
        exceptional_clearance_date IS NULL,
        'incident ' || incident_id
    FROM harmonized.incident
    WHERE cleared_exceptionally BETWEEN 'A' AND 'E'
    UNION ALL
    SELECT
        'incident_date is of another year',
        year(incident_date) <> data_year(),
        'incident ' || incident_id || ': ' || incident_date
    FROM harmonized.incident
    WHERE incident_date IS NOT NULL
    UNION ALL
    SELECT
        'exceptional_clearance_date is before the incident or far after the year',
        exceptional_clearance_date < incident_date OR year(exceptional_clearance_date) > data_year() + 2,
        'incident ' || incident_id || ': ' || exceptional_clearance_date
    FROM harmonized.incident
    WHERE exceptional_clearance_date IS NOT NULL AND incident_date IS NOT NULL
    UNION ALL
    SELECT
        'arrest_date is before the incident or far after the year',
        arrest_date < incident_date OR year(arrest_date) > data_year() + 2,
        'incident ' || incident_id || ': ' || arrest_date
    FROM harmonized.arrestee JOIN harmonized.incident USING (incident_id)
    WHERE arrest_date IS NOT NULL AND incident_date IS NOT NULL
    UNION ALL
    SELECT
        'arrest_date of a Group B arrest is of another year',
        year(arrest_date) <> data_year(),
        'arrest ' || group_b_arrest_id || ': ' || arrest_date
    FROM harmonized.group_b_arrest
    WHERE arrest_date IS NOT NULL
)
SELECT finding, count_if(is_wrong) AS rows, count(*) AS of_rows, min(example) FILTER (WHERE is_wrong) AS example
FROM dated
GROUP BY finding
HAVING rows > 0
