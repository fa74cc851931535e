"""What is done to steps, and what is found: kills, full disks, a database that goes away, an S3 that fails, two at once."""

import os
import random
import resource
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import psycopg

from nibrs_assets.core.errors import NibrsError
from nibrs_assets_tests.endurance import steps
from nibrs_assets_tests.endurance.house import DECODE, HARMONIZE, LOAD, VERSIONS, House, free_bytes


@dataclass
class Finding:
    """A line of the table: what was done to which step how often, and what was found."""

    step: str
    fault: str
    times: int = 0
    hit: int = 0
    failed_well: int = 0
    left_by_killed: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """A kind of step: what it makes, what it reads, and the partitions by which its publishing is told."""

    name: str
    keys: Sequence[str]
    inputs: tuple[str, ...]
    makes: tuple[str, ...]


KINDS = {
    "decode": Kind("decode", DECODE, ("raw",), ("segments",)),
    "harmonize": Kind(
        "harmonize",
        [
            key
            for key in HARMONIZE
            if key.split("/")[1] in ("incident", "victim", "agency_offense_month", "record_problem")
        ],
        ("raw", "segments", "harmonized", "marts"),
        ("harmonized", "marts"),
    ),
    "load": Kind("load", LOAD, ("harmonized", "marts"), ()),
}


