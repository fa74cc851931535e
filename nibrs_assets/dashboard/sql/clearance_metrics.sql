-- How good each model is at what is cleared by either within 180 days, with 95 percent intervals.
SELECT feature_set, model, metric, value, low, high, incidents, agencies
FROM nibrs.clearance_metric
WHERE task = %(task)s AND split = %(split)s AND outcome = 'either' AND horizon = 180
ORDER BY feature_set DESC, model, metric
