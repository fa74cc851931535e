/* The records of {segment} with the agency they belong to: that of the header before them, even where characters 8-9 of
   the ORI differ; their own ORI where that header is of another agency (traps T2; pdf1995 p14, p18). */
SELECT
    record.*,
    CASE WHEN header.ori[1:7] = record.ori[1:7] THEN header.ori ELSE record.ori END AS agency_ori
FROM typed.{segment} AS record
ASOF LEFT JOIN shared.header AS header ON record.line_number >= header.line_number
