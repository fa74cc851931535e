"""A third kind of master file is data only: layouts, a code table and SQL, and no line of Python.

The files in `data/made_up_kind/` are added to a copy of the package; its README says how to do the same by hand.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nibrs_assets_tests.support.command import nibrs
from nibrs_assets_tests.support.samples import DATA, REAL_LINES, REPOSITORY, make_zip

KIND = DATA / "made_up_kind"
YEAR = "2021"
LINES = (
    "BTAK00101002021U00012\n"
    "BTAK00101002021N00030\n"
    "BTAK00102002021C00003\n"
    "BTAK00102002021X00001\n"  # a lock that no code table knows
)

DEFINED = """
import json
import dagster as dg
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions

repository = build_definitions(Settings.from_environment({})).get_repository_def()
with dg.DagsterInstance.ephemeral() as instance:

    def follows(sensor, job):
        run = instance.create_run_for_job(
            repository.get_job(job), status=dg.DagsterRunStatus.SUCCESS, tags={"dagster/partition": "2021"}
        )
        event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job)
        context = dg.build_run_status_sensor_context(sensor, event, instance, run, repository_def=repository)
        return isinstance(repository.get_sensor_def(sensor)(context), dg.RunRequest)

    jobs = [job.name for job in repository.get_all_jobs() if job.name.endswith("_year") and "clearance" not in job.name]
    sensors = [sensor.name for sensor in repository.sensor_defs if f"{sensor.name}_year" in jobs]
    print(json.dumps({
        "jobs": jobs,
        "schedules": [schedule.name for schedule in repository.schedule_defs],
        "follow": {sensor: [job for job in jobs if follows(sensor, job)] for sensor in sensors},
    }))
