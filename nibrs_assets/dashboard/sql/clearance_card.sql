-- The model that is there now, and its card.
SELECT version, years, tested_years, seed, sample_size, not_run, markdown
FROM nibrs.clearance_model_card
