/* The county parts of the first header of each agency: in the files through 2012 B2 holds the first four, B3 the fifth
   and the FIPS codes of all. */
WITH whole AS (
    SELECT ori, line_number FROM typed.batch_header
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) = 1
),
second_part AS (
    SELECT ori, line_number FROM typed.batch_header_2
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) = 1
),
third_part AS (
    SELECT ori, line_number FROM typed.batch_header_3
    QUALIFY row_number() OVER (PARTITION BY ori ORDER BY line_number) = 1
)
SELECT * FROM whole JOIN repeated.batch_header_county USING (line_number)
UNION ALL BY NAME
SELECT * FROM second_part JOIN repeated.batch_header_2_county USING (line_number)
UNION ALL BY NAME
SELECT * FROM third_part JOIN repeated.batch_header_3_county USING (line_number)
