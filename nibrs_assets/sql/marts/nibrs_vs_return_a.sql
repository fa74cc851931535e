/*
description: >
  One row per agency that stands in both systems in a year, and offense: NIBRS by the Summary system's rules beside
  Return A. Compared are the months for which the agency submitted NIBRS records and returned a count of the offense
  that is of this month alone; a zero report of NIBRS is not compared, for headers name agencies that report by the
  Summary system too. What is compared on either side is of months_compared, never of the whole year. NIBRS agencies
  whose ORIs begin with the same seven characters are added up. Clearances of NIBRS are those of the year's own
  incidents; Return A's are of all incidents.
key: [data_year, ori7, offense]
columns:
  offense: {description: "Offense or part of one, as in agency_offense_month_srs, that Return A counts; rape_revised and
    rape_legacy stand beside Return A's rape_total, which is one of the two, as the agency reports", overrides: true}
  part_of: {codes: summary_offense}
  months_nibrs: {description: "Months for which NIBRS records were submitted, 0 to 12"}
  months_nibrs_zero: {description: "Months for which NIBRS has a zero report and no records"}
  months_return_a: {description: "Months for which Return A has a count of the offense, 0 to 12"}
  months_compared: {description: "Months that both have, which all counts of the row but the next are of"}
  return_a_actual_not_compared: {description: "Offenses that Return A has in the months that are not compared"}
  nibrs_actual: {description: "Offenses by NIBRS as Summary"}
  return_a_actual: {description: "Offenses by Return A"}
  difference: {description: "nibrs_actual less return_a_actual"}
  nibrs_cleared: {description: "Clearances of this year's incidents by NIBRS as Summary"}
  return_a_cleared: {description: "Clearances by Return A, whenever the incidents were"}
  nibrs_cleared_under_18: {description: "Of nibrs_cleared, those of persons under 18 only"}
  return_a_cleared_under_18: {description: "Of return_a_cleared, those of persons under 18 only"}
*/
WITH nibrs AS (
    SELECT
        ori[1:7] AS ori7,
        month,
        offense,
        part_of,
        bool_or(has_records) AS has_records,
        bool_or(is_reported) AS is_reported,
        sum(actual) AS actual
    FROM marts.agency_offense_month_srs
    GROUP BY ALL
),
nibrs_cleared AS (
    SELECT ori[1:7] AS ori7, month, offense, sum(cleared) AS cleared, sum(cleared_under_18) AS cleared_under_18
    FROM marts.agency_clearance_month_srs
    WHERE year = data_year
    GROUP BY ALL
),
return_a AS (
    SELECT
        counted.ori7,
        counted.month,
        counted.offense,
        counted.actual,
        counted.cleared,
        counted.cleared_under_18,
        counted.actual IS NOT NULL AND holder.month_included_in IS NULL AS is_of_this_month
    FROM harmonized.return_a_offense_month AS counted
    LEFT JOIN (
        SELECT DISTINCT ori7, month_included_in
        FROM harmonized.return_a_agency_month
        WHERE month_included_in IS NOT NULL
    ) AS holder
        ON holder.ori7 = counted.ori7 AND holder.month_included_in = counted.month
),
month AS (
    SELECT
        nibrs.*,
        return_a.actual AS returned,
        return_a.cleared AS returned_cleared,
        return_a.cleared_under_18 AS returned_cleared_under_18,
        coalesce(nibrs_cleared.cleared, 0) AS cleared,
        coalesce(nibrs_cleared.cleared_under_18, 0) AS cleared_under_18,
        nibrs.has_records AND return_a.is_of_this_month AS is_compared
    FROM nibrs
    JOIN return_a
        ON return_a.ori7 = nibrs.ori7
        AND return_a.month = nibrs.month
        AND return_a.offense
        = CASE WHEN nibrs.offense IN ('rape_revised', 'rape_legacy') THEN 'rape_total' ELSE nibrs.offense END
    LEFT JOIN nibrs_cleared
        ON nibrs_cleared.ori7 = nibrs.ori7
        AND nibrs_cleared.month = nibrs.month
        AND nibrs_cleared.offense = nibrs.offense
)
SELECT
    data_year() AS data_year,
    ori7,
    offense,
    part_of,
    count(*) FILTER (WHERE has_records)::SMALLINT AS months_nibrs,
    count(*) FILTER (WHERE is_reported AND NOT has_records)::SMALLINT AS months_nibrs_zero,
    count(returned)::SMALLINT AS months_return_a,
    count(*) FILTER (WHERE is_compared)::SMALLINT AS months_compared,
    coalesce(sum(returned) FILTER (WHERE NOT is_compared), 0)::INTEGER AS return_a_actual_not_compared,
    sum(actual) FILTER (WHERE is_compared)::INTEGER AS nibrs_actual,
    sum(returned) FILTER (WHERE is_compared)::INTEGER AS return_a_actual,
    nibrs_actual - return_a_actual AS difference,
    sum(cleared) FILTER (WHERE is_compared)::INTEGER AS nibrs_cleared,
    sum(returned_cleared) FILTER (WHERE is_compared)::INTEGER AS return_a_cleared,
    sum(cleared_under_18) FILTER (WHERE is_compared)::INTEGER AS nibrs_cleared_under_18,
    sum(returned_cleared_under_18) FILTER (WHERE is_compared)::INTEGER AS return_a_cleared_under_18
FROM month
GROUP BY ori7, offense, part_of
HAVING bool_or(has_records) AND count(returned) > 0
ORDER BY ori7, offense
