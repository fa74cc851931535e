"""The dashboard as an external asset, downstream of the tables it shows, with its address."""

import dagster as dg

from nibrs_assets.clearance.tables import result_tables
from nibrs_assets.core.settings import Settings
from nibrs_assets.dashboard.questions import tables_read
from nibrs_assets.defs.assets.clearance import MODEL_CARD


def dashboard_assets(settings: Settings) -> list[dg.AssetSpec]:
    """One asset that is no work of Dagster's: the pages, downstream of the tables that their questions name."""
    return [
        dg.AssetSpec(
            key=["dashboard", "pages"],
            deps={MODEL_CARD if t in result_tables() else dg.AssetKey(["warehouse", t]) for t in tables_read()},
            group_name="dashboard",
            kinds={"dash"},
            description=(
                "Agencies, who reports, places, the model of clearance: what `make dashboard` serves, "
                "out of the tables that lead here."
            ),
            metadata={"url": dg.MetadataValue.url(settings.dashboard_url)},
        )
    ]
