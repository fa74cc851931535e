/* The record of each agency: where an ORI stands on several lines, as in 1967, 1970, 1972 and 2019, the one with the
   most months returned, and of these the first. */
SELECT *
FROM typed.return_a_agency
JOIN (
    SELECT line_number, count_if(is_returned(card1_type)) AS months_returned
    FROM typed.return_a_month
    GROUP BY line_number
) AS returned USING (line_number)
WHERE ori7 IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY ori7 ORDER BY months_returned DESC, line_number) = 1
