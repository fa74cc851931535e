"""Jobs: what people start by name."""

from typing import Any, TypeAlias

import dagster as dg

from nibrs_assets.catalog.model import CLEARANCE, REFERENCE
from nibrs_assets.catalog.reference import shipped_reference_tables
from nibrs_assets.catalog.tables import clearance_tables, kinds_of_tables, tables_of
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.layouts.loader import shipped_layouts

AssetJob: TypeAlias = Any
"""What `dg.define_asset_job` returns: Dagster has no public name for its type."""

REFERENCE_JOB = "reference_tables"


def reference_job() -> AssetJob:
    """The reference tables in the lake and in Postgres."""
    return dg.define_asset_job(
        REFERENCE_JOB,
        selection=dg.AssetSelection.assets(*reference_keys()),
        description="Code tables, series breaks and places, of no year.",
    )


def reference_keys() -> list[dg.AssetKey]:
    """All that the job of the reference tables makes."""
    return [dg.AssetKey([layer, name]) for name in shipped_reference_tables() for layer in (REFERENCE, "warehouse")]


CLEARANCE_YEAR_JOB, CLEARANCE_JOB = "clearance_year", "clearance_models"


def clearance_jobs() -> list[AssetJob]:
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


def year_jobs() -> dict[tuple[str, ...], AssetJob]:
    """By kinds of file: one year of a kind from the zip to Postgres, or of the tables made of several kinds."""
    return {kinds: _year_job(kinds) for kinds in kinds_of_tables()}


def year_job_name(kinds: tuple[str, ...]) -> str:
    """The name of the job that makes a year of all tables made of these kinds of file."""
    return f"{shipped_layouts().name_of(kinds)}_year"


def table_keys(kinds: tuple[str, ...]) -> list[dg.AssetKey]:
    """The tables made of these kinds of file, in the lake and in Postgres."""
    return [dg.AssetKey(key) for t in tables_of(*kinds).values() for key in ([t.layer, t.name], ["warehouse", t.name])]


def year_keys(kinds: tuple[str, ...]) -> list[dg.AssetKey]:
    """All that the job of a year of these kinds of file makes."""
    if len(kinds) > 1:
        return table_keys(kinds)
    kind = shipped_layouts().kinds[kinds[0]]
    segments = [dg.AssetKey(["segments", name]) for name in segment_names(kind)]
    return [dg.AssetKey(["raw", kind.raw_asset]), *segments, *table_keys(kinds)]


def _year_job(kinds: tuple[str, ...]) -> AssetJob:
    title = shipped_layouts().title_of(kinds)
    description = f"One year of what is made of {title} together, from their tables; run it after those of each."
    if len(kinds) == 1:
        description = f"One year of {title} from the zip to Postgres."
    selection = dg.AssetSelection.assets(*year_keys(kinds))
    return dg.define_asset_job(year_job_name(kinds), selection=selection, description=description)
