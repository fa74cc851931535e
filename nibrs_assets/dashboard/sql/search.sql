-- Agencies of these years whose name holds the words, or whose ORI begins with them. The latest name counts.
SELECT ori7, agency_name, state_abbreviation, population, data_year
FROM (
    SELECT DISTINCT ON (ori7) ori7, agency_name, state_abbreviation, population, data_year
    FROM nibrs.agency_reporting_year
    WHERE data_year = ANY(%(years)s) AND (agency_name ILIKE %(name)s OR ori7 LIKE %(ori)s)
    ORDER BY ori7, data_year DESC
) AS found
ORDER BY population DESC NULLS LAST, ori7
-- One more than is shown.
LIMIT 26
