/* The agencies that another one covers, with the end of the chain of covering agencies. A chain that runs in a circle
   has no end, and nobody who reports: its agencies are taken as not covered. */
WITH RECURSIVE chain AS (
    SELECT ori7, covered_by_ori7 AS last_ori7, [ori7] AS passed
    FROM shared.reporting_agency
    WHERE covered_by_ori7 IS NOT NULL
    UNION ALL
    SELECT chain.ori7, link.covered_by_ori7, list_append(chain.passed, chain.last_ori7)
    FROM chain
    JOIN shared.reporting_agency AS link ON link.ori7 = chain.last_ori7
    WHERE link.covered_by_ori7 IS NOT NULL AND NOT list_contains(chain.passed, chain.last_ori7)
),
chain_end AS (
    SELECT ori7, last_ori7, list_contains(passed, last_ori7) AS is_circle
    FROM chain
    QUALIFY row_number() OVER (PARTITION BY ori7 ORDER BY len(passed) DESC) = 1
)
SELECT
    agency.ori7,
    NOT coalesce(chain_end.is_circle, false) AS is_covered,
    if(chain_end.is_circle, NULL, chain_end.last_ori7) AS reported_through_ori7,
    CASE
        WHEN chain_end.ori7 IS NULL THEN 'covering agency not named'
        WHEN chain_end.is_circle THEN 'circle'
        WHEN
            chain_end.last_ori7 NOT IN (SELECT ori7 FROM shared.reporting_agency)
            THEN 'covering agency not in the files'
    END AS covered_by_problem
FROM shared.reporting_agency AS agency
LEFT JOIN chain_end USING (ori7)
WHERE agency.covered_by_ori7 IS NOT NULL OR agency.is_marked_covered
