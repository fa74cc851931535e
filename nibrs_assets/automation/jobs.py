"""Jobs: what people start by name."""

from typing import TYPE_CHECKING

import dagster as dg

from nibrs_assets.records import FileKind

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def year_job_name(kind: str) -> str:
    """What the job is called that takes one year of a kind of master file through all layers."""
    return f"{kind}_year"


def year_job(kind: FileKind) -> "UnresolvedAssetJobDefinition":
    """One year of a kind of master file through all layers: all that is made from its zip."""
    return dg.define_asset_job(
        year_job_name(kind.name),
        selection=dg.AssetSelection.assets(["raw", kind.raw_asset]).downstream(),
        description=f"One year of {kind.title} from the zip to Postgres.",
    )
