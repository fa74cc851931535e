-- The years of which a file has the state, up to this one, and of which systems these files are.
SELECT
    state.data_year,
    EXISTS(
        SELECT 1
        FROM nibrs.agency_reporting_year AS agency
        WHERE agency.data_year = state.data_year
            -- The agencies of a state begin alike.
            AND agency.ori7 BETWEEN %(state)s || '00000' AND %(state)s || 'ZZZZZ'
            AND agency.is_in_nibrs
    ) AS nibrs,
    EXISTS(
        SELECT 1
        FROM nibrs.agency_reporting_year AS agency
        WHERE agency.data_year = state.data_year
            AND agency.ori7 BETWEEN %(state)s || '00000' AND %(state)s || 'ZZZZZ'
            AND agency.is_in_summary
    ) AS return_a
FROM nibrs.state_participation_year AS state
WHERE state.state_abbreviation = %(state)s AND state.data_year <= %(year)s
ORDER BY state.data_year
