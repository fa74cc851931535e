"""Kills, full disks, databases and S3s that fail, at length: `make endurance`. Prints a table and writes it."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nibrs_assets_tests.endurance.cloud import FAULTS, cloud
from nibrs_assets_tests.endurance.disturb import KINDS, Disturber, Finding
from nibrs_assets_tests.endurance.house import House, house
from nibrs_assets_tests.endurance.watching import Seen, watched

_OUT = Console(width=None if sys.stdout.isatty() else 160)
_COLUMNS = (
    "step",
    "what was done",
    "times",
    "while it ran",
    "failed, told in a line",
    "left until the next run",
    "found wrong",
)


def disturb(house: House, seed: int, times: int) -> tuple[list[Finding], Seen]:
    """All that is done, some `times` × 25 kills of each step; what was found, and what a reader saw meanwhile."""
    findings: list[Finding] = []

    def do(what: Callable[[], Finding]) -> None:
        begun = time.monotonic()
        findings.append(what())
        found = findings[-1]
        _OUT.print(
            f"{found.step}, {found.fault}: {found.times} in {time.monotonic() - begun:.0f} s, {len(found.wrong)} wrong"
        )

    disturber = Disturber(house, seed)
    with watched(house) as seen:
        for kind in KINDS.values():
            disturber.measure(kind)
        for kind, share in zip(KINDS.values(), (1.2, 0.9, 0.9), strict=True):
            do(lambda: disturber.kill(kind, int(26 * times * share)))  # noqa: B023
        for name in ("decode", "harmonize"):
            do(lambda: disturber.full_disk(KINDS[name], 4 * times))  # noqa: B023
        if house.is_small_disk:
            house.is_small_disk = False
            do(lambda: disturber.full_disk(KINDS["decode"], 4 * times))
        do(lambda: disturber.database_disk_full(3 * times))
        do(lambda: disturber.database_away(6 * times))
        for kind in KINDS.values():
            do(lambda: disturber.two_at_once(kind, 3 * times))  # noqa: B023
    with cloud(house, seed, house.home) as bucket:
        do(lambda: bucket.kill(KINDS["decode"], 6 * times))
        for fault in FAULTS:
            for name in ("decode", "harmonize"):
                do(lambda: bucket.fail(KINDS[name], fault, 3 * times))  # noqa: B023
    return findings, seen


def table_of(findings: list[Finding]) -> list[list[str]]:
    return [
        [f.step, f.fault, *map(str, (f.times, f.hit, f.failed_well, f.left_by_killed)), "; ".join(f.wrong) or "nothing"]
        for f in findings
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2013)
    parser.add_argument("--lines", type=int, default=3000, help="about how many lines of a real year")
    parser.add_argument("--times", type=int, default=1, help="how many times as often as by default")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "nibrs_endurance.md")
    given = parser.parse_args()
    # So that the disk is unmounted and Postgres stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with house(given.lines) as found:
        where = "a tmpfs" if found.is_small_disk else "the disk"
        findings, seen = disturb(found, given.seed, given.times)
    rows = table_of(findings)
    printed = Table(*_COLUMNS)
    for row in rows:
        printed.add_row(*row)
    _OUT.print(printed)
    total = sum(finding.times for finding in findings if finding.fault == "SIGKILL")
    summary = (
        f"Seed {given.seed}, the lake on {where}; {total} kills. A reader read partitions {seen.partitions:,} times and the "
        f"warehouse's year {seen.warehouse:,} times (the server was away {seen.away:,} times): {len(seen.wrong)} wrong."
    )
    _OUT.print(summary, *seen.wrong[:20], sep="\n")
    lines = [f"| {' | '.join(row)} |" for row in (_COLUMNS, ["---"] * len(_COLUMNS), *rows)]
    told = sorted({f"- {finding.step}, {finding.fault}: {note}" for finding in findings for note in finding.notes})
    given.out.write_text("\n".join([*lines, "", summary, *seen.wrong[:20], "", "What the steps said:", "", *told, ""]))
    _OUT.print(f"written to {given.out}", highlight=False)
    return 1 if seen.wrong or any(finding.wrong for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
