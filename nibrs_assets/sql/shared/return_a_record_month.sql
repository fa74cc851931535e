/* The months of the record of each agency. */
SELECT month.*, nullif(month.month_included_in, 0) AS included_in
FROM typed.return_a_month AS month
SEMI JOIN shared.return_a_record USING (line_number)
