/* The offenses that the Summary system counts in the year: those of Return A, and those beside it. */
SELECT code AS offense, part_of, index_crime
FROM year_codes.summary_offense
