/* The months of each agency by system, and the people that they stand for, everyone once. A month of NIBRS
   counts where it has_nibrs_records: headers declare zeros for agencies that report by the Summary system, too. */
WITH month AS (
    SELECT
        ori7,
        month,
        has_nibrs_records AS is_nibrs,
        is_reported_summary AS is_return_a
    FROM marts.agency_reporting_month
),
represented AS (
    SELECT
        own.ori7,
        count_if(own.is_nibrs) AS months_nibrs,
        count_if(own.is_return_a) AS months_return_a,
        count_if(coalesce(own.is_nibrs, false) OR coalesce(covering.is_nibrs, false)) AS represented_nibrs,
        count_if(coalesce(own.is_return_a, false) OR coalesce(covering.is_return_a, false)) AS represented_return_a
    FROM month AS own
    LEFT JOIN shared.covered_agency AS covered ON covered.ori7 = own.ori7
    LEFT JOIN month AS covering ON covering.ori7 = covered.reported_through_ori7 AND covering.month = own.month
    GROUP BY own.ori7
)
SELECT
    of_system.system,
    agency.ori7,
    agency.state_abbreviation,
    coalesce(agency.population_counted, 0) AS population_counted,
    of_system.months_reported,
    of_system.months_represented
FROM marts.agency_reporting_year AS agency
JOIN represented ON represented.ori7 = agency.ori7
CROSS JOIN shared.file_of_year AS file
CROSS JOIN (
    VALUES
    ('nibrs', represented.months_nibrs, represented.represented_nibrs, file.has_nibrs),
    ('nibrs_as_summary', represented.months_nibrs, represented.represented_nibrs, file.has_nibrs),
    ('return_a', represented.months_return_a, represented.represented_return_a, file.has_summary)
) AS of_system (system, months_reported, months_represented, is_there)
WHERE of_system.is_there
