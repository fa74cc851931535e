/*
description: >
  One row per agency and year: the months it reported and to which system, who reports for it, and the people it stands
  for, each counted once over all agencies. Agencies are those that the NIBRS file or the Return A file of the year
  names, reporting or not.
key: [data_year, ori7]
references: {state_participation_year: [data_year, state_abbreviation]}
columns:
  agency_name: {description: "Name of the agency, of Return A where it is there", overrides: true}
  state_abbreviation: {description: "State as the FBI abbreviates it (Nebraska is NB, Guam GM), by the state code of the
    record; by the ORI where there is none", overrides: true}
  population_group: {description: "Population group, of Return A where it is there", codes: population_group,
    overrides: true}
  is_in_nibrs: {description: "Whether the NIBRS file names the agency, reporting or not. NULL where the year's NIBRS
    file is not there"}
  is_in_summary: {description: "Whether the Return A file names the agency, reporting or not. NULL where the year's
    Return A file is not there"}
  nibrs_oris: {description: "Number of NIBRS ORIs, of 9 characters, that are taken together here; NULL where NIBRS does
    not name the agency"}
  is_active: {description: "Whether the agency is to report itself: no other one covers it, and the FBI counts it
    (agency_count is not 0; 0 marks covered agencies and territories)"}
  is_covered: {description: "Whether another agency reports for it"}
  covered_by_ori7: {description: "Agency that reports for it, its first 7 characters, as the record names it. In 1964
    these are codes of state and county, no ORIs"}
  reported_through_ori7: {description: "The end of the covered-by chain: the agency in whose counts its crimes are. NULL
    where it is not covered, or by whom is not said"}
  covered_by_problem: {description: "What is wrong with the covered-by chain: circle (the agency is then taken as not
    covered), covering agency not in the files, covering agency not named; NULL where nothing"}
  months_reported: {description: "Months that the agency reported itself, data or zero, to either system, 0 to 12"}
  months_reported_nibrs: {description: "Months that it reported to NIBRS, 0 to 12. NULL where the year's NIBRS file is
    not there"}
  months_reported_summary: {description: "Months that it reported on Return A, those included in another with it, 0 to
    12. NULL where the year's Return A file is not there"}
  months_declared_nibrs: {description: "Number of months that the NIBRS header gives; compare months_reported_nibrs"}
  months_disagreeing: {description: "Months in which what is declared and what is found differ, in either system"}
  months_represented: {description: "Months whose crimes are in somebody's counts: reported by the agency, or by the one
    at the end of its covered-by chain"}
  months_represented_nibrs: {description: "The same, NIBRS alone. NULL where the year's NIBRS file is not there"}
  months_represented_summary: {description: "The same, Return A alone. NULL where the year's Return A file is not
    there"}
  participates_12_months: {description: "Whether all 12 months are represented, as the FBI counts participation: a
    covered agency participates through the one that covers it"}
  participates_any_month: {description: "Whether any month is represented; see participates_12_months"}
  latest_update: {description: "Last day on which the FBI changed any month of the agency's Return A. Not the day of
    receipt: every correction and every run over the file sets it anew. NULL for NIBRS, which gives no such day"}
  months_surely_on_time: {description: "Months of Return A last changed by the 7th day after the month, when the return
    is due: these came on time. Of all others it can't be known, so this is a lower bound and next to nothing (1 of
    192,154 months in 2013). NULL without Return A"}
  population: {description: "Population the agency serves, in all its counties; of Return A where it is there. 0 for
    agencies without one of their own, such as state police; NULL where none is given. Never add it up: a covered city's
    is in another's as well", overrides: true}
  population_from: {description: "System whose file gives the population: summary or nibrs"}
  population_counted: {description: "Population to add up, which counts everyone once: 0 for a covered agency, whose
    people are in the figures of its county; that of a covered county (population group 8 or 9), whose people are
    nowhere else"}
*/
WITH month AS (
    SELECT
        ori7,
        month,
        is_reported,
        is_reported_nibrs AS is_nibrs,
        is_reported_summary AS is_summary,
        nibrs_disagreement IS NOT NULL OR summary_disagreement IS NOT NULL AS is_disagreeing
    FROM marts.agency_reporting_month
),
months AS (
    SELECT
        own.ori7,
        count_if(own.is_reported) AS months_reported,
        count_if(own.is_nibrs) AS months_reported_nibrs,
        count_if(own.is_summary) AS months_reported_summary,
        count_if(own.is_disagreeing) AS months_disagreeing,
        count_if(own.is_reported OR coalesce(covering.is_reported, false)) AS months_represented,
        count_if(own.is_nibrs OR coalesce(covering.is_nibrs, false)) AS months_represented_nibrs,
        count_if(own.is_summary OR coalesce(covering.is_summary, false)) AS months_represented_summary
    FROM month AS own
    LEFT JOIN shared.covered_agency AS covered USING (ori7)
    LEFT JOIN month AS covering ON covering.ori7 = covered.reported_through_ori7 AND covering.month = own.month
    GROUP BY own.ori7
),
updated AS (
    SELECT
        ori7,
        max(date_of_last_update) AS latest_update,
        count(*) FILTER (
            WHERE is_reported
            AND date_of_last_update BETWEEN last_day(make_date(data_year(), month, 1)) + 1
            AND last_day(make_date(data_year(), month, 1)) + 7
        ) AS months_surely_on_time
    FROM harmonized.return_a_agency_month
    GROUP BY ori7
)
SELECT
    data_year() AS data_year,
    agency.ori7,
    agency.agency_name,
    agency.state_abbreviation,
    agency.population_group,
    if(file.has_nibrs, agency.is_in_nibrs, NULL) AS is_in_nibrs,
    if(file.has_summary, agency.is_in_summary, NULL) AS is_in_summary,
    agency.nibrs_oris,
    agency.is_counted_by_fbi AND NOT coalesce(covered.is_covered, false) AS is_active,
    coalesce(covered.is_covered, false) AS is_covered,
    agency.covered_by_ori7,
    covered.reported_through_ori7,
    covered.covered_by_problem,
    months.months_reported::SMALLINT AS months_reported,
    if(file.has_nibrs, months.months_reported_nibrs, NULL)::SMALLINT AS months_reported_nibrs,
    if(file.has_summary, months.months_reported_summary, NULL)::SMALLINT AS months_reported_summary,
    agency.number_of_months_reported AS months_declared_nibrs,
    months.months_disagreeing::SMALLINT AS months_disagreeing,
    months.months_represented::SMALLINT AS months_represented,
    if(file.has_nibrs, months.months_represented_nibrs, NULL)::SMALLINT AS months_represented_nibrs,
    if(file.has_summary, months.months_represented_summary, NULL)::SMALLINT AS months_represented_summary,
    months.months_represented = 12 AS participates_12_months,
    months.months_represented > 0 AS participates_any_month,
    updated.latest_update,
    updated.months_surely_on_time::SMALLINT AS months_surely_on_time,
    agency.population,
    agency.population_from,
    CASE
        WHEN agency.population IS NULL THEN NULL
        WHEN coalesce(covered.is_covered, false) AND coalesce(agency.population_group[1] NOT IN ('8', '9'), true) THEN 0
        ELSE agency.population
    END AS population_counted
FROM shared.reporting_agency AS agency
CROSS JOIN shared.file_of_year AS file
JOIN months USING (ori7)
LEFT JOIN shared.covered_agency AS covered USING (ori7)
LEFT JOIN updated USING (ori7)
ORDER BY agency.ori7
