"""What `make bench` measures: each a ratio of two ways that take turns in one run, so that a busy machine slows both."""

import functools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import duckdb
import psutil
import psycopg
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from nibrs_assets.catalog.model import Table
from nibrs_assets.catalog.tables import tables_of
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.defs.jobs import year_job_name
from nibrs_assets.engine.build import build_tables
from nibrs_assets.fixed_width.decode import decode
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.fixed_width.source import inspect, open_master
from nibrs_assets.ingest.decoding import decode_to_lake
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.ingest.raw_zips import take_zip
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets_tests.bench import other_ways
from nibrs_assets_tests.bench.master_file import YEAR, Written

NIBRS = shipped_layouts().kinds["nibrs"]
RETURN_A = shipped_layouts().kinds["return_a"]

_TO_SQL_ROWS = 5_000
_WATCHED_EVERY = 0.05


@dataclass(frozen=True)
class Measure:
    """A line of the table: both ways as people read them, `ratio`, and whether the `target` is a least or a most.

    `cpu` is the same ratio of processor seconds, which other work on the machine disturbs less. It says nothing of how many cores
    are used.
    """

    name: str
    ours: str
    other_way: str
    ratio: float
    target: float
    at_least: bool
    cpu: float | None = None

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


class Spent(NamedTuple):
    """What some work took: seconds of wall time, and of processors in this process."""

    wall: float
    cpu: float


