/* Where the records of an agency begin: every batch header of either era. */
SELECT line_number, ori FROM typed.batch_header
UNION ALL
SELECT line_number, ori FROM typed.batch_header_1
