/* The first header of each agency: BH, or B1 with what B3 adds to it in the files through 2012. */
WITH first_part AS (
    SELECT * FROM typed.batch_header_1
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) = 1
),
third_part AS (
    SELECT ori, ind_01_06_12, number_of_months_reported, master_file_year
    FROM typed.batch_header_3
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) = 1
),
whole AS (
    SELECT * FROM typed.batch_header
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) = 1
)
SELECT * FROM whole
UNION ALL BY NAME
SELECT * FROM first_part LEFT JOIN third_part USING (ori)
