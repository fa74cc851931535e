/*
description: One row per agency and kind of lock, with the bicycles stolen.
key: [data_year, ori, bicycle_lock]
*/
SELECT
    data_year() AS data_year,
    ori,
    bicycle_lock,
    bicycles_stolen,
    line_number
FROM typed.bicycle_report
ORDER BY ori, bicycle_lock
