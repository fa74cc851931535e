-- How much of what NIBRS asks is not known, in the state's records of the year; locations have no code for it but
-- 'Other/Unknown'.
SELECT
    subject,
    characteristic,
    sum(count) AS all_records,
    coalesce(sum(count) FILTER (WHERE is_unknown), 0) AS unknown,
    coalesce(sum(count) FILTER (WHERE is_unknown), 0) / sum(count)::NUMERIC AS share_unknown
FROM nibrs.agency_profile_year
WHERE data_year = %(year)s
    AND characteristic <> 'location'
    AND ori BETWEEN %(state)s || '0000000' AND %(state)s || 'ZZZZZZZ'
GROUP BY subject, characteristic
ORDER BY subject, characteristic
