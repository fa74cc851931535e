/*
description: One row per agency that reported bicycles stolen, and whether it is in the Return A file. Reads a table of two kinds of file.
key: [data_year, ori]
columns:
  is_in_return_a: {description: Whether the Return A file of the year names the agency}
*/
SELECT
    bicycle.data_year,
    bicycle.ori,
    bicycle.bicycles_stolen,
    return_a.ori7 IS NOT NULL AS is_in_return_a
FROM marts.agency_bicycle AS bicycle
LEFT JOIN harmonized.return_a_agency AS return_a ON return_a.ori7 = left(bicycle.ori, 7)
ORDER BY bicycle.ori
