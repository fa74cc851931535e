/*
description: >
  One row per agency, month of the arrest and offense arrested for: arrests for incidents (Group A and B offenses,
  segment 06) and those for Group B offenses alone (segment 07), which belong to no incident and are joined to none. The
  month may be after the data year. There is a row only where somebody was arrested. Arrests without a date (check
  dates_are_of_the_year) or offense, and those of window records (window_arrestee), are not here.
key: [data_year, ori, year, month, arrest_offense_code]
references: {agency: [data_year, ori]}
columns:
  year: {description: "Year of the arrest, which may be after the data year", overrides: true}
  month: {description: "Month of the arrest, 1 to 12", overrides: true}
  arrests: {description: "Arrest records: one person arrested for three incidents at once has three"}
  group_b_arrests: {description: "Of these, those of segment 07"}
  arrests_under_18: {description: "Of the arrests, those of persons known to be under 18"}
  persons_arrested: {description: "Persons arrested, each counted once: records whose multiple arrestee indicator is C
    (count) or N (not multiple), and all of segment 07"}
  persons_arrested_under_18: {description: "Of the persons, those known to be under 18"}
  persons_arrested_age_unknown: {description: "Of the persons, those of unknown age"}
*/
WITH arrest AS (
    SELECT
        data_year,
        ori,
        arrest_date,
        arrest_offense_code,
        arrestee_age_years,
        false AS is_group_b,
        coalesce(multiple_arrestee_indicator IN ('C', 'N'), false) AS is_person
    FROM harmonized.arrestee
    UNION ALL
    SELECT data_year, ori, arrest_date, arrest_offense_code, arrestee_age_years, true, true
    FROM harmonized.group_b_arrest
)
SELECT
    data_year,
    ori,
    year(arrest_date)::SMALLINT AS year,
    month(arrest_date)::SMALLINT AS month,
    arrest_offense_code,
    count(*)::INTEGER AS arrests,
    count(*) FILTER (WHERE is_group_b)::INTEGER AS group_b_arrests,
    count(*) FILTER (WHERE arrestee_age_years < 18)::INTEGER AS arrests_under_18,
    count(*) FILTER (WHERE is_person)::INTEGER AS persons_arrested,
    count(*) FILTER (WHERE is_person AND arrestee_age_years < 18)::INTEGER AS persons_arrested_under_18,
    count(*) FILTER (WHERE is_person AND arrestee_age_years IS NULL)::INTEGER AS persons_arrested_age_unknown
FROM arrest
WHERE arrest_date IS NOT NULL AND arrest_offense_code IS NOT NULL
GROUP BY ALL
ORDER BY ori, year, month, arrest_offense_code
