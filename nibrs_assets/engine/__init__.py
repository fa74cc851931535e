"""DuckDB over the lake: the session of a year, building a table, running its checks. Knows nothing of Dagster."""
