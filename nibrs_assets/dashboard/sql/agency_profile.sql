-- Victims, offenders, arrestees, weapons, locations and hours of the agency in the year, by NIBRS; labels as they were
-- in the year.
SELECT
    profile.subject,
    profile.characteristic,
    profile.code,
    CASE
        WHEN profile.code = 'U' THEN 'Unknown'
        WHEN profile.characteristic = 'age' AND profile.code = '00' THEN '<12'
        WHEN profile.characteristic = 'age' AND profile.code = '12' THEN '12–17'
        WHEN profile.characteristic = 'age' AND profile.code = '18' THEN '18–24'
        WHEN profile.characteristic = 'age' AND profile.code = '65' THEN '65+'
        WHEN profile.characteristic = 'age' THEN profile.code || '–' || left(profile.code, 1)::INTEGER + 1 || '4'
        ELSE min(meaning.label)
    END AS label,
    bool_or(profile.is_unknown) AS is_unknown,
    sum(profile.count) AS count
FROM nibrs.agency_profile_year AS profile
LEFT JOIN LATERAL (
    SELECT min(code_meaning.label) AS label
    FROM nibrs.code_meaning
    WHERE code_meaning.code = profile.code
        AND code_meaning.code_table = CASE profile.characteristic
            WHEN 'location' THEN 'location_type'
            WHEN 'weapon' THEN 'weapon_force'
            WHEN 'age' THEN NULL
            ELSE profile.characteristic
        END
        AND profile.data_year BETWEEN code_meaning.valid_from AND coalesce(code_meaning.valid_to, profile.data_year)
) AS meaning ON true
WHERE profile.data_year = %(year)s AND profile.ori BETWEEN %(ori7)s || '00' AND %(ori7)s || 'ZZ'
GROUP BY profile.subject, profile.characteristic, profile.code
ORDER BY profile.subject, profile.characteristic, profile.code
