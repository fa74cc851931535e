/*
description: >
  One row per agency of Return A, month and offense, with its four counts, each of a card of its own. A count is NULL
  where it was not reported: its card was not returned, the month is included in another, the offense is a part on a
  card of totals only, or was not counted in that year. A few cards that were not returned hold counts nevertheless;
  these are kept, and listed in return_a_record_problem. Never add up offenses of which one is part of the other: take
  those whose part_of is the same.
key: [data_year, ori7, month, offense]
references: {return_a_agency_month: [data_year, ori7, month]}
columns:
  offense: {description: "Offense or part of one (layouts/codes/summary_offense.csv). aggravated_assault is comparable
    over all years: assault_total through 1973, from 1974 that without assault_simple, where it is in it",
    overrides: true}
  part_of: {description: "Offense whose count holds this one's too; NULL for grand_total, and for assault_simple through
    1973, which is in no total", codes: summary_offense, overrides: true}
  series_break: {description: "Year from which the offense is counted otherwise than before, so that counts of before
    and since can't be compared; NULL where there is none"}
  unfounded: {description: "Complaints found to be no offense (card 0, from 1983)", overrides: true}
  actual: {description: "Offenses known to the police less those unfounded (card 1); negative where an earlier month is
    corrected", overrides: true}
  cleared: {description: "Offenses cleared by arrest or exceptional means, whenever they happened (card 2, from 1964)",
    overrides: true}
  cleared_under_18: {description: "Of these, those in which all persons involved are under 18 (card 3, from 1964)",
    overrides: true}
*/
WITH counted AS (
    SELECT * FROM transposed.return_a_month_count
    UNION ALL BY NAME
    SELECT
        line_number,
        month,
        'aggravated_assault' AS field,
        aggravated_assault(
            unfounded_assault_total,
            unfounded_assault_simple,
            unfounded_assault_gun
            + unfounded_assault_knife
            + unfounded_assault_other_weapon
            + unfounded_assault_hands_feet,
            card0_pt
        ) AS unfounded,
        aggravated_assault(
            actual_assault_total,
            actual_assault_simple,
            actual_assault_gun + actual_assault_knife + actual_assault_other_weapon + actual_assault_hands_feet,
            card1_pt
        ) AS actual,
        aggravated_assault(
            cleared_assault_total,
            cleared_assault_simple,
            cleared_assault_gun + cleared_assault_knife + cleared_assault_other_weapon + cleared_assault_hands_feet,
            card2_pt
        ) AS cleared,
        aggravated_assault(
            cleared_under_18_assault_total,
            cleared_under_18_assault_simple,
            cleared_under_18_assault_gun
            + cleared_under_18_assault_knife
            + cleared_under_18_assault_other_weapon
            + cleared_under_18_assault_hands_feet,
            card3_pt
        ) AS cleared_under_18
    FROM typed.return_a_month
),
offense AS (
    SELECT code, part_of, coalesce(is_breakdown = 'Y', false) AS is_breakdown
    FROM year_codes.summary_offense
),
series_break AS (
    SELECT code, max(year) AS year
    FROM reference.series_break
    WHERE code_table = 'summary_offense'
    GROUP BY code
)
SELECT
    data_year() AS data_year,
    month.ori7,
    month.month,
    offense.code AS offense,
    offense.part_of,
    series_break.year AS series_break,
    month.is_reported,
    month.month_included_in,
    month.is_totals_only,
    reported_count(counted.unfounded, card0_type, card0_pt, month_included_in, is_breakdown) AS unfounded,
    reported_count(counted.actual, card1_type, card1_pt, month_included_in, is_breakdown) AS actual,
    reported_count(counted.cleared, card2_type, card2_pt, month_included_in, is_breakdown) AS cleared,
    reported_count(counted.cleared_under_18, card3_type, card3_pt, month_included_in, is_breakdown) AS cleared_under_18
FROM shared.return_a_record_month AS month
JOIN counted USING (line_number, month)
JOIN offense ON offense.code = counted.field
LEFT JOIN series_break ON series_break.code = offense.code
ORDER BY month.line_number, month.month, offense.code
