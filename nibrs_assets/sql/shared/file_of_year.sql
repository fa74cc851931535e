/* Of which systems the year's file is there: no file is without agencies. */
SELECT
    EXISTS (FROM harmonized.agency) AS has_nibrs,
    EXISTS (FROM harmonized.return_a_agency) AS has_summary
