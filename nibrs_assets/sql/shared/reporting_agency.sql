/* The agencies that either system's file names, by the 7 characters that both know them by. Where several NIBRS ORIs
   begin with the same 7, the one with a header and ending in 00 says who the agency is. What both files say of an
   agency is taken from Return A. */
WITH nibrs_ori AS (
    SELECT
        agency.*,
        state.ucr_abbr,
        -- A file whose populations are all zero gives none, as that of 2000 (trap T13).
        if(max(agency.population) OVER () > 0, agency.population, NULL) AS given_population
    FROM harmonized.agency AS agency
    LEFT JOIN codes.state AS state ON state.code = agency.state_code
),
nibrs AS (
    SELECT
        ori[1:7] AS ori7,
        count(*) OVER (PARTITION BY ori[1:7])::SMALLINT AS nibrs_oris,
        city_name AS agency_name,
        -- By the code, so that Nebraska is NB whatever the abbreviation says (trap T10).
        coalesce(ucr_abbr, state_abbreviation) AS state_abbreviation,
        population_group,
        given_population AS population,
        covered_by_ori[1:7] AS covered_by_ori7,
        coalesce(agency_indicator = '0', false) AS is_marked_covered,
        number_of_months_reported
    FROM nibrs_ori
    -- 00 sorts before all others.
    QUALIFY row_number() OVER (PARTITION BY ori[1:7] ORDER BY has_header DESC, ori) = 1
),
summary AS (
    SELECT
        ori7,
        agency_name,
        state_abbreviation,
        population_group,
        if(max(population) OVER () > 0, population, NULL) AS population,
        covered_by_ori AS covered_by_ori7,
        agency_count
    FROM harmonized.return_a_agency
)
SELECT
    ori7,
    nibrs.ori7 IS NOT NULL AS is_in_nibrs,
    summary.ori7 IS NOT NULL AS is_in_summary,
    nibrs.nibrs_oris,
    coalesce(summary.agency_name, nibrs.agency_name) AS agency_name,
    coalesce(summary.state_abbreviation, nibrs.state_abbreviation, ori7[1:2]) AS state_abbreviation,
    coalesce(summary.population_group, nibrs.population_group) AS population_group,
    coalesce(summary.population, nibrs.population) AS population,
    CASE
        WHEN summary.population IS NOT NULL THEN 'summary'
        WHEN nibrs.population IS NOT NULL THEN 'nibrs'
    END AS population_from,
    -- That Return A names none means that none covers the agency.
    if(summary.ori7 IS NULL, nibrs.covered_by_ori7, summary.covered_by_ori7) AS covered_by_ori7,
    summary.ori7 IS NULL AND nibrs.is_marked_covered AS is_marked_covered,
    coalesce(summary.agency_count <> '0', true) AS is_counted_by_fbi,
    nibrs.number_of_months_reported
FROM nibrs
FULL JOIN summary USING (ori7)
