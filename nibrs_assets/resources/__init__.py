"""What the assets stand on: the lake, DuckDB over it, the warehouse, the embedded Postgres, the raw zips."""
