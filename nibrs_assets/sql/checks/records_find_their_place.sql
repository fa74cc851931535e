/*
description: Records belong to an incident and an agency of the file, and no other record has their key
after: record_problem
stops: {share: 0.01, rows: 100}
*/
WITH record AS (
    SELECT 'batch_header' AS segment, count(*) AS records FROM segments.batch_header
    UNION ALL
    SELECT 'batch_header_1', count(*) FROM segments.batch_header_1
    UNION ALL
    SELECT 'batch_header_2', count(*) FROM segments.batch_header_2
    UNION ALL
    SELECT 'batch_header_3', count(*) FROM segments.batch_header_3
    UNION ALL
    SELECT 'administrative', count(*) FROM segments.administrative
    UNION ALL
    SELECT 'offense', count(*) FROM segments.offense
    UNION ALL
    SELECT 'property', count(*) FROM segments.property
    UNION ALL
    SELECT 'victim', count(*) FROM segments.victim
    UNION ALL
    SELECT 'offender', count(*) FROM segments.offender
    UNION ALL
    SELECT 'arrestee', count(*) FROM segments.arrestee
    UNION ALL
    SELECT 'group_b_arrest', count(*) FROM segments.group_b_arrest
    UNION ALL
    SELECT 'window_exceptional_clearance', count(*) FROM segments.window_exceptional_clearance
    UNION ALL
    SELECT 'window_recovered_property', count(*) FROM segments.window_recovered_property
    UNION ALL
    SELECT 'window_arrestee', count(*) FROM segments.window_arrestee
)
SELECT
    segment || ': ' || problem AS finding,
    count(*) AS rows,
    any_value(records) AS of_rows,
    'line ' || min(line_number) AS example
FROM made JOIN record USING (segment)
WHERE is_quarantined
GROUP BY segment, problem
UNION ALL
SELECT
    'agencies without a batch header' AS finding,
    count(*),
    (SELECT count(*) FROM harmonized.agency),
    'agency ' || min(ori)
FROM harmonized.agency
WHERE NOT has_header
HAVING count(*) > 0
