"""Jobs: what people start by name."""

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

YEAR_JOB = "nibrs_year"


def year_job() -> "UnresolvedAssetJobDefinition":
    """One year of NIBRS through all layers."""
    return dg.define_asset_job(
        YEAR_JOB,
        selection=dg.AssetSelection.all(),
        description="One year of NIBRS from the zip to Postgres.",
    )
