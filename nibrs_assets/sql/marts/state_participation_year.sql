/*
description: >
  One row per state and year: how many agencies reported, and for how many people they stand, everyone counted once.
  Shares are of what the year's files name: a file of a few agencies, as those of the sample, gives shares of these. A
  sum over states is a number of the reporting states only; show it with these shares, or weight by them.
key: [data_year, state_abbreviation]
columns:
  agencies: {description: "Agencies that either system's file names, reporting or not", overrides: true}
  agencies_active: {description: "Of these, those that are to report themselves: not covered by another, and counted by
    the FBI"}
  agencies_covered: {description: "Agencies that another one reports for"}
  agencies_any_month: {description: "Active agencies that reported any month themselves, to either system"}
  agencies_12_months: {description: "Active agencies that reported all 12 months themselves, to either system",
    overrides: true}
  agencies_any_month_nibrs: {description: "Active agencies that reported any month to NIBRS. NULL where the year's NIBRS
    file is not there"}
  agencies_12_months_nibrs: {description: "Active agencies that reported all 12 months to NIBRS. NULL where the year's
    NIBRS file is not there"}
  agencies_any_month_summary: {description: "Active agencies that reported any month on Return A. NULL where the year's
    Return A file is not there"}
  agencies_12_months_summary: {description: "Active agencies that reported all 12 months on Return A. NULL where the
    year's Return A file is not there"}
  agencies_without_population: {description: "Agencies whose population is not given, so that the sums below are of the
    others"}
  population: {description: "Population of all agencies, everyone once; NULL where none is given", overrides: true}
  population_any_month: {description: "Population of the agencies with any month represented"}
  population_12_months: {description: "Population of the agencies with all 12 months represented"}
  population_any_month_nibrs: {description: "Population of the agencies with any month represented in NIBRS"}
  population_12_months_nibrs: {description: "Population of the agencies with all 12 months represented in NIBRS"}
  population_any_month_summary: {description: "Population of the agencies with any month represented on Return A"}
  population_12_months_summary: {description: "Population of the agencies with all 12 months represented on Return A"}
  share_of_agencies_12_months: {description: "agencies_12_months of agencies_active, 0 to 1; NULL where none is active"}
  share_of_population_12_months: {description: "population_12_months of population, 0 to 1; NULL where there is no
    population"}
  share_of_population_by_month: {description: "Month-weighted: the sum of population times months represented of 12, of
    population, 0 to 1; NULL where there is no population", overrides: true}
  share_of_population_by_month_nibrs: {description: "The same, NIBRS alone. NULL where the year's NIBRS file is not
    there"}
  share_of_population_by_month_summary: {description: "The same, Return A alone. NULL where the year's Return A file is
    not there"}
*/
WITH state AS (
    SELECT
        data_year,
        state_abbreviation,
        count(*)::INTEGER AS agencies,
        count_if(is_active)::INTEGER AS agencies_active,
        count_if(is_covered)::INTEGER AS agencies_covered,
        count_if(is_active AND months_reported > 0)::INTEGER AS agencies_any_month,
        count_if(is_active AND months_reported = 12)::INTEGER AS agencies_12_months,
        -- Of a system whose file is not there the months are NULL, and so are the agencies and people counted by them.
        count(months_reported_nibrs) > 0 AS has_nibrs,
        count(months_reported_summary) > 0 AS has_summary,
        if(has_nibrs, count_if(is_active AND months_reported_nibrs > 0), NULL)::INTEGER AS agencies_any_month_nibrs,
        if(has_nibrs, count_if(is_active AND months_reported_nibrs = 12), NULL)::INTEGER AS agencies_12_months_nibrs,
        if(has_summary, count_if(is_active AND months_reported_summary > 0), NULL)::INTEGER
            AS agencies_any_month_summary,
        if(has_summary, count_if(is_active AND months_reported_summary = 12), NULL)::INTEGER
            AS agencies_12_months_summary,
        count_if(population IS NULL)::INTEGER AS agencies_without_population,
        sum(population_counted)::BIGINT AS population,
        sum(population_counted * (months_represented > 0)::INTEGER)::BIGINT AS population_any_month,
        sum(population_counted * (months_represented = 12)::INTEGER)::BIGINT AS population_12_months,
        sum(population_counted * (months_represented_nibrs > 0)::INTEGER)::BIGINT AS population_any_month_nibrs,
        sum(population_counted * (months_represented_nibrs = 12)::INTEGER)::BIGINT AS population_12_months_nibrs,
        sum(population_counted * (months_represented_summary > 0)::INTEGER)::BIGINT AS population_any_month_summary,
        sum(population_counted * (months_represented_summary = 12)::INTEGER)::BIGINT AS population_12_months_summary,
        sum(population_counted * months_represented) AS people_months,
        sum(population_counted * months_represented_nibrs) AS people_months_nibrs,
        sum(population_counted * months_represented_summary) AS people_months_summary
    FROM marts.agency_reporting_year
    GROUP BY data_year, state_abbreviation
)
SELECT
    * EXCLUDE (has_nibrs, has_summary, people_months, people_months_nibrs, people_months_summary),
    agencies_12_months / nullif(agencies_active, 0) AS share_of_agencies_12_months,
    population_12_months / nullif(population, 0) AS share_of_population_12_months,
    people_months / nullif(12 * population, 0) AS share_of_population_by_month,
    people_months_nibrs / nullif(12 * population, 0) AS share_of_population_by_month_nibrs,
    people_months_summary / nullif(12 * population, 0) AS share_of_population_by_month_summary
FROM state
ORDER BY state_abbreviation
