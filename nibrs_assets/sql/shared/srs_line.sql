/* The offenses that the Summary system counts in the year: those of Return A, and those beside it. */
SELECT code AS offense, part_of, index_crime
FROM codes.return_a_offense
WHERE data_year() BETWEEN valid_from AND coalesce(valid_to, data_year())
UNION ALL BY NAME
SELECT code AS offense
FROM codes.srs_offense
WHERE data_year() BETWEEN valid_from AND coalesce(valid_to, data_year())
