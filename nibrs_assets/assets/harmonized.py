"""harmonized: typed tables, comparable across years; DuckDB SQL over the segments of a year."""

import dagster as dg

from nibrs_assets.assets.table import tables_in


def harmonized_assets() -> list[dg.AssetsDefinition]:
    """An asset per harmonized table."""
    return tables_in("harmonized")
