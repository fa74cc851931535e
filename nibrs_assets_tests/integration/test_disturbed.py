"""A few kills and faults of each kind; `make endurance` does many. A reader watches all the while."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nibrs_assets.lake.lake import Lake
from nibrs_assets_tests.endurance.cloud import Cloud, cloud
from nibrs_assets_tests.endurance.disturb import KINDS, Disturber, Finding
from nibrs_assets_tests.endurance.house import DECODE, VERSIONS, House, house, rows_of_all
from nibrs_assets_tests.endurance.watching import judge_partition, judge_warehouse, watched
from nibrs_assets_tests.support.samples import SAMPLE

SEED = 2013


@pytest.fixture(scope="module")
def there() -> Iterator[House]:
    with house(lines=1_500) as found:
        yield found


@pytest.fixture(scope="module")
def disturber(there: House) -> Iterator[Disturber]:
    """Whatever is done with it, who reads meanwhile sees nothing wrong."""
    made = Disturber(there, SEED)
    with watched(there) as seen:
        for kind in KINDS.values():
            made.measure(kind)
        yield made
    assert seen.wrong == []
    assert seen.partitions > 100
    assert set(seen.versions) == set(VERSIONS)


@pytest.fixture(scope="module")
def bucket(there: House) -> Iterator[Cloud]:
    with cloud(there, SEED, there.home) as made:
        yield made


def sound(finding: Finding) -> Finding:
    assert finding.wrong == []
    return finding


def test_segments_of_two_versions_are_kept_out_of_the_warehouse(there: House) -> None:
    """What a decoding leaves that is killed between two of its files: whole partitions, which do not belong together.

    It comes first: a year that is stopped has no `record_problem`, which the reader of the other tests would call wrong.
    """
    there.put(VERSIONS[0], "raw", "segments")
    there.put(VERSIONS[1], "segments/victim")
    gate = "harmonized/record_problem"
    failure = there.run([gate])
    assert failure
    assert "every_line_is_in_one_segment" in failure
    assert not there.partitions([gate])[gate].exists()
    there.put(VERSIONS[0], "raw", "segments", gate)


@pytest.mark.parametrize("kind", KINDS)
def test_killed(disturber: Disturber, kind: str) -> None:
    finding = sound(disturber.kill(KINDS[kind], 4 if kind == "decode" else 3))
    assert finding.hit > 0


@pytest.mark.parametrize("has_own_disk", [True, False])
def test_full_disk(disturber: Disturber, has_own_disk: bool) -> None:
    # Where nothing may be mounted, both ways are the one that needs no privilege.
    is_small, disturber.house.is_small_disk = (
        disturber.house.is_small_disk,
        has_own_disk and disturber.house.is_small_disk,
    )
    try:
        finding = sound(disturber.full_disk(KINDS["decode"], 2))
    finally:
        disturber.house.is_small_disk = is_small
    assert finding.hit == finding.failed_well == 2
    assert all("No space left on device" in note or "File too large" in note for note in finding.notes)


def test_full_disk_of_postgres(disturber: Disturber) -> None:
    assert sound(disturber.database_disk_full(1)).hit == 1


def test_postgres_killed(disturber: Disturber) -> None:
    assert sound(disturber.database_away(1)).failed_well == 1


@pytest.mark.parametrize("kind", ["decode", "load"])
def test_two_at_once(disturber: Disturber, kind: str) -> None:
    assert sound(disturber.two_at_once(KINDS[kind], 1)).failed_well == 0


@pytest.mark.parametrize("fault", ["503", "cut"])
def test_s3_fails(bucket: Cloud, fault: str) -> None:
    assert sound(bucket.fail(KINDS["decode"], fault, 2)).hit > 0


def test_the_judges_see_what_is_wrong(there: House) -> None:
    truth = there.truth[VERSIONS[0]]
    key = DECODE[1]
    rows, digest = truth[key]
    assert isinstance(rows, int)
    assert judge_partition(key, (rows, digest), there.truth) is None
    assert judge_partition(key, (rows * 2, digest), there.truth)
    assert judge_partition(key, (0, None), there.truth)
    both = {version: rows_of_all(loaded) for version, loaded in there.loaded.items()}
    first, second = both.values()
    assert judge_warehouse(first, both) is None
    assert judge_warehouse((*first[:4], *second[4:]), both)


def test_what_a_killed_encoder_leaves_the_next_one_removes(tmp_path: Path) -> None:
    nibrs = str(Path(sys.executable).with_name("nibrs"))
    year = ["--year", "2020", "--kind", "nibrs", "--out", str(tmp_path / "back.txt")]
    subprocess.run([nibrs, "decode", str(SAMPLE / "nibrs-2020.zip"), "--out", str(tmp_path / "out")], check=True)
    encoding = subprocess.Popen([nibrs, "encode", str(tmp_path / "out"), *year])
    while encoding.poll() is None and not list(tmp_path.glob(".back.txt.*/*/back.txt")):
        time.sleep(0.001)
    encoding.send_signal(signal.SIGKILL)
    encoding.wait()
    assert list(tmp_path.glob(".back.txt.*"))
    subprocess.run([nibrs, "encode", str(tmp_path / "out"), *year], check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back.txt", "out"]


def test_a_folder_whose_maker_was_killed_before_it_locked_it_is_removed(tmp_path: Path) -> None:
    parent = tmp_path / ".staging"
    for name, age in ((".new-old", 3600), (".new-young", 0)):
        (parent / name).mkdir(parents=True)
        os.utime(parent / name, (time.time() - age,) * 2)
    with Lake.at(str(tmp_path)).staging():
        assert [path.name for path in parent.glob(".new-*")] == [".new-young"]
