-- noqa: disable=CP05,LT02
-- (sqlfluff takes the parameters of a macro for types, and does not indent what it makes.)

-- How text becomes typed values. What can't be read becomes NULL here and a row of record_problem.

CREATE MACRO data_year() AS
    getvariable('data_year')::SMALLINT;

CREATE MACRO to_integer(written) AS
    CASE WHEN regexp_full_match(trim(written), '[0-9]+') THEN TRY_CAST(trim(written) AS BIGINT) END;

-- Between bars, as strptime takes white space at either end for nothing. DuckDB computes it once for each value of a
-- Parquet dictionary, and not for each row.
CREATE MACRO to_date(written) AS
    CASE WHEN length(written) = 8 THEN try_strptime('|' || written || '|', '|%Y%m%d|')::DATE END;

-- MMDDYY; the century is that of the year from 70 years before the data year to 29 years after it.
CREATE MACRO to_short_date(written) AS
    CASE
        WHEN regexp_full_match(written, '[0-9]{6}')
        THEN TRY_CAST(
            getvariable('data_year') - 70 + (100 + written[5:6]::INTEGER - (getvariable('data_year') + 30) % 100) % 100
            || '-' || written[1:2] || '-' || written[3:4] AS DATE
        )
    END;

CREATE MACRO to_flag(written) AS
    CASE written WHEN 'Y' THEN true WHEN 'N' THEN false END;

-- Ages under a year (NN, NB, BB) are 0 years; 00 is unknown; 99 stands for over 98 (codes/age.csv), but in 1991 and
-- 1992 for unknown.
CREATE MACRO age_years(code) AS
    CASE
        WHEN code IN ('NN', 'NB', 'BB') THEN 0
        WHEN NOT (code = '99' AND data_year() <= 1992) THEN nullif(to_integer(code), 0)
    END::SMALLINT;

-- Lines of the file, counted when its zip was taken.
CREATE MACRO lines_in_file() AS
    getvariable('lines_in_file')::BIGINT;

-- A surrogate key that is unique over all years: the year, then the place in the order of the file.
CREATE MACRO year_id(place) AS
    getvariable('data_year')::BIGINT * 100000000 + place;

-- An agency's own number of an incident or arrest, which anyone who knows the agency can look up: hashed with the key
-- of this installation, unless the setting keeps numbers. Characters 8-9 of the ORI are left out, as they differ
-- between records of one incident.
CREATE MACRO private_number(ori, number) AS
    CASE
        WHEN number IS NULL OR getvariable('keeps_numbers') THEN number
        WHEN getvariable('hash_key') IS NULL THEN error('no key to hash incident numbers with')
        ELSE sha256(getvariable('hash_key') || ori[1:7] || number)[1:20]
    END;

-- A drug quantity stands in two fields, whole units and thousandths; without readable units it is not known.
CREATE MACRO drug_amount(units, thousandths) AS
    (units + coalesce(thousandths, 0)::DECIMAL(12, 3) / 1000)::DECIMAL(12, 3);

-- A card of Return A of type 2 (adjustment) or 5 (normal return) was returned; all others hold no data
-- (codes/reta_card_type.csv).
CREATE MACRO is_returned(card_type) AS
    coalesce(card_type IN ('2', '5'), false);

-- A count of Return A, where its zero is one that was reported: not the filling of a card that was not returned, of a
-- month that is included in another, or of a part (`is_breakdown`) on a card of totals only (P/T = T). What is not zero
-- is kept, whatever the card says, unless it stands in the month that includes this one (1964 has two months that
-- repeat the other's counts).
CREATE MACRO reported_count(count, card_type, card_pt, included_in, is_breakdown) AS
    CASE
        WHEN included_in IS NOT NULL AND NOT is_returned(card_type) THEN NULL
        WHEN count <> 0 THEN count
        WHEN
            is_returned(card_type) AND included_in IS NULL AND NOT (is_breakdown AND coalesce(card_pt = 'T', false))
            THEN count
    END;

-- Assault without simple assault. The total holds it from 1974 on, but on a few cards of totals only of that year,
-- where the total is still that of the weapons alone.
CREATE MACRO aggravated_assault(total, simple, of_weapons, card_pt) AS
    CASE
        WHEN data_year() < 1974 OR (coalesce(card_pt = 'T', false) AND total = of_weapons) THEN total
        ELSE total - simple
    END;

-- The sum of what was cleared; NULL where a month has offenses and no card of clearances: it is not known, and no zero.
CREATE MACRO sum_cleared(cleared, actual) AS
    if(count_if(actual IS NOT NULL AND cleared IS NULL) = 0, sum(cleared), NULL);

-- Which system's file says where the agencies are that a system of counts is of (nibrs_as_summary: NIBRS).
CREATE MACRO file_of(system) AS
    if(system = 'nibrs_as_summary', 'nibrs', system);

-- A rate per 100,000 people; NULL where there are none or they are not known.
CREATE MACRO per_100000(count, people) AS
    100000 * count::DOUBLE / nullif(people, 0);

-- The share of a place's people whose crimes are reported, weighted by months; NULL where the people are not known.
CREATE MACRO share_reported(people_covered, people) AS
    people_covered / nullif(people, 0);

-- The rate of a place, withheld (NULL, not shown as low) where too few reported.
CREATE MACRO rate_of_place(count, people, completeness) AS
    if(completeness = 'ok', per_100000(count, people), NULL);

-- What was reported over the share reported, as if those who did not report were like those who did; none where too
-- little was reported to tell.
CREATE MACRO estimate_of_place(count, share, completeness) AS
    if(completeness = 'insufficient', NULL, count::DOUBLE / share);

-- How far a rate is from the mean of its peers, turned round so that less is more: 100 and 100 a standard deviation. Of
-- equal rates computing leaves a deviation next to 0.
CREATE MACRO index_score(rate, mean, deviation) AS
    CASE
        WHEN rate IS NULL OR deviation IS NULL THEN NULL
        WHEN deviation <= 1e-9 * mean THEN 100
        ELSE 100 + 100 * (mean - rate) / deviation
    END::DOUBLE;
