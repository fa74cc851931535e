/*
description: >
  One row per year and offense: how well NIBRS by the Summary system's rules agrees with Return A, over the agencies and
  months that nibrs_vs_return_a compares.
key: [data_year, offense]
columns:
  offense: {description: "Offense or part of one, as in nibrs_vs_return_a", overrides: true}
  part_of: {description: "Offense whose count holds this one's too", codes: summary_offense, overrides: true}
  agencies: {description: "Agencies with a month to compare", overrides: true}
  agency_months: {description: "Months compared, over all agencies"}
  equal: {description: "Agencies whose two counts are equal"}
  within_two: {description: "Agencies whose two counts differ by two at most, the equal ones among them"}
  absolute_difference: {description: "Differences of the agencies added up without their sign"}
*/
SELECT
    data_year,
    offense,
    part_of,
    count(*)::INTEGER AS agencies,
    sum(months_compared)::INTEGER AS agency_months,
    count(*) FILTER (WHERE difference = 0)::INTEGER AS equal,
    count(*) FILTER (WHERE abs(difference) <= 2)::INTEGER AS within_two,
    sum(nibrs_actual)::INTEGER AS nibrs_actual,
    sum(return_a_actual)::INTEGER AS return_a_actual,
    sum(difference)::INTEGER AS difference,
    sum(abs(difference))::INTEGER AS absolute_difference,
    sum(nibrs_cleared)::INTEGER AS nibrs_cleared,
    sum(return_a_cleared)::INTEGER AS return_a_cleared
FROM marts.nibrs_vs_return_a
WHERE months_compared > 0
GROUP BY data_year, offense, part_of
ORDER BY data_year, offense
