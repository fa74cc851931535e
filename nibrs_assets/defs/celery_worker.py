"""The Celery app of machines that take runs from a queue: `celery -A nibrs_assets.defs.celery_worker worker -c 1`.

A run is one task: a year of a kind of file, its steps run by processes of the worker, as everywhere. The worker needs the
settings of the deployment: `DAGSTER_HOME` with its `dagster.yaml`, `NIBRS_DAGSTER_URL`, `NIBRS_CELERY_URL`, where the lake and
the warehouse are.
"""

from multiprocessing import process

from celery.signals import worker_process_init
from dagster_celery.config import DEFAULT_CONFIG
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings


def _url() -> str:
    if url := Settings.from_environment().celery_url:
        return url.get_secret_value()
    raise NibrsError("NIBRS_CELERY_URL is not set; it takes the URL of the queue, as redis://host:6379/0")


app = make_app(
    {
        "broker": _url(),
        "backend": _url(),
        "config_source": DEFAULT_CONFIG
        | {
            # A run that waits behind another one in a worker is one that an idle worker can't have.
            "worker_disable_prefetch": True,
            "result_extended": True,  # tells which worker took a run
            "broker_connection_retry_on_startup": True,
        },
    }
)
execute_job = create_execute_job_task(app)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _may_have_children(**_: object) -> None:
    """Celery's processes come of a library of its own, as daemons that may have no children; a run's steps are such."""
    config = process.current_process()._config  # type: ignore[attr-defined]
    config["daemon"] = False
    config["authkey"] = process.AuthenticationString(config["authkey"])  # type: ignore[attr-defined]
