/* The counties of each agency, by the file of each system, and the part of the agency in each; a row without county,
   and the reason, where none can be told. The record's own county comes first: FIPS in the headers of NIBRS, the FBI's
   county code in Return A. The crosswalk of agencies is for those whose record names none (independent cities), and for
   the boroughs of New York City. A state agency whose record names none serves the state; the crosswalk has it where
   its headquarters are, which says nothing. */
WITH counted_county AS (
    SELECT county_fips, coalesce(counted_in, county_fips) AS counted_fips
    FROM reference.county
),
nibrs_ori AS (
    SELECT ori, ori[1:7] AS ori7, state_code, population_group
    FROM harmonized.agency
    QUALIFY row_number() OVER (PARTITION BY ori[1:7] ORDER BY has_header DESC, ori) = 1
),
record_part AS (
    SELECT
        'nibrs' AS system,
        own.ori7,
        own.population_group,
        own.state_code,
        -- A header without current populations, as all of 2000, has those of the census before.
        if(
            coalesce(sum(part.current_population) OVER (PARTITION BY own.ori7), 0) > 0,
            part.current_population,
            part.last_population
        ) AS people,
        state.state_fips || part.fips_county AS fips,
        part.ucr_county_code
    FROM nibrs_ori AS own
    LEFT JOIN harmonized.agency_county AS part ON part.ori = own.ori
    LEFT JOIN codes.state AS state ON state.code = own.state_code
    UNION ALL
    SELECT
        'return_a' AS system,
        agency.ori7,
        agency.population_group,
        agency.state_code,
        part.population AS people,
        NULL AS fips,
        part.county AS ucr_county_code
    FROM harmonized.return_a_agency AS agency
    LEFT JOIN harmonized.return_a_agency_county AS part ON part.ori7 = agency.ori7
),
named_part AS (
    SELECT
        part.system,
        part.ori7,
        part.population_group,
        coalesce(part.people, 0) AS people,
        coalesce(by_fips.counted_fips, by_code.counted_fips) AS county_fips,
        if(by_fips.counted_fips IS NULL, 'UCR county code', 'FIPS code') AS county_from
    FROM record_part AS part
    LEFT JOIN counted_county AS by_fips ON by_fips.county_fips = part.fips
    LEFT JOIN
        reference.ucr_county AS code
        ON code.state_code = part.state_code AND code.ucr_county_code = part.ucr_county_code
    LEFT JOIN counted_county AS by_code ON by_code.county_fips = code.county_fips
),
own_part AS (
    SELECT
        *,
        sum(people) OVER (PARTITION BY system, ori7) > 0 AS has_population,
        count(DISTINCT county_fips) OVER (PARTITION BY system, ori7) AS counties
    FROM named_part
),
-- What decides where an agency is: its parts with people; of one without people, the county that its record names, if
-- it is one.
place_part AS (
    SELECT system, ori7, population_group, has_population, counties, people, county_fips, county_from
    FROM own_part
    WHERE has_population AND people > 0
    UNION ALL
    SELECT
        system,
        ori7,
        any_value(population_group),
        false,
        counties,
        0,
        if(counties = 1, max(county_fips), NULL),
        max(county_from)
    FROM own_part
    WHERE NOT has_population
    GROUP BY system, ori7, counties
),
crosswalk AS (
    SELECT
        of_agency.ori7,
        of_agency.agency_type,
        county.counted_fips,
        of_year.population,
        count(*) OVER (PARTITION BY of_agency.ori7) AS counties,
        sum(of_year.population) OVER (PARTITION BY of_agency.ori7) AS people,
        count(of_year.population) OVER (PARTITION BY of_agency.ori7) AS counties_with_people
    FROM reference.ori_county AS of_agency
    JOIN counted_county AS county ON county.county_fips = of_agency.county_fips
    LEFT JOIN shared.county_of_year AS of_year ON of_year.county_fips = county.counted_fips
),
placed AS (
    SELECT
        part.system,
        part.ori7,
        part.has_population,
        CASE
            WHEN crosswalk.counties > 1 AND part.counties <= 1
                THEN
                    if(
                        part.has_population AND crosswalk.counties_with_people = crosswalk.counties,
                        crosswalk.counted_fips,
                        NULL
                    )
            WHEN part.county_fips IS NOT NULL THEN part.county_fips
            WHEN
                coalesce(crosswalk.agency_type <> 'state law enforcement agency', true)
                OR (part.has_population AND left(part.population_group, 1) BETWEEN '1' AND '7')
                THEN crosswalk.counted_fips
        END AS county_fips,
        CASE
            WHEN crosswalk.counties > 1 AND part.counties <= 1 THEN 'crosswalk, parts by Census estimates'
            WHEN part.county_fips IS NOT NULL THEN part.county_from
            ELSE 'crosswalk'
        END AS county_from,
        CASE
            WHEN crosswalk.ori7 IS NULL THEN 'record names no county, and the crosswalk does not have the agency'
            WHEN crosswalk.counties > 1 THEN 'in several counties, without people or estimates to apportion by'
            ELSE 'state agency whose record names no county'
        END AS reason,
        CASE
            WHEN crosswalk.counties > 1 AND part.counties <= 1 AND crosswalk.counties_with_people = crosswalk.counties
                THEN part.people * crosswalk.population::DOUBLE / crosswalk.people
            WHEN crosswalk.counties > 1 AND part.counties <= 1 THEN part.people::DOUBLE / crosswalk.counties
            ELSE part.people::DOUBLE
        END AS people
    FROM place_part AS part
    -- Of several counties only where the record leaves them open, else any of them would multiply the part.
    LEFT JOIN crosswalk
        ON crosswalk.ori7 = part.ori7
        AND (part.counties <= 1 OR crosswalk.counties = 1)
),
place AS (
    SELECT
        system,
        ori7,
        has_population,
        county_fips,
        if(county_fips IS NULL, NULL, min(county_from)) AS county_from,
        if(county_fips IS NULL, min(reason), NULL) AS reason,
        sum(people) AS people
    FROM placed
    GROUP BY system, ori7, has_population, county_fips
)
SELECT
    *,
    if(has_population, people / sum(people) OVER (PARTITION BY system, ori7), 1)::DOUBLE AS share,
    row_number() OVER (PARTITION BY system, ori7 ORDER BY people DESC, county_fips) AS place_number
FROM place
