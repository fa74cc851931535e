-- Who reports for whom in the state: the end of the covered-by chain, and how many months it stands for.
SELECT
    covered.ori7,
    covered.agency_name,
    covered.population,
    covered.reported_through_ori7,
    covering.agency_name AS covering_agency_name,
    covered.months_represented,
    covered.covered_by_problem
FROM nibrs.agency_reporting_year AS covered
LEFT JOIN nibrs.agency_reporting_year AS covering
    ON covering.data_year = covered.data_year
    AND covering.ori7 = covered.reported_through_ori7
WHERE covered.data_year = %(year)s AND covered.state_abbreviation = %(state)s AND covered.is_covered
ORDER BY covered.population DESC NULLS LAST, covered.ori7
LIMIT 200