def spent(work: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


class SideBySide(NamedTuple):
    """Medians over turns: seconds of both ways, and of their ratios other / ours within a turn."""

    ours: float
    other: float
    ratio: float
    cpu: float


def side_by_side(ours: Callable[[], object], other: Callable[[], object], times: int) -> SideBySide:
    turns = [(spent(ours), spent(other)) for _ in range(times)]
    return SideBySide(
        statistics.median(a.wall for a, _ in turns),
        statistics.median(b.wall for _, b in turns),
        statistics.median(b.wall / a.wall for a, b in turns),
        statistics.median(b.cpu / a.cpu for a, b in turns),
    )


@dataclass(frozen=True)
class Bench:
    """The master file to measure with, and a folder for what is made of it."""

    written: Written
    folder: Path
    times: int

    def _decode(self) -> None:
        decoded = self.folder / "decoded"
        decoded.mkdir(exist_ok=True)
        _decode_file(self.written.path, decoded, segment_names(NIBRS))

    def _rate(self, size: int, taken: float) -> str:
        return f"{size / 1e6 / taken:,.0f} MB/s"

    def decoding(self, piece: int) -> Iterator[Measure]:
        """The whole zip by us; the other ways get the unpacked text of its beginning, and their time is taken a byte."""
        shipped_layouts()
        size = self.written.size
        both = side_by_side(self._decode, lambda: other_ways.inflate(self.written.path), self.times)
        rates = self._rate(size, both.ours), self._rate(size, both.other)
        name = "zip to all segments, time against unpacking alone"
        yield Measure(name, *rates, 1 / both.ratio, 3, False, 1 / both.cpu)
        ways = [
            ("pandas.read_fwf", other_ways.read_fwf, 25, piece // 5),
            ("DuckDB substring", other_ways.duckdb_substring, 4, piece),
            ("Polars slice", other_ways.polars_substring, 4, piece),
        ]
        for name, way, target, wanted in ways:
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                text = Path(folder, "piece.txt")
                taken = _unpack_beginning(self.written.path, text, wanted)
                by_other_way = functools.partial(way, text, Path(folder))
                both = side_by_side(self._decode, by_other_way, self.times)
            larger = size / taken
            rates = self._rate(size, both.ours), self._rate(taken, both.other)
            title = f"zip to all segments, rate against {name}"
            yield Measure(title, *rates, both.ratio * larger, target, True, both.cpu * larger)

    def parquet(self) -> Iterator[Measure]:
        """Size against DuckDB's writer."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            _decode_file(self.written.path, Path(folder), segment_names(NIBRS))
            files = [path for path in Path(folder).glob("*.parquet") if pq.ParquetFile(path).metadata.num_rows]
            rewritten = Path(folder, "rewritten")
            rewritten.mkdir()
            for path in files:
                other_ways.duckdb_rewrite(path, rewritten / path.name)
            ours, other = (sum(path.stat().st_size for path in found) for found in (files, rewritten.iterdir()))
            yield Measure(
                "Parquet, size against DuckDB's writer",
                f"{ours / 1e6:.1f} MB",
                f"{other / 1e6:.1f} MB",
                ours / other,
                1.15,
                False,
            )

    def return_a(self, zipped: Path) -> Measure:
        """A file of Return A against a parser that goes record by record."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            text = Path(folder, "return_a.txt")
            size = _unpack_beginning(zipped, text, 1 << 40)
            both = side_by_side(
                lambda: _decode_file(zipped, Path(folder), segment_names(RETURN_A)),
                lambda: other_ways.return_a_by_record(text, Path(folder)),
                self.times,
            )
        rates = self._rate(size, both.ours), self._rate(size, both.other)
        return Measure("Return A, rate against record by record", *rates, both.ratio, 50, True, both.cpu)


def _decode_file(path: Path, folder: Path, segments: list[str]) -> None:
    with path.open("rb") as file:
        master = inspect(file, path.name)
        with open_master(file, master) as stream:
            decode(stream, path.name, shipped_layouts(), {name: folder / f"{name}.parquet" for name in segments})


def _unpack_beginning(path: Path, target: Path, wanted: int) -> int:
    """The first `wanted` bytes of the text, to the end of a line; returns how many they are."""
    with path.open("rb") as file, target.open("wb") as text:
        master = inspect(file, path.name)
        buffer = bytearray(min(wanted, master.size))
        with open_master(file, master) as stream:
            stream.readinto(memoryview(buffer))
        return text.write(buffer[: buffer.rfind(b"\n") + 1])


def _filtered(victims: Path) -> Measure:
    """What DuckDB reads of the row groups for one agency, by their statistics and Bloom filters."""
    metadata = pq.ParquetFile(victims).metadata
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    column = metadata.schema.names.index("ori")
    # Typed as Any: the stubs allow for none, and the lake writes them of every sorted column.
    statistics_of: list[Any] = [group.column(column).statistics for group in groups]
    agency = statistics_of[len(groups) // 2].min
    probe = duckdb.execute("FROM parquet_bloom_probe(?, 'ori', ?)", [str(victims), agency]).fetchall()
    excluded = {group for _, group, is_excluded in probe if is_excluded}
    hit = [
        group
        for number, (group, found) in enumerate(zip(groups, statistics_of, strict=True))
        if found.min <= agency <= found.max and number not in excluded
    ]
    read, of_all = (
        sum(g.column(i).total_compressed_size for g in of for i in range(g.num_columns)) for of in (hit, groups)
    )
    shown = f"{len(hit)} of {len(groups)} row groups", "all"
    return Measure("victims of one ORI, bytes read of all", *shown, read / of_all, 0.05, False)


def memory_of_decoding(written: Written, out: Path) -> tuple[float, float]:
    """Peak memory (MiB, of all its processes, what they share counted once) and seconds of `nibrs decode` into `out`."""
    program = "from nibrs_assets.cli.main import main; main()"
    command = [sys.executable, "-c", program, "decode", str(written.path), "--out", str(out)]
    begun, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        process = psutil.Process(running.pid)
        while running.poll() is None:
            peak = max(peak, _memory(process))
            time.sleep(_WATCHED_EVERY)
    taken = time.perf_counter() - begun
    if running.returncode:
        raise RuntimeError(f"nibrs decode ended with {running.returncode}")
    return peak / (1 << 20), taken


def _memory(process: psutil.Process) -> int:
    try:
        return sum(int(p.memory_full_info().pss) for p in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0


def bounded(small: Written, large: Written, folder: Path) -> Iterator[Measure]:
    """Memory of decoding; that neither it nor the time a byte grows with the file; what a filter on one agency reads."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        peak, taken = memory_of_decoding(small, Path(place, "small"))
        large_peak, large_taken = memory_of_decoding(large, Path(place, "large"))
        [victims] = Path(place, "large", "segments", "victim").rglob("*.parquet")
        yield _filtered(victims)
    yield Measure("peak memory of decoding", f"{large_peak:,.0f} MiB", "1,024 MiB", large_peak / 1024, 1, False)
    sizes = f"{large.size / 1e9:.1f} GB against {small.size / 1e9:.1f} GB"
    peaks = f"{large_peak:,.0f} MiB", f"{peak:,.0f} MiB"
    yield Measure(f"peak memory, {sizes}", *peaks, large_peak / peak, 1.1, False)
    a_gb, large_a_gb = taken / small.size * 1e9, large_taken / large.size * 1e9
    yield Measure(f"time a GB, {sizes}", f"{large_a_gb:.1f} s", f"{a_gb:.1f} s", large_a_gb / a_gb, 1.1, False)


@dataclass(frozen=True)
class Home:
    """A home with the master file in its raw folder."""

    settings: Settings
    lake: Lake

    @classmethod
    def of(cls, folder: Path, written: Written) -> "Home":
        environment = {
            "NIBRS_HOME": str(folder),
            "NIBRS_CDE_URL": "none",
            "NIBRS_HASH_KEY": "a key that only the benchmark hashes with",
        }
        settings = Settings.from_environment(environment)
        settings.raw_dir.mkdir(parents=True)
        (settings.raw_dir / NIBRS.zip_of(YEAR)).hardlink_to(written.path)
        return cls(settings, Lake.of(settings))

    @property
    def tables(self) -> Mapping[str, Table]:
        return tables_of(NIBRS.name)

    def take(self) -> None:
        take_zip(RawFolder.of(self.settings), self.lake, shipped_layouts(), NIBRS, YEAR)

    def decode(self) -> None:
        name = NIBRS.zip_of(YEAR)
        with self.lake.open(self.lake.path("raw", NIBRS.raw_asset, YEAR, name)) as file:
            decode_to_lake(file, name, self.lake, segment_names(NIBRS), YEAR)

    def make_tables(self) -> None:
        for built in build_tables(self.lake, self.settings, list(self.tables.values()), YEAR):
            assert built.path, f"{built.table.name}: {built.failure or built.reasons}"

    def scans(self) -> None:
        files = {read: Path(self.lake.path(*read, YEAR)) for table in self.tables.values() for read in table.inputs}
        with self.lake.staging() as folder:
            other_ways.scans(self.tables.values(), files, folder, self.settings.memory_limit)

    def datasets(self) -> dict[str, ds.Dataset]:
        return {name: self.lake.dataset(self.lake.path(t.layer, name, YEAR)) for name, t in self.tables.items()}

    def load(self) -> None:
        Warehouse.of(self.settings).load_year(YEAR, self.tables, self.datasets())

    def by_functions(self) -> None:
        self.take()
        self.decode()
        self.make_tables()
        self.load()

    def by_dagster(self) -> None:
        definitions = build_definitions(self.settings)
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        self.settings.dagster_home.mkdir(exist_ok=True)
        with dg.DagsterInstance.local_temp(str(self.settings.dagster_home)) as instance:
            job = definitions.resolve_job_def(year_job_name((NIBRS.name,)))
            assert job.execute_in_process(partition_key=str(YEAR), instance=instance, run_config=quiet).success


@contextmanager
def home(folder: Path, written: Written) -> Iterator[Home]:
    """A home in `folder`, gone afterwards, its warehouse running."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="home-") as place:
        Path(place).chmod(0o755)
        made = Home.of(Path(place, "home"), written)
        with Warehouse.of(made.settings).running():
            yield made


def tables(made: Home, times: int) -> Iterator[Measure]:
    """Harmonized tables and marts, their checks included, against the scans that they can't do without."""
    made.take()
    made.decode()
    made.make_tables()
    both = side_by_side(made.make_tables, made.scans, times)
    shown = f"{both.ours:.1f} s", f"{both.other:.1f} s"
    yield Measure("harmonized and marts, time against scans alone", *shown, 1 / both.ratio, 2, False, 1 / both.cpu)


def postgres(made: Home, times: int) -> Iterator[Measure]:
    """Loading a year, keys, references and checks included, against the same rows without, and against pandas."""
    datasets = made.datasets()
    rows = sum(dataset.count_rows() for dataset in datasets.values())
    with Warehouse.of(made.settings).running() as url:
        turns = []
        for _ in range(times):
            ours = rows / spent(made.load).wall
            other_ways.empty_bare(url)
            bare = rows / spent(lambda: other_ways.bare_copy(url, datasets)).wall
            other_ways.empty_bare(url)
            begun = time.perf_counter()
            pandas = other_ways.to_sql(url, datasets, _TO_SQL_ROWS) / (time.perf_counter() - begun)
            turns.append((ours, bare, pandas))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA bare CASCADE")
    ours, bare, pandas = (statistics.median(rates) for rates in zip(*turns, strict=True))
    shown = f"{ours / 1e3:,.0f}k rows/s"
    against_pandas = statistics.median(turn[0] / turn[2] for turn in turns)
    against_bare = statistics.median(turn[0] / turn[1] for turn in turns)
    yield Measure(
        "Postgres load, rate against pandas.to_sql", shown, f"{pandas / 1e3:,.1f}k rows/s", against_pandas, 15, True
    )
    yield Measure(
        "Postgres load, rate against bare binary COPY", shown, f"{bare / 1e3:,.0f}k rows/s", against_bare, 0.7, True
    )


def dagster_overhead(made: Home, times: int) -> Measure:
    """A year through Dagster against the same functions called one after the other."""
    both = side_by_side(made.by_dagster, made.by_functions, times)
    shown = f"{both.ours:.1f} s", f"{both.other:.1f} s"
    return Measure(
        "a year, time through Dagster against the functions", *shown, 1 / both.ratio, 1.1, False, 1 / both.cpu
    )
