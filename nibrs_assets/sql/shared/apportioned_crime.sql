/* The index offenses of each agency, apportioned to its counties by the people in each, to thousandths; the county with
   most of them takes what rounding leaves, so that the parts are the whole exactly. Of one county they are as counted.
   */
WITH part AS (
    SELECT
        crime.system,
        crime.ori7,
        crime.offense,
        crime.index_crime,
        crime.actual,
        place.county_fips,
        place.reason,
        place.has_population,
        place.place_number,
        (crime.actual * place.share)::DECIMAL(18, 3) AS rounded
    FROM shared.agency_crime AS crime
    JOIN shared.agency_place AS place ON place.ori7 = crime.ori7 AND place.system = file_of(crime.system)
)
SELECT
    system,
    ori7,
    offense,
    index_crime,
    county_fips,
    reason,
    has_population,
    place_number,
    if(
        place_number = 1,
        actual - coalesce(sum(rounded) FILTER (WHERE place_number > 1) OVER (PARTITION BY system, ori7, offense), 0),
        rounded
    )::DECIMAL(18, 3) AS actual
FROM part
