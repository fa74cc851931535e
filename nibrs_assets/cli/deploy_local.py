"""A whole deployment as processes of one machine: code server, daemon, webserver, and Postgres with Dagster's own records.

Its DAGSTER_HOME is `$NIBRS_HOME/deployment`, so that it is apart from what `nibrs run` and `nibrs ui` record. The URL of Dagster's
database goes by the environment, never by a file or a command line. Everything listens on the loopback interface.
"""

import os
import shutil
import socket
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from nibrs_assets.core import processes
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.core.settings import Settings
from nibrs_assets.warehouse.dagster_database import dagster_database
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets.warehouse.load import Warehouse

_HOST = "127.0.0.1"
_CODE = "nibrs_assets.definitions"
_OLD_LAUNCHER, _LAUNCHER = "nibrs_assets.automation.run_launcher", "nibrs_assets.defs.launcher"
_PATIENCE = 120  # seconds until the code server and the webserver must answer


@contextmanager
def deployment_environment(settings: Settings) -> Iterator[dict[str, str]]:
    """The environment for programs of the deployment, with its servers of Postgres running.

    Makes DAGSTER_HOME with `dagster.yaml` unless it is there, Dagster's database unless it is there or another one is given.
    """
    write_config(settings)
    with ExitStack() as stack:
        stack.enter_context(Warehouse.of(settings).running())
        if settings.dagster_url:
            url = settings.dagster_url.get_secret_value()
        else:
            embedded = EmbeddedPostgres(settings.postgres_home, settings.pg_bin)
            url = dagster_database(embedded, stack.enter_context(embedded.running()))
        # As absolute paths: Dagster's processes need not be where this one is.
        places = {
            "NIBRS_HOME": settings.home,
            "DAGSTER_HOME": settings.deployment_home,
        }
        paths = {name: str(path) for name, path in places.items()}
        yield {
            **os.environ,
            **paths,
            "NIBRS_RAW_DIR": settings.raw_uri,
            "NIBRS_LAKE_URI": settings.lake_uri,
            "NIBRS_DAGSTER_URL": url,
        }


def write_config(settings: Settings) -> None:
    """Make the deployment's `dagster.yaml`, of the shipped files that the settings ask for; keep one that is there."""
    settings.deployment_home.mkdir(parents=True, exist_ok=True)
    target = settings.deployment_home / "dagster.yaml"
    if target.exists():
        _update_launcher(target)
        return
    wanted = {"celery.yaml": settings.celery_url, "s3_logs.yaml": settings.logs_bucket}
    parts = [
        yaml.safe_load((shipped_folder("deploy") / name).read_text()) for name, is_wanted in wanted.items() if is_wanted
    ]
    if not parts:
        shutil.copy(shipped_folder("deploy") / "dagster.yaml", target)
        return
    whole = yaml.safe_load((shipped_folder("deploy") / "dagster.yaml").read_text())
    for part in parts:
        whole |= {key: whole.get(key, {}) | values for key, values in part.items()}
    target.write_text(yaml.safe_dump(whole, sort_keys=False))


def _update_launcher(config: Path) -> None:
    """Name the run launcher as it is called today in a `dagster.yaml` that an earlier version of this program wrote."""
    text = config.read_text(encoding="utf-8")
    if _OLD_LAUNCHER in text:
        config.write_text(text.replace(_OLD_LAUNCHER, _LAUNCHER), encoding="utf-8")


def prepare_instance(environment: dict[str, str]) -> None:
    """Make Dagster's tables, before several processes try to at once, and give the pools their limits; `NibrsError` if it can't."""
    program = (
        "import dagster as dg\n"
        "from nibrs_assets.defs.limits import set_pool_limits\n"
        "with dg.DagsterInstance.get() as instance:\n    set_pool_limits(instance)\n"
    )
    # In a process of its own, as Dagster takes the URL from its process's environment and nowhere else.
    process = processes.start([sys.executable, "-c", program], environment)
    if process.wait():
        raise NibrsError(
            f"Dagster's records can't be opened, see above; check {environment['DAGSTER_HOME']}/dagster.yaml and NIBRS_DAGSTER_URL"
        )


def serve(settings: Settings, port: int) -> Generator[str]:
    """Run the deployment: yields the UI's address when it answers, then what ended of itself. Stops all when closed."""
    with deployment_environment(settings) as environment, ExitStack() as stack:
        prepare_instance(environment)
        workspace = settings.deployment_home / "workspace.yaml"
        code_port = _free_port()
        server = {"host": _HOST, "port": code_port, "location_name": "nibrs_assets"}
        workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))

        started: dict[str, processes.Process] = {}
        stack.callback(lambda: processes.stop(*started.values()))
        code = [
            "dagster",
            "api",
            "grpc",
            "-m",
            _CODE,
            "-h",
            _HOST,
            "-p",
            str(code_port),
            "--location-name",
            "nibrs_assets",
        ]
        started["code server"] = processes.start(_program(*code), environment)
        _wait_for(code_port, started)
        places = ["-w", str(workspace)]
        started["daemon"] = processes.start(_program("dagster-daemon", "run", *places), environment)
        web = _program("dagster-webserver", "-h", _HOST, "-p", str(port), *places)
        started["webserver"] = processes.start(web, environment)
        _wait_for(port, started)
        yield f"http://{_HOST}:{port}"
        while not (ended := _ended(started)):
            time.sleep(0.5)
        yield ended


def _program(name: str, *arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name(name)), *arguments]


def _ended(started: dict[str, processes.Process]) -> str | None:
    return next((name for name, process in started.items() if process.poll() is not None), None)


def _wait_for(port: int, started: dict[str, processes.Process]) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        if ended := _ended(started):
            raise NibrsError(f"the {ended} of the deployment did not start, see above; is port {port} free?")
        with socket.socket() as probe:
            if probe.connect_ex((_HOST, port)) == 0:
                return
        if time.monotonic() > end:
            raise NibrsError(f"nothing answers on port {port} after {_PATIENCE} s")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
