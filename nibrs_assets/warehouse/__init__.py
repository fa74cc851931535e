"""Postgres: the embedded server, tables, roles, and loading a year."""
