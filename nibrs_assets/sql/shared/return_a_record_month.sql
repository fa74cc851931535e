/* The months of the record of each agency, with what their cards say of them. */
SELECT
    month.* EXCLUDE (month_included_in),
    is_returned(card1_type) AS is_reported,
    CASE WHEN month_included_in BETWEEN 1 AND 12 THEN month_included_in END::SMALLINT AS month_included_in,
    CASE WHEN is_returned(card1_type) THEN coalesce(card1_pt = 'T', false) END AS is_totals_only
FROM typed.return_a_month AS month
SEMI JOIN shared.return_a_record USING (line_number)
