"""Four sample years by one process, then by two Celery workers, in wall time; and whether the tables are the same.

`make scale-out` runs it. The workers are as on machines of their own: they share a bucket with raw zips, lake and compute logs,
Postgres and the queue, nothing else. The one process has a folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg

from nibrs_assets.catalog.tables import tables_of
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets_tests.support.deployment import PATIENCE, Deployment, Run, deployed, program, queue, workers
from nibrs_assets_tests.support.s3_server import BUCKET, s3_server
from nibrs_assets_tests.support.samples import NIBRS, SAMPLE

YEARS = (2012, 2013, 2018, 2020)
WORKERS = ("one", "two")
Digests = dict[tuple[str, int], tuple[object, ...]]


def digests(postgres: EmbeddedPostgres, kind: str, years: tuple[int, ...]) -> Digests:
    """Number of rows and a digest of all of them, by table and year; the order of rows does not count."""
    found: Digests = {}
    with postgres.running() as url, psycopg.connect(url) as connection:
        for name in tables_of(kind):
            for year in years:
                sql = f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM nibrs.{name} t WHERE data_year = {year}"
                [found[name, year]] = connection.execute(sql.encode()).fetchall()
    return found


def worker_of(run: Run, url: str) -> str:
    """The name of the Celery worker that took a run."""
    from celery import Celery

    result = Celery(broker=url, backend=url).AsyncResult(run.tags["dagster-celery/task_id"])
    return str(result.worker).partition("@")[0]


def over_workers(deployment: Deployment, folder: Path, kind: str, years: tuple[int, ...]) -> list[Run]:
    """Take `years` of a kind of file over two workers; the runs, all of which ended well."""
    with workers(deployment, folder, WORKERS):
        asked = deployment.backfill(kind, *years)
        shown, _ = asked.communicate(timeout=10 * PATIENCE)
        assert asked.returncode == 0, shown
    runs = deployment.runs()
    assert {run.status for run in runs} == {"SUCCESS"}, runs
    return runs


def main() -> None:
    """Print wall times of both ways, which worker ran which year, and how many tables are equal."""
    with (
        tempfile.TemporaryDirectory(prefix="nibrs-scale-out-") as folder,
        s3_server(Path(folder)) as s3,
        queue() as url,
    ):
        alone, shared = Path(folder, "alone"), Path(folder, "shared")
        (alone / "raw").mkdir(parents=True)
        for year in YEARS:
            shutil.copy(SAMPLE / NIBRS.zip_of(year), alone / "raw")
            s3.client.upload_file(SAMPLE / NIBRS.zip_of(year), BUCKET, f"raw/{NIBRS.zip_of(year)}")
        environment = {"NIBRS_HASH_KEY": "one key, the same for both of the runs"}
        in_s3 = {
            "AWS_ENDPOINT_URL": s3.url,
            "NIBRS_RAW_DIR": f"s3://{BUCKET}/raw",
            "NIBRS_LAKE_URI": f"s3://{BUCKET}/lake",
            "NIBRS_LOGS_BUCKET": BUCKET,
            "NIBRS_CELERY_URL": url,
        }
        begun = time.monotonic()
        command = [program("nibrs"), "run", "--kind", "nibrs"]
        subprocess.run(
            command,
            env={**os.environ, **environment, "NIBRS_HOME": str(alone)},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        print(f"one process: {time.monotonic() - begun:.0f} s")
        with deployed(shared, Path(folder, "log"), **in_s3, **environment) as deployment:
            runs = over_workers(deployment, Path(folder), "nibrs", YEARS)
            wall = max(run.ended or 0 for run in runs) - min(run.started or 0 for run in runs)
            print(f"two workers: {wall:.0f} s from the first start to the last end")
            for run in runs:
                print(f"  {run.year}: {(run.ended or 0) - (run.started or 0):.0f} s by worker {worker_of(run, url)}")
        kept = Counter(key.partition("/")[0] for key in s3.objects())
        print("objects in the bucket: " + ", ".join(f"{prefix} {number}" for prefix, number in sorted(kept.items())))
        one, two = (digests(EmbeddedPostgres(home / "postgres"), NIBRS.name, YEARS) for home in (alone, shared))
    equal = Counter(one[key] == two[key] for key in one)
    rows = sum(int(str(count)) for count, _ in one.values())
    print(f"{equal[True]} tables and years equal, {equal[False]} not; {rows:,} rows")
    sys.exit(1 if equal[False] else 0)


if __name__ == "__main__":
    main()
