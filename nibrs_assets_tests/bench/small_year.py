"""What a year of 0.6 MB takes whoever waits for it, against the work that is in it: the same by plain functions, in one process."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from nibrs_assets_tests.bench.measures import Measure, side_by_side
from nibrs_assets_tests.support.pipeline import platform_at
from nibrs_assets_tests.support.samples import SAMPLE

_YEAR = 2020
_PARTITION = f'{{"dagster/partition": "{_YEAR}"}}'
_DEFINITIONS = ("-m", "nibrs_assets.definitions")

_WAYS: dict[str, tuple[Sequence[str], float]] = {
    "nibrs run": (("run", str(_YEAR), "--kind", "nibrs"), 2),
    "a process for each step, as in the UI": (
        ("dagster", "job", "execute", *_DEFINITIONS, "-j", "nibrs_year", "--tags", _PARTITION),
        3,
    ),
    "one table alone": (
        (
            *("dagster", "asset", "materialize", *_DEFINITIONS),
            *("--select", "harmonized/victim_offense", "--partition", str(_YEAR)),
        ),
        1,
    ),
}
"""Arguments of `nibrs`, and how many times the functions' time they may take."""


def small_year(folder: Path, times: int) -> Iterator[Measure]:
    """Each way against the functions, over a home in `folder` that is gone afterwards; the first turn of each is not counted."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="home-") as place:
        Path(place).chmod(0o755)
        with platform_at(Path(place)) as platform:
            shutil.copy(SAMPLE / f"nibrs-{_YEAR}.zip", platform.settings.raw_dir)
            platform.make(_YEAR)
            for way, (arguments, target) in _WAYS.items():
                by_nibrs = partial(_nibrs, Path(place), arguments)
                by_nibrs()
                both = side_by_side(by_nibrs, partial(platform.make, _YEAR), times)
                name = f"Illinois {_YEAR} by {way}, time against functions"
                yield Measure(name, f"{both.ours:.1f} s", f"{both.other:.1f} s", 1 / both.ratio, target, False)


def _nibrs(home: Path, arguments: Sequence[str]) -> None:
    command = [str(Path(sys.executable).with_name("nibrs")), *arguments]
    environment = os.environ | {"NIBRS_HOME": str(home), "NIBRS_CDE_URL": "none"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
