"""The steps over a lake in S3 whose server fails, is slow and cuts connections, or whose writers are killed."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nibrs_assets_tests.endurance.disturb import KINDS, Finding, Kind
from nibrs_assets_tests.endurance.house import VERSIONS, YEAR, House, parquet_reader, rows_of
from nibrs_assets_tests.endurance.steps import TRACEBACK, Step
from nibrs_assets_tests.support.s3_server import BUCKET, KEY, SECRET, Request, S3Server, s3_server

PREFIX = "prefix"
FAULTS = ("500", "503", "cut", "slow")


@dataclass
class Cloud:
    """A bucket with the lake of a house in it."""

    house: House
    s3: S3Server
    random: random.Random
    turn: int = 0

    def start(self, kind: Kind) -> Step:
        environment = {
            "NIBRS_LAKE_URI": f"s3://{BUCKET}/{PREFIX}",
            "AWS_ENDPOINT_URL": self.s3.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return self.house.start(kind.keys, environment)

    def put(self, version: str, *folders: str) -> None:
        kept = self.house.home / "kept" / version
        for file in (path for folder in folders for path in (kept / folder).rglob("*") if path.is_file()):
            self.s3.client.upload_file(str(file), BUCKET, f"{PREFIX}/{file.relative_to(kept)}")

    def next_version(self, kind: Kind) -> str:
        self.turn += 1
        self.put(VERSIONS[self.turn % 2], *(layer for layer in kind.inputs if layer in ("raw", "segments")))
        return VERSIONS[self.turn % 2]

    def expect(self, kind: Kind, versions: tuple[str, ...], finding: Finding) -> None:
        """Each partition is whole, of one of the versions, and no part of an upload is left."""
        copy = self.house.home / "copy.parquet"
        with parquet_reader() as reader:
            for key in kind.keys:
                self.s3.client.download_file(BUCKET, f"{PREFIX}/{key}/year={YEAR}/part-0.parquet", str(copy))
                if rows_of(reader, copy) not in [self.house.truth[version][key] for version in versions]:
                    finding.wrong.append(f"{key}: is none of {versions}")
        copy.unlink()

    def run_again(self, kind: Kind, version: str, finding: Finding) -> None:
        step = self.start(kind)
        step.wait_until_begun()
        if failure := step.outcome():
            finding.wrong.append(f"the next run failed: {failure}")
        self.expect(kind, (version,), finding)
        finding.wrong += [f"left behind: {path.name}" for path in self.house.temporary.iterdir()]

    def fail(self, kind: Kind, fault: str, times: int) -> Finding:
        """Let requests fail, from one on, for good or now and then."""
        finding = Finding(f"{kind.name} (S3)", fault)
        for index in range(times):
            version = self.next_version(kind)
            chance, spared = (
                (1.0, 0.3, 0.6)[index % 3],
                self.random.randrange(1, 60 if kind.name == "harmonize" else 12),
            )
            asked, failed = iter(range(1 << 30)), 0

            def at(request: Request) -> str | None:
                nonlocal failed
                if next(asked) < spared or self.random.random() > chance or request.method == "DELETE":  # noqa: B023
                    return None
                failed += 1
                # Slow for good would be slow for very long.
                return fault if fault != "slow" or failed <= 4 else None

            self.s3.fault = at
            step = self.start(kind)
            step.wait_until_begun()
            failure = step.outcome()
            self.s3.fault = lambda request: None
            finding.times += 1
            finding.hit += failed > 0
            if failure and (TRACEBACK in failure or "\n" in failure):
                finding.wrong.append(f"not told in a line: {failure}")
            elif failure:
                finding.failed_well += 1
                finding.notes += [failure] if failure not in finding.notes else []
            self.expect(kind, VERSIONS, finding)
            finding.wrong += [f"parts left of {key}" for key in self.s3.parts_left()]
            self.run_again(kind, version, finding)
        return finding

    def kill(self, kind: Kind, times: int) -> Finding:
        """Kill the writer while it uploads: after so many requests that write."""
        finding = Finding(f"{kind.name} (S3)", "SIGKILL")
        for _ in range(times):
            version = self.next_version(kind)
            step = self.start(kind)
            step.wait_until_begun()
            self.s3.requests.clear()
            wanted, deadline = self.random.randrange(1, 20), time.monotonic() + 60
            while sum(r.method in ("PUT", "POST") for r in list(self.s3.requests)) < wanted and step.process.is_alive():
                time.sleep(0.001)
                assert time.monotonic() < deadline
            finding.times += 1
            finding.hit += step.kill()
            time.sleep(0.2)  # what is on its way to the server arrives
            finding.left_by_killed += bool(self.s3.parts_left()) or any(self.house.temporary.iterdir())
            self.expect(kind, VERSIONS, finding)
            self.run_again(kind, version, finding)
        if left := self.s3.parts_left():
            finding.notes.append(
                f"parts of {len(left)} uploads stay until the first upload of the same partition a day later"
            )
        return finding


@contextmanager
def cloud(house: House, seed: int, folder: Path) -> Iterator[Cloud]:
    """A bucket with the first version of the house's year."""
    with s3_server(folder) as s3:
        made = Cloud(house, s3, random.Random(seed))
        made.put(VERSIONS[0], "raw", "segments", "harmonized", "marts")
        yield made


__all__ = ["FAULTS", "KINDS", "Cloud", "cloud"]
