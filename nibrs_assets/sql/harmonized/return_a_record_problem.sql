/*
description: >
  One row per problem of a line of the Return A file: lines that are no record, second records of an ORI
  (is_quarantined), values that can't be read or are no code of that year, counts on cards that were not returned. The
  lines themselves are whole in the segments.
key: [data_year, problem_number]
columns:
  ori7: {description: "ORI of the record, where it has one", overrides: true}
  month: {description: "Month, 1 to 12, where it is one month's problem", overrides: true}
*/
WITH not_returned AS (
    SELECT
        line_number, month, unnest([
            {'card_type': card0_type, 'column_name': 'unfounded_grand_total', 'counted': unfounded_grand_total},
            {'card_type': card1_type, 'column_name': 'actual_grand_total', 'counted': actual_grand_total},
            {'card_type': card2_type, 'column_name': 'cleared_grand_total', 'counted': cleared_grand_total},
            {
                'card_type': card3_type,
                'column_name': 'cleared_under_18_grand_total',
                'counted': cleared_under_18_grand_total
            }
        ], recursive := true)
    FROM typed.return_a_month
),
left_out AS (
    SELECT line_number, ori7 FROM typed.return_a_agency ANTI JOIN shared.return_a_record USING (line_number)
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
    FROM left_out
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
        'counts on a card that was not returned',
        column_name,
        counted::VARCHAR,
        false
    FROM not_returned
    WHERE NOT is_returned(card_type) AND counted <> 0
    UNION ALL
    SELECT
        'return_a_month',
        line_number,
        month,
        'assault_total is that of the weapons, without simple assault',
        'actual_assault_total',
        actual_assault_total::VARCHAR,
        false
    FROM typed.return_a_month
    WHERE
        data_year() >= 1974
        AND card1_pt = 'T'
        AND actual_assault_simple > 0
        AND actual_assault_total
        = actual_assault_gun + actual_assault_knife + actual_assault_other_weapon + actual_assault_hands_feet
    UNION ALL
    SELECT segment, line_number, row_number, problem, column_name, value, false
    FROM typed.unknown_code_return_a
    UNION ALL
    SELECT segment, line_number, row_number, 'unreadable value', column_name, value, false
    FROM typed.unreadable_return_a
)
SELECT
    data_year() AS data_year,
    (row_number() OVER (ORDER BY line_number, segment, month NULLS FIRST, problem, column_name))::INTEGER
        AS problem_number,
    problem.segment,
    problem.line_number,
    agency.ori7,
    problem.month,
    problem.problem,
    problem.column_name,
    problem.value,
    problem.is_quarantined OR problem.line_number IN (SELECT line_number FROM left_out) AS is_quarantined
FROM problem
LEFT JOIN typed.return_a_agency AS agency USING (line_number)
ORDER BY problem_number
