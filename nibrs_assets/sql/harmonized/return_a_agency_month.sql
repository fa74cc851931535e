/*
description: One row per agency of Return A and month, with what was returned on the five cards, and the officers of
  card 4.
key: [data_year, ori7, month]
references: {return_a_agency: [data_year, ori7]}
columns:
  officers_killed_felony: {description: "Officers killed by felonious acts; NULL where card 4 was not returned",
    overrides: true}
  officers_killed_accident: {description: "Officers killed by accident or negligence; NULL where card 4 was not
    returned", overrides: true}
  officers_assaulted: {description: "Officers assaulted; NULL where card 4 was not returned", overrides: true}
*/
SELECT
    data_year() AS data_year,
    ori7,
    month,
    is_reported,
    month_included_in,
    is_totals_only,
    date_of_last_update,
    card0_type,
    card1_type,
    card2_type,
    card3_type,
    card4_type,
    card0_pt,
    card1_pt,
    card2_pt,
    card3_pt,
    reported_count(officers_killed_felony, card4_type, NULL, month_included_in, false) AS officers_killed_felony,
    reported_count(officers_killed_accident, card4_type, NULL, month_included_in, false) AS officers_killed_accident,
    reported_count(officers_assaulted, card4_type, NULL, month_included_in, false) AS officers_assaulted,
    line_number
FROM shared.return_a_record_month
ORDER BY line_number, month
