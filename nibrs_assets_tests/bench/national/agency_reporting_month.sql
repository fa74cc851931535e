SELECT
    getvariable('year') AS data_year, ori7, month,
    CASE
        WHEN is_often_missing AND month > 9 THEN 'missing'
        WHEN getvariable('year') >= in_nibrs_from THEN 'nibrs'
        ELSE 'summary'
    END AS status,
    NOT (is_often_missing AND month > 9) AS is_reported,
    getvariable('year') >= in_nibrs_from AND NOT (is_often_missing AND month > 9) AS nibrs_data, false AS nibrs_zero,
    getvariable('year') < in_nibrs_from AND NOT (is_often_missing AND month > 9) AS summary_data, false AS summary_zero
FROM agency
CROSS JOIN range(1, 13) AS months (month)
ORDER BY ori7, month
