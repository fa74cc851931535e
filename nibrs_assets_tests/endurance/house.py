"""A home with two versions of one real year, each of which may be put in place of the other, and what either looks like whole."""

import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
import pyarrow.parquet as pq

from nibrs_assets.catalog.tables import tables_of
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets_tests.endurance import steps
from nibrs_assets_tests.support.samples import NIBRS, SAMPLE, make_zip, unpack_independently

YEAR = 2013
VERSIONS = ("all", "without the largest agency")
TABLES = tables_of(NIBRS.name)

RAW = [f"raw/{NIBRS.raw_asset}"]
DECODE = [f"segments/{name}" for name in segment_names(NIBRS)]
HARMONIZE = [f"{table.layer}/{table.name}" for table in TABLES.values()]
LOAD = [f"warehouse/{name}" for name in TABLES]

Rows = Mapping[str, tuple[object, ...]]
"""Number and digest of the rows, by partition of the lake or table of the warehouse."""

LEFT_LOADING = (
    "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'nibrs_loading'"
)
DETACHED = """
    SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = 'nibrs' AND relkind = 'r' AND NOT relispartition AND relname ~ '_[0-9]{4}$'
"""


def versions_of_a_year(lines: int) -> tuple[bytes, bytes]:
    """A real year with about so many lines, whole agencies of it; and the same without the agency that has most of them."""
    by_agency: dict[bytes, list[bytes]] = {}
    for line in unpack_independently(SAMPLE / f"nibrs-{YEAR}.zip").splitlines():
        by_agency.setdefault(line[4:13], []).append(line)
    sizes = Counter({agency: len(found) for agency, found in by_agency.items() if 1 < len(found) <= lines // 3})
    chosen, total = [], 0
    for agency, size in sizes.most_common():
        if total + size <= lines:
            chosen.append(agency)
            total += size
    largest = max(chosen, key=sizes.__getitem__)
    ordered = [agency for agency in by_agency if agency in chosen]
    whole = b"\n".join(line for agency in ordered for line in by_agency[agency])
    return whole, b"\n".join(line for agency in ordered if agency != largest for line in by_agency[agency])


@dataclass
class House:
    """The home `home`, its lake in `lake`, its warehouse in the Postgres at `url`; `truth` is what each version looks like."""

    home: Path
    lake: Path
    postgres: EmbeddedPostgres
    url: str
    is_small_disk: bool
    zips: dict[str, Path] = field(default_factory=dict)
    truth: dict[str, Rows] = field(default_factory=dict)
    loaded: dict[str, Rows] = field(default_factory=dict)

    @property
    def temporary(self) -> Path:
        return self.home / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "NIBRS_HOME": str(self.home),
            "NIBRS_LAKE_URI": str(self.lake),
            "NIBRS_WAREHOUSE_URL": self.url,
            "NIBRS_CDE_URL": "none",
            "NIBRS_HASH_KEY": "a key of these tests, long enough to be one",
        }

    def start(
        self, keys: Sequence[str], environment: Mapping[str, str] | None = None, most_bytes: int | None = None
    ) -> steps.Step:
        return steps.start({**self.environment, **(environment or {})}, self.temporary, YEAR, keys, most_bytes)

    def run(self, keys: Sequence[str]) -> str | None:
        """Make these, undisturbed; why it failed if it did."""
        step = self.start(keys)
        step.wait_until_begun()
        return step.outcome()

    def prepare(self, lines: int) -> None:
        """Run both versions through all layers, undisturbed, and keep what they look like; the first one stays in place."""
        (self.home / "raw").mkdir(parents=True)
        self.temporary.mkdir()
        for version, text in zip(VERSIONS, versions_of_a_year(lines), strict=True):
            folder = self.home / "zips" / version
            folder.mkdir(parents=True)
            self.zips[version] = make_zip(folder / NIBRS.zip_of(YEAR), text)
        for version in reversed(VERSIONS):
            shutil.copy(self.zips[version], self.home / "raw")
            failure = self.run([*RAW, *DECODE, *HARMONIZE, *LOAD])
            assert not failure, failure
            self.truth[version], self.loaded[version] = self.in_lake(), self.in_warehouse()
            shutil.copytree(self.lake, self.home / "kept" / version, ignore=shutil.ignore_patterns(".*"))
        first, second = (self.truth[version] for version in VERSIONS)
        assert sum(first[name] != second[name] for name in first) > len(first) / 3
        self.files = self.file_names()

    def put(self, version: str, *folders: str) -> None:
        """Put the partitions in these folders of a version in place, whole ones, as the step that made them would."""
        for folder in folders:
            for kept in (self.home / "kept" / version / folder).rglob("*"):
                if kept.is_file():
                    beside = self.lake / "put"
                    shutil.copy(kept, beside)
                    beside.replace(self.lake / kept.relative_to(self.home / "kept" / version))

    def partitions(self, keys: Sequence[str] = (*DECODE, *HARMONIZE)) -> dict[str, Path]:
        return {key: self.lake / key / f"year={YEAR}" / "part-0.parquet" for key in keys}

    def in_lake(self) -> Rows:
        with parquet_reader() as reader:
            return {key: rows_of(reader, path) for key, path in self.partitions().items()}

    def in_warehouse(self) -> Rows:
        with psycopg.connect(self.url) as connection:
            [row] = connection.execute(warehouse_query()).fetchall()
        return {name: tuple(row[2 * index : 2 * index + 2]) for index, name in enumerate(TABLES)}

    def file_names(self) -> set[str]:
        return {str(path.relative_to(self.lake)) for path in self.lake.rglob("*") if path.is_file()}

    def left_behind(self) -> list[str]:
        """What the step that ran last should have removed: files, folders, tables."""
        found = [f"lake: {name}" for name in sorted(self.file_names() - self.files)]
        found += [f"lake: {path.name}/" for path in self.lake.glob(".*")]
        found += [f"temporary: {path.name}" for path in self.temporary.iterdir()]
        with psycopg.connect(self.url) as connection:
            for query in (LEFT_LOADING, DETACHED):
                found += [f"table: {name}" for (name,) in connection.execute(query)]
        return found


def parquet_reader() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def rows_of(reader: duckdb.DuckDBPyConnection, path: Path) -> tuple[object, ...]:
    """Number and digest of the rows of a Parquet file, in whatever order they are.

    The file is opened once: DuckDB by itself opens it again between reading its footer and its rows, and fails when it was
    replaced just then (docs/endurance.md).
    """
    with path.open("rb") as file:
        partition = pq.ParquetFile(file).read(use_threads=False)
    digest = reader.from_arrow(partition).query("t", "SELECT count(*), sum(hash(t)::HUGEINT) FROM t")
    assert digest
    return tuple(digest.fetchall()[0])


def rows_of_all(loaded: Rows) -> tuple[object, ...]:
    """What `warehouse_query` returns of a version."""
    return tuple(value for rows in loaded.values() for value in rows)


def warehouse_query() -> str:
    """The numbers and digests of the year's rows in all tables, in one statement."""
    whole = "SELECT {} FROM nibrs.{} AS t WHERE data_year = {}"
    aggregates = ("count(*)", "sum(hashtextextended(t::text, 0))")
    return f"SELECT {', '.join(f'({whole.format(a, name, YEAR)})' for name in TABLES for a in aggregates)}"


@contextmanager
def house(lines: int, small_disk_megabytes: int = 64) -> Iterator[House]:
    """A house with a year of about `lines` lines. Its lake is on a small disk of its own where that may be mounted."""
    home = Path(tempfile.mkdtemp(prefix="nibrs_endurance_"))
    lake = home / "lake"
    lake.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={small_disk_megabytes}m", "tmpfs", str(lake)]
    try:
        is_small = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        is_small = False
    postgres = EmbeddedPostgres(home / "postgres")
    try:
        with postgres.running() as url:
            found = House(home, lake, postgres, url, is_small)
            found.prepare(lines)
            yield found
    finally:
        if is_small:
            subprocess.run(["umount", "-l", str(lake)], check=True)
        with suppress(OSError):
            shutil.rmtree(home)


def free_bytes(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
