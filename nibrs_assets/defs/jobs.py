"""Jobs: what people start by name."""

from typing import TYPE_CHECKING

import dagster as dg

from nibrs_assets.catalog.model import CLEARANCE, REFERENCE
from nibrs_assets.catalog.reference import shipped_reference_tables
from nibrs_assets.catalog.tables import clearance_tables, kinds_of_tables, tables_of
from nibrs_assets.defs.partitions import system_name
from nibrs_assets.layouts.loader import shipped_layouts

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


REFERENCE_JOB = "reference_tables"


def reference_job() -> "UnresolvedAssetJobDefinition":
    """The reference tables in the lake and in Postgres."""
    keys = [dg.AssetKey([layer, name]) for name in shipped_reference_tables() for layer in (REFERENCE, "warehouse")]
    return dg.define_asset_job(
        REFERENCE_JOB,
        selection=dg.AssetSelection.assets(*keys),
        description="Code tables, series breaks and places, of no year.",
    )


CLEARANCE_YEAR_JOB, CLEARANCE_JOB = "clearance_year", "clearance_models"


def clearance_jobs() -> "list[UnresolvedAssetJobDefinition]":
    """A year of what models of clearance learn from, and the models of all years that are there."""
    tables = [dg.AssetKey([CLEARANCE, name]) for name in clearance_tables()]
    return [
        dg.define_asset_job(
            CLEARANCE_YEAR_JOB,
            selection=dg.AssetSelection.assets(*tables),
            description="One year of what models of clearance learn from, from the harmonized tables.",
        ),
        dg.define_asset_job(
            CLEARANCE_JOB,
            selection=dg.AssetSelection.assets([CLEARANCE, "model_card"]),
            description="The models of clearance of all years that are there, audited, with their card.",
        ),
    ]


def year_jobs() -> "list[UnresolvedAssetJobDefinition]":
    """One year of each kind of file from the zip to Postgres, and of what is made of several kinds."""
    return [_year_job(kinds) for kinds in kinds_of_tables()]


def year_job_name(kinds: tuple[str, ...]) -> str:
    """What the job is called that makes a year of all that is made of these kinds of file."""
    return f"{system_name(kinds)}_year"


def _year_job(kinds: tuple[str, ...]) -> "UnresolvedAssetJobDefinition":
    made = [dg.AssetKey(key) for t in tables_of(*kinds).values() for key in ([t.layer, t.name], ["warehouse", t.name])]
    selection: dg.AssetSelection = dg.AssetSelection.assets(*made)
    titles = " and ".join(shipped_layouts().kinds[kind].title for kind in kinds)
    description = f"One year of what is made of {titles} together, from their tables; run it after those of each."
    if len(kinds) == 1:
        kind = shipped_layouts().kinds[kinds[0]]
        raw = dg.AssetSelection.assets(["raw", kind.raw_asset])
        selection |= raw | raw.downstream() & dg.AssetSelection.groups("segments")
        description = f"One year of {titles} from the zip to Postgres."
    return dg.define_asset_job(year_job_name(kinds), selection=selection, description=description)
