-- The audit of the boosted trees: metrics of each group, those of a threshold included, with 95 percent intervals.
SELECT attribute, group_name, metric, value, low, high, incidents, agencies
FROM nibrs.clearance_audit
WHERE task = %(task)s
    AND split = %(split)s
    AND model = 'gradient_boosted_trees'
    AND attribute = %(attribute)s
    AND at IN ('any', %(at)s)
ORDER BY group_name = 'gap', group_name, metric
