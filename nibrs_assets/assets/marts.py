"""marts: counts, rates, compliance; DuckDB SQL over the harmonized tables of a year."""

import dagster as dg

from nibrs_assets.assets.table import tables_in


def marts_assets() -> list[dg.AssetsDefinition]:
    """An asset per mart."""
    return tables_in("marts")
