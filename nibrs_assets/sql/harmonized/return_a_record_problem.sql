/*
description: >
  One row per problem of a line of the Return A file: lines that are no record, second records of an ORI (is_quarantined), values that
  can't be read or are no known code, counts in months that were not returned. The lines themselves are whole in the segments.
key: [data_year, problem_number]
segments: [return_a_agency, return_a_month]
columns:
  problem_number: {description: "Number of the problem, in the order of the file"}
  segment: {description: Segment that holds the line}
  ori7: {description: "ORI of the record, where it has one", from: [return_a_agency.ori7]}
  month: {description: "Month, 1 to 12, where it is one month's problem"}
  problem: {description: What is wrong}
  column_name: {description: Segment column whose value is wrong}
  value: {description: "The value, as written"}
  is_quarantined: {description: Whether the record is left out of the harmonized tables}
*/
WITH coded AS (
    SELECT line_number, month, column_name, value
    FROM (
        UNPIVOT typed.return_a_month
        ON card0_type, card1_type, card2_type, card3_type, card4_type, card0_pt, card1_pt, card2_pt, card3_pt
        INTO NAME column_name VALUE value
    )
    WHERE value NOT IN (
        SELECT code FROM codes.reta_card_type WHERE column_name LIKE '%_type'
        UNION ALL
        SELECT code FROM codes.reta_card_pt WHERE column_name LIKE '%_pt'
    )
),
problem AS (
    SELECT
        'return_a_rejected' AS segment,
        line_number,
        NULL::SMALLINT AS month,
        reason AS problem,
        NULL AS column_name,
        NULL AS value,
        true AS is_quarantined
    FROM segments.return_a_rejected
    UNION ALL
    SELECT
        'return_a_agency',
        line_number,
        NULL,
        if(ori7 IS NULL, 'no ORI', 'another record has the same ORI'),
        'ori7',
        ori7,
        true
    FROM typed.return_a_agency
    ANTI JOIN shared.return_a_record USING (line_number)
    UNION ALL
    SELECT 'return_a_agency', line_number, NULL, 'record names another year', 'year2', year2, false
    FROM typed.return_a_agency
    WHERE year2 IS DISTINCT FROM printf('%02d', data_year() % 100)
    UNION ALL
    SELECT
        'return_a_month',
        line_number,
        month,
        -- What the number is stands in return_a_month; NULL where it can't be read.
        'count is not written as digits',
        column_name,
        value,
        false
    FROM segments.return_a_month_irregular
    UNION ALL
    SELECT 'return_a_month', line_number, month, 'unknown code', column_name, value, false
    FROM coded
    UNION ALL
    SELECT
        'return_a_month',
        line_number,
        month,
        'month_included_in is no month',
        'month_included_in',
        month_included_in::VARCHAR,
        false
    FROM typed.return_a_month
    WHERE month_included_in NOT BETWEEN 0 AND 12
    UNION ALL
    SELECT
        'return_a_month',
        line_number,
        month,
        'counts in a month that was not returned',
        'actual_grand_total',
        actual_grand_total::VARCHAR,
        false
    FROM typed.return_a_month
    WHERE NOT is_returned(card1_type) AND actual_grand_total <> 0
    UNION ALL
    SELECT segment, line_number, row_number, 'unreadable value', column_name, value, false
    FROM typed.unreadable_return_a
)
SELECT
    data_year() AS data_year,
    (row_number() OVER (ORDER BY line_number, segment, month NULLS FIRST, problem, column_name))::INTEGER AS problem_number,
    problem.segment,
    problem.line_number,
    agency.ori7,
    problem.month,
    problem.problem,
    problem.column_name,
    problem.value,
    problem.is_quarantined
FROM problem
LEFT JOIN typed.return_a_agency AS agency USING (line_number)
ORDER BY problem_number
