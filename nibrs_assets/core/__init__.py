"""What knows nothing of crime: settings, errors, Parquet, processes, HTTP, SQL text."""
