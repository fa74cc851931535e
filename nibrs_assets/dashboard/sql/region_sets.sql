-- The sets of regions.
SELECT DISTINCT region_set FROM nibrs.region ORDER BY region_set
