-- The counties of each region.
SELECT region_id AS place, county_fips
FROM nibrs.region
WHERE region_set = %(region_set)s
ORDER BY county_fips
