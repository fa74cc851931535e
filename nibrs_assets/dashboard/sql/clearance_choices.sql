-- What was learned and tested, and the groups and thresholds of the audit.
SELECT DISTINCT task, split, attribute, at
FROM nibrs.clearance_audit
WHERE model = 'gradient_boosted_trees'
ORDER BY task, split, attribute, at