class Disturber:
    """Disturbs the steps of a house, at moments that a seed gives."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.random = random.Random(seed)
        self.turn = 0
        self.seconds: dict[str, float] = {}

    def next_version(self, kind: Kind) -> str:
        """Put the inputs of the other version in place; the version that the step is now to make."""
        self.turn += 1
        version = VERSIONS[self.turn % 2]
        if kind.name == "harmonize":
            # Of its own tables the old version stays, of those that it only reads the new one is there.
            self.house.put(version, "raw", "segments", *(key for key in HARMONIZE if key not in kind.keys))
        else:
            self.house.put(version, *kind.inputs)
        return version

    def measure(self, kind: Kind) -> None:
        """How long the step takes undisturbed."""
        version = self.next_version(kind)
        step = self.house.start(kind.keys)
        step.wait_until_begun()
        begun = time.monotonic()
        assert not step.outcome()
        self.seconds[kind.name] = time.monotonic() - begun
        self.expect(kind, version, Finding(kind.name, "none"))

    def kill(self, kind: Kind, times: int) -> Finding:
        """Kill the step at moments spread over the time it takes, each third time as soon as it begins to publish."""
        finding = Finding(kind.name, "SIGKILL")
        for index in range(times):
            version = self.next_version(kind)
            step = self.house.start(kind.keys)
            step.wait_until_begun()
            if index % 3 == 2 and kind.makes:
                self.wait_for_publishing(kind, step)
                time.sleep(self.random.random() * 0.004)
            else:
                time.sleep(self.seconds[kind.name] * (index + self.random.random()) / times)
            finding.hit += step.kill()
            finding.times += 1
            finding.left_by_killed += bool(self.house.left_behind())
            self.run_again(kind, version, finding)
        return finding

    def wait_for_publishing(self, kind: Kind, step: steps.Step) -> None:
        paths = list(self.house.partitions(kind.keys).values())
        before = [path.stat().st_ino for path in paths]
        deadline = time.monotonic() + 4 * self.seconds[kind.name] + 10
        while time.monotonic() < deadline and step.process.is_alive():
            if [path.stat().st_ino for path in paths] != before:
                return
            time.sleep(0.0005)

    def run_again(self, kind: Kind, version: str, finding: Finding) -> None:
        """The next run succeeds, has the same rows as an undisturbed one, and leaves nothing behind."""
        if failure := self.house.run(kind.keys):
            finding.wrong.append(f"the next run failed: {failure}")
        self.expect(kind, version, finding)

    def expect(self, kind: Kind, version: str, finding: Finding) -> None:
        lake = self.house.in_lake()
        for key in kind.keys:
            if kind.name == "load":
                continue
            if lake[key] != self.house.truth[version][key]:
                finding.wrong.append(
                    f"{key}: {lake[key]} after the next run, undisturbed {self.house.truth[version][key]}"
                )
        if kind.name == "load" and self.house.in_warehouse() != self.house.loaded[version]:
            finding.wrong.append("the warehouse is not as after an undisturbed load")
        finding.wrong += [f"left behind: {name}" for name in self.house.left_behind()]

    def told_well(self, failure: str | None, finding: Finding) -> None:
        """A step that failed has said why in a line."""
        if failure is None:
            return
        finding.failed_well += 1
        if steps.TRACEBACK in failure or "\n" in failure:
            finding.wrong.append(f"not told in a line: {failure}")
        elif failure not in finding.notes:
            finding.notes.append(failure)

    def full_disk(self, kind: Kind, times: int) -> Finding:
        """Leave the lake's disk a little room, less than the step needs; where it has no disk of its own, no long file may be."""
        how = "disk full (tmpfs)" if self.house.is_small_disk else "disk full (RLIMIT_FSIZE)"
        finding = Finding(kind.name, how)
        for index in range(times):
            version = self.next_version(kind)
            paths = self.house.partitions(kind.keys).values()
            needed = (
                sum(path.stat().st_size for path in paths)
                if kind.name == "decode"
                else max(p.stat().st_size for p in paths)
            )
            room = int(needed * (index + self.random.random()) / times * 0.5)
            ballast = self.house.lake / "ballast"
            if self.house.is_small_disk:
                with ballast.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, max(free_bytes(self.house.lake) - room - 4096, 1))
                step = self.house.start(kind.keys)
            else:
                longest = max(path.stat().st_size for path in paths)
                step = self.house.start(kind.keys, most_bytes=max(int(longest * 0.5 * self.random.random()), 1))
            step.wait_until_begun()
            failure = step.outcome()
            ballast.unlink(missing_ok=True)
            finding.times += 1
            finding.hit += failure is not None
            self.told_well(failure, finding)
            finding.left_by_killed += bool(self.house.left_behind())
            self.run_again(kind, version, finding)
        return finding

    def database_disk_full(self, times: int) -> Finding:
        """No file of Postgres may grow beyond some KB, its log and its tables least of all."""
        kind, finding = KINDS["load"], Finding("load", "disk of Postgres full (RLIMIT_FSIZE)")
        for index in range(times):
            version = self.next_version(kind)
            step = self.house.start(kind.keys)
            step.wait_until_begun()
            time.sleep(self.seconds["load"] * (index + self.random.random()) / times * 0.5)
            server = psutil.Process(self.postmaster())
            _limit_files([server, *server.children()], 1 << 16)
            failure = step.outcome()
            _limit_files([server, *server.children()], psutil.RLIM_INFINITY)
            self.start_database()
            finding.times += 1
            finding.hit += failure is not None
            self.told_well(failure, finding)
            self.run_again(kind, version, finding)
        return finding

    def database_away(self, times: int) -> Finding:
        """Postgres is killed, or restarted, while a year is loaded."""
        kind, finding = KINDS["load"], Finding("load", "Postgres killed or restarted")
        for index in range(times):
            version = self.next_version(kind)
            step = self.house.start(kind.keys)
            step.wait_until_begun()
            time.sleep(self.seconds["load"] * (index + self.random.random()) / times * 0.8)
            how = (signal.SIGKILL, signal.SIGINT, signal.SIGQUIT)[index % 3]
            server = psutil.Process(self.postmaster())
            everything = [server, *server.children()]
            server.send_signal(how)
            psutil.wait_procs(everything, 60)
            self.start_database()
            failure = step.outcome()
            finding.times += 1
            finding.hit += 1
            self.told_well(failure, finding)
            self.run_again(kind, version, finding)
        return finding

    def postmaster(self) -> int:
        return int((self.house.home / "postgres/cluster/postmaster.pid").read_text().splitlines()[0])

    def start_database(self) -> None:
        """Have Postgres running again, however often it gives up."""
        deadline = time.monotonic() + 120
        while True:
            try:
                with self.house.postgres.running() as url, psycopg.connect(url):
                    return
            except (psycopg.OperationalError, NibrsError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def two_at_once(self, kind: Kind, times: int) -> Finding:
        """Two runs of the same step and year at once; where it reads a file, of two versions of it."""
        finding = Finding(kind.name, "two runs at once")
        for _ in range(times):
            self.next_version(kind)
            one = self.house.start(kind.keys)
            one.wait_until_begun()
            if kind.name == "decode":
                time.sleep(self.seconds["decode"] * self.random.random() / 2)
                self.next_version(kind)
            two = self.house.start(kind.keys)
            two.wait_until_begun()
            for step in (one, two):
                self.told_well(step.outcome(), finding)
            finding.times += 1
            finding.hit += 1
            version = VERSIONS[self.turn % 2]
            if kind.name == "decode":
                self.run_again(kind, version, finding)
            else:
                self.expect(kind, version, finding)
        return finding


def _limit_files(processes: Sequence[psutil.Process], most_bytes: int) -> None:
    """Let these write no longer files. Whose they are may do so; root may, but not everywhere."""
    for process in processes:
        child = os.fork()
        if child == 0:
            with suppress(Exception):
                os.setgroups([])
                os.setresgid(*process.gids())
                os.setresuid(*process.uids())
            with suppress(Exception):
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
            os._exit(0)
        os.waitpid(child, 0)
