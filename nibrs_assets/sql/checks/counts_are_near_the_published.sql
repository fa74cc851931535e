/*
description: >
  Violent and property crime of states whose completeness is ok are near what the FBI published: 0.9 to 1.1 times what
  coverage makes of it, and no more than 1.02 times all of it
after: state_vs_published
*/
SELECT
    measure || ' of ' || system || ' is far from the published' AS finding,
    count_if(ratio_to_share NOT BETWEEN 0.9 AND 1.1 OR ratio > 1.02) AS rows,
    count(*) AS of_rows,
    min(
        state_abbreviation || ': ' || counted || ' counted, ' || published || ' published, by agencies of '
        || round(100 * share_covered, 1) || ' % of the people'
    ) FILTER (WHERE ratio_to_share NOT BETWEEN 0.9 AND 1.1 OR ratio > 1.02) AS example
FROM made
WHERE measure IN ('violent crime', 'property crime') AND completeness(share_covered) = 'ok'
GROUP BY system, measure
HAVING rows > 0