"""


@dataclass(frozen=True)
class House:
    """A copy of the package with the made-up kind, and what `nibrs run` made of a year of it and of NIBRS."""

    folder: Path
    ran: subprocess.CompletedProcess[str]

    def nibrs(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return nibrs(*arguments, home=self.folder / "home", PYTHONPATH=str(self.folder))

    def rows(self, query: str) -> list[list[str]]:
        shown = self.nibrs("psql", "-At", "-c", query)
        assert shown.returncode == 0, shown.stderr
        return [line.split("|") for line in shown.stdout.splitlines()]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    for name in ("nibrs_assets", "layouts", "places", "deploy"):
        shutil.copytree(
            REPOSITORY / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    shutil.copytree(KIND, folder, dirs_exist_ok=True)
    (folder / "zips").mkdir()
    make_zip(folder / f"zips/nibrs-{YEAR}.zip", REAL_LINES.read_bytes())
    make_zip(folder / f"zips/bicycle-{YEAR}.zip", LINES.encode(), "bicycle.txt")
    copied = House(folder, subprocess.CompletedProcess([], 0))
    return House(folder, copied.nibrs("run", "--add-zips", folder / "zips"))


def test_it_is_data_only() -> None:
    assert {path.suffix for path in KIND.rglob("*") if path.is_file()} == {".yaml", ".csv", ".sql", ".md"}


def test_a_year_goes_through_all_layers(house: House) -> None:
    assert house.ran.returncode == 0, house.ran.stderr
    assert f"Bicycle Theft {YEAR}: done" in house.ran.stderr
    for segment in ("bicycle_report", "bicycle_rejected"):
        assert list((house.folder / f"home/lake/segments/{segment}/year={YEAR}").glob("*.parquet"))


def test_its_rows_are_in_postgres(house: House) -> None:
    query = "SELECT data_year, ori, bicycle_lock, bicycles_stolen, line_number FROM nibrs.bicycle_report ORDER BY line_number"
    assert house.rows(query) == [
        [YEAR, "AK0010100", "U", "12", "1"],
        [YEAR, "AK0010100", "N", "30", "2"],
        [YEAR, "AK0010200", "C", "3", "3"],
        [YEAR, "AK0010200", "X", "1", "4"],
    ]


def test_so_are_those_of_several_kinds(house: House) -> None:
    """By agency, the incidents as they stand in the lines of the file."""
    administrative = [line for line in REAL_LINES.read_text(encoding="latin-1").splitlines() if line.startswith("01")]
    incidents = {ori: sum(line[4:13] == ori for line in administrative) for ori in ("AK0010100", "AK0010200")}
    assert any(incidents.values())
    assert house.rows("SELECT ori, bicycles_stolen, incidents FROM nibrs.agency_bicycle ORDER BY ori") == [
        ["AK0010100", "42", str(incidents["AK0010100"])],
        ["AK0010200", "4", str(incidents["AK0010200"])],
    ]
    query = "SELECT ori, bicycles_stolen, is_in_return_a FROM nibrs.agency_bicycle_summary ORDER BY ori"
    assert house.rows(query) == [["AK0010100", "42", "f"], ["AK0010200", "4", "f"]]


def test_codes_have_a_table_and_a_foreign_key(house: House) -> None:
    assert house.rows("SELECT code, is_known FROM nibrs.code_bicycle_lock ORDER BY code") == [
        ["C", "t"],
        ["N", "t"],
        ["U", "t"],
        ["X", "f"],
    ]
    assert "check not passed: harmonized/bicycle_report: codes_are_known" in house.ran.stderr
    keys = (
        "SELECT count(*) > 0 FROM pg_constraint WHERE contype = 'f' AND confrelid = 'nibrs.code_bicycle_lock'::regclass"
    )
    assert house.rows(keys) == [["t"]]


def test_comments_say_what_and_from_which_bytes(house: House) -> None:
    table = "'nibrs.bicycle_report'::regclass"
    comments = f"""
        SELECT obj_description({table}), col_description({table}, attnum)
        FROM pg_attribute WHERE attrelid = {table} AND attname = 'bicycles_stolen'
    """
    assert house.rows(comments) == [
        [
            "One row per agency and kind of lock, with the bicycles stolen.",
            "Bicycles stolen in the year. Source: BT (bicycle_report) bytes 17-21.",
        ]
    ]


def test_jobs_schedules_and_sensors_are_there(house: House) -> None:
    program = [sys.executable, "-c", DEFINED]
    shown = subprocess.run(
        program, capture_output=True, text=True, env={"PYTHONPATH": str(house.folder)}, check=True, cwd=house.folder
    )
    defined = json.loads(shown.stdout)
    assert sorted(defined["jobs"]) == [
        "bicycle_and_nibrs_and_return_a_year",
        "bicycle_and_nibrs_year",
        "bicycle_year",
        "both_systems_year",
        "nibrs_year",
        "return_a_year",
    ]
    assert "bicycle_annual_refresh" in defined["schedules"]
    # The tables of all three kinds read those of two: they follow these, and Return A.
    follow = {sensor: sorted(jobs) for sensor, jobs in defined["follow"].items()}
    assert follow["both_systems"] == ["nibrs_year", "return_a_year"]
    assert follow["bicycle_and_nibrs"] == ["bicycle_year", "nibrs_year"]
    assert follow["bicycle_and_nibrs_and_return_a"] == ["bicycle_and_nibrs_year", "return_a_year"]


def test_the_commands_know_it(house: House, tmp_path: Path) -> None:
    assert "[bicycle|nibrs|return-a]" in house.nibrs("fetch", "--help").stdout
    decoded = house.nibrs("decode", house.folder / f"zips/bicycle-{YEAR}.zip", "--out", tmp_path / "out")
    assert decoded.returncode == 0, decoded.stderr
    assert f"Bicycle Theft {YEAR}: 4 lines" in decoded.stdout
    back = tmp_path / "back.txt"
    encoded = house.nibrs("encode", tmp_path / "out", "--year", YEAR, "--kind", "bicycle", "--out", back)
    assert encoded.returncode == 0, encoded.stderr
    assert back.read_text() == LINES
