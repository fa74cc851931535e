"""Everything of Dagster: assets, checks, jobs, schedules, sensors, limits."""
