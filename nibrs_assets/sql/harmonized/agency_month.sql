/*
description: Twelve rows per agency, one a month, with what the agency submitted for it; NULL flags where the header
  says nothing.
key: [data_year, ori, month]
references: {agency: [data_year, ori]}
columns:
  window_flag: {description: Whether window records were submitted for the month}
*/
WITH flag AS (
    SELECT header.ori, month.*
    FROM typed.batch_header AS header JOIN repeated.batch_header_month AS month USING (line_number)
    UNION ALL
    SELECT header.ori, month.*
    FROM typed.batch_header_3 AS header JOIN repeated.batch_header_3_month AS month USING (line_number)
),
first_flag AS (
    SELECT * FROM flag
    QUALIFY row_number() OVER (PARTITION BY ori, month_number ORDER BY line_number) = 1
)
SELECT
    agency.data_year,
    agency.ori,
    month.month_number::SMALLINT AS month,
    first_flag.zero_report,
    first_flag.group_ab,
    first_flag.window AS window_flag
FROM harmonized.agency AS agency
CROSS JOIN range(1, 13) AS month (month_number)
LEFT JOIN first_flag ON first_flag.ori = agency.ori AND first_flag.month_number = month.month_number
ORDER BY agency.line_number NULLS LAST, agency.ori, month
