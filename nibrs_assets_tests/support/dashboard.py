"""A home with a few agencies, and a dashboard over it as `nibrs dashboard` serves it."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from nibrs_assets.clearance.tables import result_tables
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets_tests.support.deployment import free_port
from nibrs_assets_tests.support.handmade import Agency, arrestee, offender, offense, text_of, victim
from nibrs_assets_tests.support.pipeline import Platform
from nibrs_assets_tests.support.return_a import joined, with_cell
from nibrs_assets_tests.support.return_a_agencies import included, return_a
from nibrs_assets_tests.support.samples import RETURN_A, make_zip

OLD, NEW = 2012, 2013
TOWN, SCRIPT, PEER = "AK00101", "AK00102", "AK00103"
ZEROS = "AK00104"
"""Has Return A in 2012, and in 2013 nothing but zero reports in its NIBRS header."""
INCLUDED = "AK00105"
"""In 2013 alone: January is in February, March can't be read, from April on nothing was reported."""
GONE = "AK00106"
"""In 2012 alone."""
ELSEWHERE = "LA00101"
"""Of a state of which there is no file of 2012."""
HOSTILE = '<B>O\'NEIL "PD"</B>'
ASSAULTS = {1: 2, 3: 1}
"""Aggravated assaults of the town in 2013, by month; the other months that it reported have none."""
REPORTED = 9
"""Months that the town reported in 2013, from January on."""


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that runs, and the warehouse under it; `url` is empty where there is none."""

    url: str
    warehouse: str

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.warehouse) as connection:
            return connection.execute(sql.encode()).fetchall()


def town() -> Agency:
    """Assaults of known victims and offenders; of one nothing is known of the offender, and not when it was."""
    agency = Agency(f"{TOWN}00", NEW, "D" + "Z" + "D" + "Z" * 6 + "N" * 3)
    agency.incident(offense("13A", "C", "12"), victim("13A"), victim("13A", sex="M"), offender("25"), day=f"{NEW}0110")
    agency.incident(
        offense("13A", "C", "95"),
        victim("13A"),
        offender("00", sequence="00"),
        arrestee(f"{NEW}0320"),
        day=f"{NEW}0315",
    )
    return agency


def model_of_clearance() -> dict[str, list[list[object]]]:
    """What the tables of clearance would hold of a small model: nothing of it is true."""
    tested: dict[str, object] = {
        "task": "all",
        "split": "time",
        "outcome": "either",
        "horizon": 180,
        "incidents": 100,
        "agencies": 9,
    }
    trees: dict[str, object] = {"model": "gradient_boosted_trees"}
    audited = {**tested, **trees, "attribute": "state", "at": "any"}
    rows: dict[str, list[dict[str, object]]] = {
        "clearance_metric": [
            tested | {"feature_set": "report", "model": "base_rate", "metric": "auc", "value": 0.72},
            tested | trees | {"feature_set": "report", "metric": "auc", "value": 0.79, "low": 0.765, "high": 0.812},
            tested | trees | {"feature_set": "offender", "metric": "auc", "value": 0.88},
        ],
        "clearance_audit": [
            audited | {"group_name": "AK", "metric": "base_rate", "value": 0.2, "low": 0.1, "high": 0.3},
            audited | {"group_name": "AK", "metric": "mean_score", "value": 0.25},
            audited | {"group_name": "missing", "metric": "base_rate"},
            audited | {"group_name": "missing", "metric": "mean_score", "value": 0.3},
            audited | {"group_name": "AK", "metric": "tpr", "value": 0.5, "at": "0.3", "threshold": 0.3},
        ],
        "clearance_flow": [{"data_year": NEW, "cleared_180": 40, "cleared_first_day": 30}],
        "clearance_plot": [
            {
                "name": "auc",
                "svg": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>throw 1</script></svg>',
            }
        ],
        "clearance_model_card": [
            {"version": "v", "years": str(NEW), "markdown": "# A card\n\n## Limits\n\nMany.\n\n![Dots](auc.svg)\n"}
        ],
    }
    return {
        name: [[row.get(column.name) for column in table.columns] for row in rows.get(name, [])]
        for name, table in result_tables().items()
    }


def _record(ori: str, year: int, months: str, name: str) -> bytes:
    return return_a(
        ori, months, year2=str(year)[2:], state_code="50", agency_name=name, county_1="002", population_1="000010000"
    )


def _others(year: int) -> list[bytes]:
    """Agencies that are not in the files of both years."""
    if year == OLD:
        return [_record(ZEROS, year, "S" * 12, "ZERO CITY"), _record(GONE, year, "S" * 12, "GONE CITY")]
    unreadable = with_cell(_record(INCLUDED, year, ".SS", "HELD CITY"), 3, "actual_robbery_total", b"??A??")
    elsewhere = return_a(ELSEWHERE, "S" * 12, year2=str(year)[2:], agency_name="OTHER CITY", population_1="000010000")
    return [included(unreadable, 1, 2), elsewhere]


def fill(platform: Platform) -> None:
    """Take the agencies of both years, and the model of clearance, into the warehouse."""
    raw = platform.settings.raw_dir
    for year, months in ((OLD, "S" * 12), (NEW, "S" * REPORTED)):
        records = [
            _record(TOWN, year, months, "TOWN OF SNOW"),
            _record(SCRIPT, year, "S" * 12, HOSTILE),
            _record(PEER, year, "S" * 12, "PEER CITY"),
            *_others(year),
        ]
        make_zip(raw / f"reta-{year}.zip", joined(records), "RETA.TXT")
        platform.make(year, kind=RETURN_A)
    zeros = Agency(f"{ZEROS}00", NEW, "Z" * 12)
    make_zip(raw / f"nibrs-{NEW}.zip", text_of(town(), zeros), f"{NEW}_NIBRS.txt")
    platform.make(NEW)
    assert build_definitions(platform.settings).resolve_job_def("reference_tables").execute_in_process().success
    for year in (OLD, NEW):
        platform.make_both(year)
    Warehouse.of(platform.settings).replace_tables(list(result_tables().values()), model_of_clearance())


@contextmanager
def dashboard_at(settings: Settings) -> Iterator[str]:
    """`nibrs dashboard` over a home, until the context is left."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("nibrs")), "dashboard", "--port", str(port), "--workers", "1"]
    environment = {"PATH": os.environ["PATH"], "NIBRS_HOME": str(settings.home), "HOME": str(settings.home)}
    if not Path(command[0]).exists():
        command[0] = shutil.which("nibrs") or command[0]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, 143)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            assert process.poll() is None, "nibrs dashboard ended"
            assert time.monotonic() < until, "nibrs dashboard does not answer"
            time.sleep(0.1)
        else:
            return
