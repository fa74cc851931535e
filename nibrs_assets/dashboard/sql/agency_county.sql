-- The counties of the agency in the year, and its share in each.
SELECT DISTINCT ON (share.county_fips)
    share.county_fips, county.county_name, county.state_abbreviation, share.share, share.county_from
FROM nibrs.agency_county_share AS share
JOIN nibrs.county AS county ON county.county_fips = share.county_fips
WHERE share.data_year = %(year)s AND share.ori7 = %(ori7)s AND share.system IN ('nibrs', 'return_a')
ORDER BY share.county_fips, share.system DESC
