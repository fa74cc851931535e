-- How text becomes typed values. What can't be read becomes NULL here and a row of record_problem.

CREATE MACRO to_integer(written) AS
    CASE WHEN regexp_full_match(trim(written), '[0-9]+') THEN TRY_CAST(trim(written) AS BIGINT) END;

CREATE MACRO to_date(written) AS
    CASE
        WHEN regexp_full_match(written, '[0-9]{8}')
        THEN TRY_CAST(written[1:4] || '-' || written[5:6] || '-' || written[7:8] AS DATE)
    END;

CREATE MACRO to_flag(written) AS
    CASE written WHEN 'Y' THEN true WHEN 'N' THEN false END;

-- Ages under a year (NN, NB, BB) are 0 years; 00 is unknown; 99 stands for over 98 (codes/age.csv).
CREATE MACRO age_years(code) AS
    CASE WHEN code IN ('NN', 'NB', 'BB') THEN 0 ELSE nullif(to_integer(code), 0) END::SMALLINT;

CREATE MACRO data_year() AS
    getvariable('data_year')::SMALLINT;

-- A surrogate key that is unique over all years: the year, then the place in the order of the file.
CREATE MACRO year_id(place) AS
    getvariable('data_year')::BIGINT * 100000000 + place;

-- A drug quantity stands in two fields, whole units and thousandths; without readable units it is not known.
CREATE MACRO drug_amount(units, thousandths) AS
    (units + coalesce(thousandths, 0)::DECIMAL(12, 3) / 1000)::DECIMAL(12, 3);
