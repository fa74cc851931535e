"""The FBI's crime data as Dagster assets, from the published zip to Postgres."""
