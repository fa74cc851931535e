/* The agency of each record that stands by itself: that of the header before it, even where characters 8-9 of the ORI differ;
   the record's own ORI where that header is of another agency (traps T2; pdf1995 p14, p18). */
WITH header AS (
    SELECT line_number, ori FROM typed.batch_header
    UNION ALL
    SELECT line_number, ori FROM typed.batch_header_1
),
record AS (
    SELECT line_number, ori FROM typed.administrative
    UNION ALL
    SELECT line_number, ori FROM typed.group_b_arrest
    UNION ALL
    SELECT line_number, ori FROM typed.window_exceptional_clearance
    UNION ALL
    SELECT line_number, ori FROM typed.window_recovered_property
    UNION ALL
    SELECT line_number, ori FROM typed.window_arrestee
)
SELECT
    record.line_number,
    CASE WHEN header.ori[1:7] = record.ori[1:7] THEN header.ori ELSE record.ori END AS agency_ori
FROM record
ASOF LEFT JOIN header ON record.line_number >= header.line_number
