/* For each offense the ones whose counts hold it: itself, the total it is part of, the total that one is part of. */
WITH RECURSIVE sum_of AS (
    SELECT offense AS part, offense, part_of FROM shared.srs_line
    UNION ALL
    SELECT sum_of.part, total.offense, total.part_of
    FROM sum_of
    JOIN shared.srs_line AS total ON total.offense = sum_of.part_of
)
SELECT part, offense FROM sum_of
