/* The incidents that models learn from and are tested on: $size of $task, drawn by a hash of their number and the seed,
   the same ones every time. Only those whose outcome within $horizon days is known, of agencies that have arrestees in
   the year. */
WITH chosen AS (
    SELECT incident_id
    FROM incident_outcome
    WHERE agency_arrestees > 0
        AND if($horizon = 90, either_90, either_180) IS NOT NULL
        AND CASE $task
            WHEN 'larceny' THEN is_larceny
            WHEN 'violent' THEN is_violent
            WHEN 'open' THEN is_open_after_first_day
            ELSE true
        END
    ORDER BY md5(incident_id::VARCHAR || ':' || $seed), incident_id
    LIMIT $size
)
SELECT
    feature.*,
    offender.* EXCLUDE (data_year, incident_id, ori),
    audit_group.* EXCLUDE (data_year, incident_id, ori),
    outcome.incident_date,
    if($horizon = 90, outcome.arrest_90, outcome.arrest_180) AS arrest,
    if($horizon = 90, outcome.exceptional_90, outcome.exceptional_180) AS exceptional,
    if($horizon = 90, outcome.either_90, outcome.either_180) AS either
FROM chosen
JOIN incident_outcome AS outcome USING (incident_id)
JOIN incident_feature AS feature USING (incident_id)
JOIN offender_feature AS offender USING (incident_id)
JOIN incident_audit_group AS audit_group USING (incident_id)
ORDER BY incident_id
