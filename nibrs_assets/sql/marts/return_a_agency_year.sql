/*
description: >
  One row per agency of Return A and year: its index offenses, and the months they stand for. violent is murder, rape,
  robbery and aggravated assault; property is burglary, larceny and motor vehicle theft; simple assault and manslaughter
  by negligence are in neither. A total is NULL where no month was reported; where months_covered is less than 12 it is
  that of fewer months, and no estimate.
key: [data_year, ori7]
references: {return_a_agency: [data_year, ori7]}
columns:
  months_reported: {description: "Months whose counts were returned, 0 to 12, counted from the cards (card 1 of type 2
    or 5)", overrides: true}
  months_covered: {description: "Months that the totals stand for, 0 to 12: those whose index offenses are all known,
    and those included in one of them"}
  months_totals_only: {description: Months returned as totals without their parts}
  murder: {description: Murder and nonnegligent manslaughter}
  rape_total: {description: "Rape; from 2013 by the revised or the legacy definition, as the agency reports"}
  robbery_total: {description: Robbery}
  violent: {description: "Violent crime: murder, rape, robbery, aggravated assault. From 2013 with rape by the revised
    or the legacy definition", overrides: true}
  burglary_total: {description: Burglary}
  larceny_total: {description: Larceny-theft}
  mvt_total: {description: Motor vehicle theft}
  property: {description: "Property crime: burglary, larceny, motor vehicle theft", overrides: true}
  violent_cleared: {description: "Violent crimes cleared in the year, whenever they happened; NULL where a month has
    offenses and no card of clearances"}
  property_cleared: {description: "Property crimes cleared in the year, whenever they happened; NULL where a month has
    offenses and no card of clearances"}
  assault_simple: {description: "Simple assault, not in violent"}
  manslaughter: {description: "Manslaughter by negligence, not in violent"}
*/
WITH index_offense AS (
    SELECT code, index_crime
    FROM year_codes.summary_offense
    WHERE index_crime IS NOT NULL
),
-- Months whose index offenses are all there; a count that can't be read is not.
known_month AS (
    SELECT counted.ori7, counted.month
    FROM harmonized.return_a_offense_month AS counted
    JOIN index_offense ON index_offense.code = counted.offense
    WHERE counted.is_reported
    GROUP BY counted.ori7, counted.month
    HAVING count(counted.actual) = (SELECT count(*) FROM index_offense)
),
month AS (
    SELECT
        month.ori7,
        count_if(month.is_reported)::SMALLINT AS months_reported,
        count(coalesce(known.month, holder.month))::SMALLINT AS months_covered,
        coalesce(count_if(month.is_totals_only), 0)::SMALLINT AS months_totals_only
    FROM harmonized.return_a_agency_month AS month
    LEFT JOIN known_month AS known USING (ori7, month)
    LEFT JOIN known_month AS holder ON holder.ori7 = month.ori7 AND holder.month = month.month_included_in
    GROUP BY month.ori7
),
total AS (
    SELECT
        ori7,
        sum(actual) FILTER (WHERE offense = 'murder')::INTEGER AS murder,
        sum(actual) FILTER (WHERE offense = 'rape_total')::INTEGER AS rape_total,
        sum(actual) FILTER (WHERE offense = 'robbery_total')::INTEGER AS robbery_total,
        sum(actual) FILTER (WHERE offense = 'aggravated_assault')::INTEGER AS aggravated_assault,
        sum(actual) FILTER (WHERE index_crime = 'violent')::INTEGER AS violent,
        sum(actual) FILTER (WHERE offense = 'burglary_total')::INTEGER AS burglary_total,
        sum(actual) FILTER (WHERE offense = 'larceny_total')::INTEGER AS larceny_total,
        sum(actual) FILTER (WHERE offense = 'mvt_total')::INTEGER AS mvt_total,
        sum(actual) FILTER (WHERE index_crime = 'property')::INTEGER AS property,
        sum_cleared(if(index_crime = 'violent', cleared, NULL), if(index_crime = 'violent', actual, NULL))::INTEGER
            AS violent_cleared,
        sum_cleared(if(index_crime = 'property', cleared, NULL), if(index_crime = 'property', actual, NULL))::INTEGER
            AS property_cleared,
        sum(actual) FILTER (WHERE offense = 'assault_simple')::INTEGER AS assault_simple,
        sum(actual) FILTER (WHERE offense = 'manslaughter')::INTEGER AS manslaughter
    FROM harmonized.return_a_offense_month AS counted
    LEFT JOIN index_offense ON index_offense.code = counted.offense
    GROUP BY ori7
)
SELECT
    agency.data_year,
    agency.ori7,
    agency.agency_name,
    agency.state_abbreviation,
    agency.population_group,
    agency.population,
    agency.covered_by_ori,
    month.months_reported,
    month.months_covered,
    month.months_totals_only,
    total.* EXCLUDE (ori7)
FROM harmonized.return_a_agency AS agency
JOIN month USING (ori7)
JOIN total USING (ori7)
ORDER BY agency.line_number
