-- Of what was cleared within 180 days, how much on the day of the incident.
SELECT sum(cleared_180) AS cleared, sum(cleared_first_day) AS cleared_first_day
FROM nibrs.clearance_flow
