"""Where Parquet lies: a local folder or S3, by one code path."""
