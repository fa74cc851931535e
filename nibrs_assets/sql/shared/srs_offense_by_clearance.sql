/* What the Summary system counts of each agency by month of the incident, finest line known, and how and when the
   incident was cleared; cleared_by is NULL where it was not. */
SELECT
    srs.ori,
    year(srs.incident_date)::SMALLINT AS year,
    month(srs.incident_date)::SMALLINT AS month,
    srs.offense,
    clearance.cleared_by,
    clearance.is_under_18,
    year(clearance.clearance_date)::SMALLINT AS clearance_year,
    month(clearance.clearance_date)::SMALLINT AS clearance_month,
    sum(srs.offenses) AS offenses
FROM shared.srs_offense AS srs
LEFT JOIN shared.clearance AS clearance USING (incident_id)
GROUP BY ALL
