/*
description: One row per agency that reported bicycles stolen, with its NIBRS incidents.
key: [data_year, ori]
columns:
  bicycles_stolen: {description: "Bicycles stolen, whatever their lock", overrides: true}
  incidents: {description: "NIBRS incidents of the agency; 0 where its file of the year has none", overrides: true}
*/
WITH bicycle AS (
    SELECT ori, sum(bicycles_stolen)::BIGINT AS bicycles_stolen
    FROM harmonized.bicycle_report
    GROUP BY ori
),
incident AS (
    SELECT ori, count(*) AS incidents
    FROM harmonized.incident
    GROUP BY ori
)
SELECT
    data_year() AS data_year,
    ori,
    bicycle.bicycles_stolen,
    coalesce(incident.incidents, 0) AS incidents
FROM bicycle
LEFT JOIN incident USING (ori)
ORDER BY ori
