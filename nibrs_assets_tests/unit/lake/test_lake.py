"""The lake: partitions appear whole, and killed writers leave nothing for long."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.core.parquet import ParquetFile
from nibrs_assets.lake.lake import Lake

SCHEMA = pa.schema([("n", pa.int64())])


def write(path: Path, rows: int) -> None:
    with ParquetFile(path, SCHEMA) as file:
        file.write(pa.RecordBatch.from_pydict({"n": list(range(rows))}, SCHEMA))


def test_a_partition_is_replaced_whole(tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path))
    target = lake.path("segments", "victim", 2013)
    for rows in (3, 5):
        with lake.staging() as folder:
            write(folder / "x.parquet", rows)
            lake.publish(folder / "x.parquet", target)
        assert lake.dataset(target).count_rows() == rows
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["part-0.parquet"]


def test_an_error_while_staging_leaves_nothing(tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path))
    with pytest.raises(RuntimeError), lake.staging() as folder:
        write(folder / "x.parquet", 3)
        raise RuntimeError
    assert list(tmp_path.rglob("*")) == []


def _stage_and_wait(root: str, ready: "multiprocessing.synchronize.Event") -> None:
    with Lake.at(root).staging() as folder:
        (folder / "half.parquet").write_bytes(b"half")
        ready.set()
        time.sleep(60)


def test_what_a_killed_writer_leaves_is_removed_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = []
    for _ in range(2):
        ready = spawn.Event()
        process = spawn.Process(target=_stage_and_wait, args=(str(tmp_path), ready), daemon=True)
        process.start()
        assert ready.wait(30)
        writers.append(process)
    killed, living = writers
    os.kill(killed.pid or 0, signal.SIGKILL)
    killed.join()
    assert len(list(tmp_path.rglob("half.parquet"))) == 2
    with Lake.at(str(tmp_path)).staging():
        assert len(list(tmp_path.rglob("half.parquet"))) == 1
    living.kill()
    living.join()


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(NibrsError, match="materialize segments/victim for 2013 first"):
        Lake.at(str(tmp_path)).require("segments", "victim", 2013)


def test_the_same_rows_give_the_same_bytes_however_they_come(tmp_path: Path) -> None:
    whole = pa.RecordBatch.from_pydict({"n": list(range(300_000))}, SCHEMA)
    for name, size in (("one", 300_000), ("many", 1_234)):
        with ParquetFile(tmp_path / name, SCHEMA) as file:
            for start in range(0, whole.num_rows, size):
                file.write(whole.slice(start, size))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "many").read_bytes()


def test_the_years_of_a_table_are_those_whose_file_is_there(tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path))
    assert lake.years("segments", "victim") == []
    for year in (2016, 2013):
        with lake.staging() as folder:
            write(folder / "x.parquet", 1)
            lake.publish(folder / "x.parquet", lake.path("segments", "victim", year))
    (tmp_path / "segments/victim/year=2014").mkdir()
    (tmp_path / "segments/victim/notes").mkdir()
    assert lake.years("segments", "victim") == [2013, 2016]


def test_a_folder_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path))
    lake.clear("dictionary")
    for path in ("dictionary/codes/sex.html", "segments/kept"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch()
    lake.clear("dictionary")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["kept"]


MEMORY = """
import resource, sys
import duckdb
from nibrs_assets.lake.lake import Lake
lake = Lake.at(sys.argv[1])
with duckdb.connect(config={"threads": 2}) as connection:
    connection.register("wide", lake.dataset(lake.path("segments", "victim", 2013)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(batch.num_rows for batch in connection.sql("SELECT * FROM wide").to_arrow_reader(1 << 14)) == 12 << 17
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@pytest.mark.slow
def test_duckdb_reads_a_dataset_without_holding_it_in_memory(tmp_path: Path) -> None:
    schema = pa.schema([(f"c{number}", pa.string()) for number in range(20)])
    texts = pa.array([os.urandom(8).hex() for _ in range(1 << 17)])
    columns = [pa.concat_arrays([texts[start:], texts[:start]]) for start in range(20)]
    lake = Lake.at(str(tmp_path))
    with lake.staging() as folder:
        with ParquetFile(folder / "x.parquet", schema) as file:
            for _ in range(12):
                file.write(pa.RecordBatch.from_arrays(columns, schema=schema))
        lake.publish(folder / "x.parquet", lake.path("segments", "victim", 2013))
    run = subprocess.run([sys.executable, "-c", MEMORY, str(tmp_path)], capture_output=True, text=True, check=True)
    # The rows come to 500 MB and more; read as far ahead as pyarrow does by default, they took 1,000.
    assert int(run.stdout.split()[-1]) < 400


def test_a_file_replaced_while_it_is_read_is_refused(tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path))
    target = lake.path("segments", "victim", 2013)
    for rows in (3, 5):
        with lake.staging() as folder:
            write(folder / "x.parquet", rows)
            if rows == 3:
                lake.publish(folder / "x.parquet", target)
                continue
            with lake.unchanged([target]):
                assert lake.dataset(target).count_rows() == 3
            with pytest.raises(PassingError, match="was replaced while it was read"), lake.unchanged([target]) as check:
                lake.publish(folder / "x.parquet", target)
                check()
