"""The one place that puts the Dagster definitions together."""

import dagster as dg

from nibrs_assets.assets.docs import docs_assets
from nibrs_assets.assets.harmonized import harmonized_assets
from nibrs_assets.assets.marts import marts_assets
from nibrs_assets.assets.raw import raw_assets
from nibrs_assets.assets.reference import reference_assets
from nibrs_assets.assets.segments import segments_assets
from nibrs_assets.assets.warehouse import warehouse_assets
from nibrs_assets.automation.jobs import reference_job, year_jobs
from nibrs_assets.resources.lake import Lake
from nibrs_assets.resources.warehouse import Warehouse
from nibrs_assets.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """All assets, jobs and resources, for the places that `settings` name."""
    return dg.Definitions(
        assets=[
            *raw_assets(),
            *segments_assets(),
            *reference_assets(),
            *harmonized_assets(),
            *marts_assets(),
            *warehouse_assets(),
            *docs_assets(),
        ],
        jobs=[reference_job(), *year_jobs()],
        resources={
            "settings": settings,
            "lake": Lake.at(settings.lake_uri, settings.s3_endpoint),
            "warehouse": Warehouse.of(settings),
        },
        executor=_executor(settings),
    )


def _executor(settings: Settings) -> dg.ExecutorDefinition:
    # A step's process begins where this has been loaded already: without, each would import Dagster and read the layouts anew.
    preloading = {"forkserver": {"preload_modules": ["nibrs_assets.preload"]}}
    return dg.multiprocess_executor.configured({"start_method": preloading, "max_concurrent": settings.steps})


@dg.definitions
def defs() -> dg.Definitions:
    return build_definitions(Settings.from_environment())
