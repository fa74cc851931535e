/* The agencies and years that have incidents and no arrestee at all: it can't be told from no arrests being reported.
   */
SELECT data_year, ori, count(*)::INTEGER AS incidents
FROM incident_outcome
WHERE agency_arrestees = 0
GROUP BY ALL
ORDER BY data_year, ori
