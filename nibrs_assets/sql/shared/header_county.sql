/* The county parts of every header, of either era: B2 holds the first four, B3 the fifth and the FIPS codes of all. */
SELECT header.ori, county.*
FROM typed.batch_header AS header JOIN repeated.batch_header_county AS county USING (line_number)
UNION ALL BY NAME
SELECT header.ori, county.*
FROM typed.batch_header_2 AS header JOIN repeated.batch_header_2_county AS county USING (line_number)
UNION ALL BY NAME
SELECT header.ori, county.*
FROM typed.batch_header_3 AS header JOIN repeated.batch_header_3_county AS county USING (line_number)
