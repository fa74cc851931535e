"""Users on the dashboard over the warehouse of national size (`national.py`): twenty at once, each an agency after the other.

python -m nibrs_assets_tests.bench.load_test [--users 20] [--seconds 60] [--workers 2] [--home build/national]

The dashboard is `nibrs dashboard`; the users are locust's, in a process of their own. A user asks for what a browser asks for
when a page is opened, waits a moment, and opens the next one, of another agency, so that few answers are there already.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from nibrs_assets.core import processes
from nibrs_assets_tests.bench.national import _HOME
from nibrs_assets_tests.support.deployment import free_port

_USERS = Path(__file__).with_name("locustfile.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--home", type=Path, default=_HOME)
    asked = parser.parse_args()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    beside = Path(sys.executable).parent
    command = [str(beside / "nibrs"), "dashboard", "--port", str(port), "--workers", str(asked.workers)]
    server = processes.start(command, {**os.environ, "NIBRS_HOME": str(asked.home.absolute())})
    try:
        _wait_for(url)
        with tempfile.TemporaryDirectory() as folder:
            prefix = str(Path(folder) / "load")
            users = [
                str(beside / "locust"),
                "-f",
                str(_USERS),
                "--headless",
                "--host",
                url,
                "--csv",
                prefix,
                "--only-summary",
            ]
            load = ["-u", str(asked.users), "-r", str(asked.users), "-t", f"{asked.seconds}s"]
            subprocess.run([*users, *load], check=False)
            with Path(f"{prefix}_stats.csv").open(newline="") as file:
                _print(list(csv.DictReader(file)))
    finally:
        processes.stop(server)


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("nibrs dashboard does not answer")


def _print(rows: list[dict[str, str]]) -> None:
    print(
        "| page | requests | failed | median ms | 95 % ms | 99 % ms | longest ms | a second |\n|---|---|---|---|---|---|---|---|"
    )
    for row in rows:
        longest, rate = float(row["Max Response Time"]), float(row["Requests/s"])
        cells = [
            row["Name"],
            row["Request Count"],
            row["Failure Count"],
            row["50%"],
            row["95%"],
            row["99%"],
            f"{longest:.0f}",
            f"{rate:.1f}",
        ]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
