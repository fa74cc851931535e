/*
description: >
  One row per agency and month: whether it reported, by which system, or who reports for it, and the facts that this was
  decided from. Agencies are those that the NIBRS file or the Return A file of the year names, reporting or not. The
  first of these that holds is the status: NIBRS data, Summary data, NIBRS zero, Summary zero, covered, missing
  (docs/reporting.md).
key: [data_year, ori7, month]
references: {agency_reporting_year: [data_year, ori7]}
columns:
  status: {description: "What became of the month (layouts/codes/reporting_status.csv). covered says that another agency
    is to report it, covering_reported whether it did", codes: reporting_status}
  is_reported: {description: "Whether the agency reported the month itself, data or zero, to either system",
    overrides: true}
  nibrs_data: {description: "Whether NIBRS has data of the month: the header declares Group A or B records, or there are
    some; window records alone are none. NULL where the year's NIBRS file is not there"}
  nibrs_zero: {description: "Whether the NIBRS header declares a zero report, and there are no data. NULL where the
    year's NIBRS file is not there"}
  is_reported_nibrs: {description: "Whether the month is reported to NIBRS, data or a zero report in the header alone.
    NULL where the year's NIBRS file is not there"}
  has_nibrs_records: {description: "Whether the month is reported to NIBRS by an agency that has NIBRS data in any month
    of the year, so that a month without an offense is a zero. A year of zero reports alone is that of an agency that
    reports by the Summary system, or not at all. NULL where the year's NIBRS file is not there"}
  nibrs_incidents: {description: "Group A incidents in the month, by the incident date. NULL where the year's NIBRS file
    is not there"}
  nibrs_group_b_arrests: {description: "Group B arrests in the month, by the arrest date. NULL where the year's NIBRS
    file is not there"}
  nibrs_disagreement: {description: "Where the flags of the NIBRS header and the records found differ: records not
    declared, records in a declared zero, declared but no records; NULL where they agree"}
  summary_data: {description: "Whether Return A has data of the month: it was returned (card 1 of type 2 or 5), or is
    included in a month that was, and a count is not zero. NULL where the year's Return A file is not there"}
  summary_zero: {description: "Whether the month was returned on Return A, or is included in one that was, with all
    counts zero. NULL where the year's Return A file is not there"}
  is_reported_summary: {description: "Whether the month is reported on Return A, data or zero. NULL where the year's
    Return A file is not there"}
  month_included_in: {description: "Month of Return A whose counts hold this month's too, and through which it counts as
    reported; NULL where it has its own", overrides: true}
  summary_disagreement: {description: "counts not returned: Return A holds counts of the month on cards that were not
    returned, which make no report; NULL where not"}
  covering_reported: {description: "Whether the agency at the end of the covered-by chain reported the month; NULL where
    the agency is not covered, or by one that the files do not hold"}
*/
WITH declared AS (
    SELECT ori[1:7] AS ori7, month, bool_or(group_ab) AS has_data, bool_or(zero_report) AS is_zero
    FROM harmonized.agency_month
    GROUP BY ALL
),
found AS (
    SELECT
        ori[1:7] AS ori7,
        month(found_on)::SMALLINT AS month,
        count_if(is_incident)::INTEGER AS incidents,
        count_if(NOT is_incident)::INTEGER AS group_b_arrests
    FROM (
        SELECT ori, incident_date AS found_on, true AS is_incident FROM harmonized.incident
        UNION ALL
        SELECT ori, arrest_date, false FROM harmonized.group_b_arrest
    ) AS record
    WHERE year(found_on) = data_year()
    GROUP BY ALL
),
has_counts AS (
    SELECT
        ori7,
        month,
        bool_or(unfounded <> 0 OR actual <> 0 OR cleared <> 0 OR cleared_under_18 <> 0) IS true AS has_counts
    FROM harmonized.return_a_offense_month
    GROUP BY ALL
),
card AS (
    SELECT ori7, month, month_included_in, is_reported, has_counts
    FROM harmonized.return_a_agency_month
    JOIN has_counts USING (ori7, month)
),
returned AS (
    SELECT
        own.ori7,
        own.month,
        own.month_included_in,
        holder.is_reported,
        holder.has_counts,
        own.has_counts AND NOT holder.is_reported AS has_counts_not_returned
    FROM card AS own
    -- The month that holds the counts: another where it is included in that, else itself.
    JOIN card AS holder ON holder.ori7 = own.ori7 AND holder.month = coalesce(own.month_included_in, own.month)
),
fact AS (
    SELECT
        agency.ori7,
        month.month_number::SMALLINT AS month,
        coalesce(covered.is_covered, false) AS is_covered,
        covered.reported_through_ori7,
        if(file.has_nibrs, coalesce(declared.has_data, false), NULL) AS is_declared_data,
        if(file.has_nibrs, coalesce(declared.is_zero, false), NULL) AS is_declared_zero,
        if(file.has_nibrs, coalesce(found.incidents, 0), NULL) AS nibrs_incidents,
        if(file.has_nibrs, coalesce(found.group_b_arrests, 0), NULL) AS nibrs_group_b_arrests,
        nibrs_incidents + nibrs_group_b_arrests > 0 AS is_found,
        is_declared_data OR is_found AS nibrs_data,
        is_declared_zero AND NOT nibrs_data AS nibrs_zero,
        nibrs_data OR nibrs_zero AS is_reported_nibrs,
        is_reported_nibrs AND bool_or(nibrs_data) OVER (PARTITION BY agency.ori7) AS has_nibrs_records,
        if(file.has_summary, coalesce(returned.is_reported AND returned.has_counts, false), NULL) AS summary_data,
        if(file.has_summary, coalesce(returned.is_reported AND NOT returned.has_counts, false), NULL) AS summary_zero,
        summary_data OR summary_zero AS is_reported_summary,
        returned.month_included_in,
        returned.has_counts_not_returned
    FROM shared.reporting_agency AS agency
    CROSS JOIN shared.file_of_year AS file
    CROSS JOIN range(1, 13) AS month (month_number)
    LEFT JOIN shared.covered_agency AS covered USING (ori7)
    LEFT JOIN declared ON declared.ori7 = agency.ori7 AND declared.month = month.month_number
    LEFT JOIN found ON found.ori7 = agency.ori7 AND found.month = month.month_number
    LEFT JOIN returned ON returned.ori7 = agency.ori7 AND returned.month = month.month_number
),
decided AS (
    SELECT
        *,
        CASE
            WHEN nibrs_data THEN 'nibrs'
            WHEN summary_data THEN 'summary'
            WHEN nibrs_zero THEN 'nibrs_zero'
            WHEN summary_zero THEN 'summary_zero'
            WHEN is_covered THEN 'covered'
            ELSE 'missing'
        END AS status,
        status NOT IN ('covered', 'missing') AS is_reported
    FROM fact
)
SELECT
    data_year() AS data_year,
    own.ori7,
    own.month,
    own.status,
    own.is_reported,
    own.nibrs_data,
    own.nibrs_zero,
    own.is_reported_nibrs,
    own.has_nibrs_records,
    own.nibrs_incidents,
    own.nibrs_group_b_arrests,
    CASE
        WHEN own.is_declared_data AND NOT own.is_found THEN 'declared but no records'
        WHEN own.is_found AND NOT own.is_declared_data AND own.is_declared_zero THEN 'records in a declared zero'
        WHEN own.is_found AND NOT own.is_declared_data THEN 'records not declared'
    END AS nibrs_disagreement,
    own.summary_data,
    own.summary_zero,
    own.is_reported_summary,
    own.month_included_in,
    CASE WHEN own.has_counts_not_returned THEN 'counts not returned' END AS summary_disagreement,
    covering.is_reported AS covering_reported
FROM decided AS own
LEFT JOIN decided AS covering ON covering.ori7 = own.reported_through_ori7 AND covering.month = own.month
ORDER BY own.ori7, own.month
