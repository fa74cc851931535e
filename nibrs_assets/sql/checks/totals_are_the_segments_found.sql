/*
description: The totals on the administrative record are the numbers of offense, victim, offender and arrestee records
  found
after: record_problem
stops: {share: 0.01, rows: 100}
*/
WITH offense AS (
    SELECT incident_id, count(*) AS offenses FROM harmonized.offense GROUP BY incident_id
),
victim AS (
    SELECT incident_id, count(*) AS victims FROM harmonized.victim GROUP BY incident_id
),
offender AS (
    SELECT incident_id, count(*) AS offenders FROM harmonized.offender GROUP BY incident_id
),
arrestee AS (
    SELECT incident_id, count(*) AS arrestees FROM harmonized.arrestee GROUP BY incident_id
),
counted AS (
    SELECT
        incident.incident_id,
        unnest([
            {'total': 'total_offense_segments', 'declared': total_offense_segments, 'found': coalesce(offenses, 0)},
            {'total': 'total_victim_segments', 'declared': total_victim_segments, 'found': coalesce(victims, 0)},
            {'total': 'total_offender_segments', 'declared': total_offender_segments, 'found': coalesce(offenders, 0)},
            {'total': 'total_arrestee_segments', 'declared': total_arrestee_segments, 'found': coalesce(arrestees, 0)}
        ], recursive := true)
    FROM harmonized.incident AS incident
    LEFT JOIN offense USING (incident_id)
    LEFT JOIN victim USING (incident_id)
    LEFT JOIN offender USING (incident_id)
    LEFT JOIN arrestee USING (incident_id)
)
SELECT
    total || ' is not the number of records' AS finding,
    count_if(declared <> found) AS rows,
    count(*) AS of_rows,
    -- A filter of the aggregate would still write the example of every incident.
    min(
        CASE
            WHEN declared <> found
                THEN 'incident ' || incident_id || ': ' || declared || ' declared, ' || found || ' found'
        END
    ) AS example
FROM counted
GROUP BY total
HAVING rows > 0
