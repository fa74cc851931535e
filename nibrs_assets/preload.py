"""Loaded once by the process that step processes are forked from, never by anything else: what every step needs, already read."""

import nibrs_assets.definitions  # noqa: F401
from nibrs_assets.tables import shipped_tables

shipped_tables()
