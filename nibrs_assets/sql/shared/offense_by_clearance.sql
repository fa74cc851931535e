/* The counted offenses of each agency by month of the incident, offense, and how and when their incident was cleared;
   cleared_by is NULL where it was not. */
SELECT
    counted.data_year,
    counted.ori,
    year(counted.incident_date)::SMALLINT AS year,
    month(counted.incident_date)::SMALLINT AS month,
    counted.ucr_offense_code,
    counted.crime_against,
    clearance.cleared_by,
    clearance.is_under_18,
    year(clearance.clearance_date)::SMALLINT AS clearance_year,
    month(clearance.clearance_date)::SMALLINT AS clearance_month,
    sum(counted.offenses) AS offenses,
    coalesce(sum(counted.offenses) FILTER (WHERE counted.is_attempted), 0) AS attempted,
    count(*) AS incidents,
    sum(counted.victims) AS victims
FROM shared.counted_offense AS counted
LEFT JOIN shared.clearance AS clearance USING (incident_id)
GROUP BY ALL
