"""clearance: what models of clearance learn from, by year; the models, audited, and their card, of all years that are there.

No part of a year's run and made by nothing but on demand: `nibrs clearance`, or from the UI.
"""

import dagster as dg

from nibrs_assets.assets.table import table_asset
from nibrs_assets.tables import clearance_tables


def clearance_assets() -> list[dg.AssetsDefinition]:
    """The tables of the layer."""
    return [table_asset(table, None) for table in clearance_tables().values()]
