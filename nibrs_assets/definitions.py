"""The one place that puts the Dagster definitions together."""

import dagster as dg

from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.clearance import clearance_assets
from nibrs_assets.defs.assets.dashboard import dashboard_assets
from nibrs_assets.defs.assets.docs import docs_assets
from nibrs_assets.defs.assets.raw import raw_assets
from nibrs_assets.defs.assets.reference import reference_assets
from nibrs_assets.defs.assets.segments import segments_assets
from nibrs_assets.defs.assets.table import table_assets
from nibrs_assets.defs.assets.warehouse import warehouse_assets
from nibrs_assets.defs.automation import combined_year_sensors, downstream_same_year_sensor
from nibrs_assets.defs.jobs import clearance_jobs, reference_job, year_jobs
from nibrs_assets.defs.notifications import notification_sensors
from nibrs_assets.defs.raw_folder_sensor import raw_folder_sensor
from nibrs_assets.defs.schedules import refresh_schedules
from nibrs_assets.defs.webhook import Webhook
from nibrs_assets.lake.lake import Lake
from nibrs_assets.warehouse.load import Warehouse


def build_definitions(settings: Settings) -> dg.Definitions:
    """All assets, jobs and resources, for the places that `settings` name."""
    jobs = year_jobs()
    return dg.Definitions(
        assets=[
            *raw_assets(),
            *segments_assets(),
            *reference_assets(),
            *table_assets(),
            *warehouse_assets(),
            *clearance_assets(),
            *docs_assets(),
            *dashboard_assets(settings),
        ],
        jobs=[reference_job(), *jobs.values(), *clearance_jobs()],
        schedules=refresh_schedules(),
        sensors=[
            raw_folder_sensor(jobs),
            *combined_year_sensors(jobs),
            downstream_same_year_sensor(),
            *notification_sensors(settings),
        ],
        resources={
            "settings": settings,
            "lake": Lake.of(settings),
            "warehouse": Warehouse.of(settings),
            "webhook": Webhook.of(settings),
        },
        executor=_executor(settings),
    )


def _executor(settings: Settings) -> dg.ExecutorDefinition:
    # A step's process begins where this has been loaded already: without, each would import Dagster and read the layouts anew.
    preloading = {"forkserver": {"preload_modules": ["nibrs_assets.preload"]}}
    return dg.multiprocess_executor.configured({"start_method": preloading, "max_concurrent": settings.steps})


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions that Dagster loads, by the settings of the environment."""
    return build_definitions(Settings.from_environment())
