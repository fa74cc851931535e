"""What is read of the lake: the sample of incidents that models learn from, and the counts of what is left out."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.catalog.model import CLEARANCE
from nibrs_assets.catalog.tables import clearance_tables
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_FOLDER = Path(__file__).parent
_LAST_YEAR = 2100
_HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Sample:
    """Incidents with features, outcomes and groups: a row each, as columns of `rows`."""

    rows: pa.Table

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def take(self, places: Places) -> "Sample":
        """The incidents at these positions, in their order."""
        return Sample(self.rows.take(places))

    def numbers(self, name: str) -> Numbers:
        """A column as numbers, flags as 0 and 1; NaN where it is NULL."""
        column = pc.cast(self.rows[name], pa.float64())
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)

    def words(self, name: str) -> tuple[Codes, list[str]]:
        """A column as places in the list of its values, -1 where it is NULL."""
        column = pc.cast(self.rows[name], pa.string()).combine_chunks().dictionary_encode()
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return codes, [str(word) for word in column.dictionary.to_pylist()]

    def flags(self, name: str) -> Flags:
        """A column of flags, which has no NULL."""
        return np.asarray(self.rows[name].to_numpy(), dtype=np.bool_)

    @cached_property
    def years(self) -> Places:
        """The data year of each incident."""
        return np.asarray(self.rows["data_year"].to_numpy(), dtype=np.int64)

    @cached_property
    def days(self) -> Places:
        """The date of each incident, in days since 1970."""
        return np.asarray(pc.cast(self.rows["incident_date"], pa.int32()).to_numpy(), dtype=np.int64)

    @cached_property
    def agencies(self) -> Codes:
        """The agency of each incident, as a number."""
        return self.words("ori")[0]


def possible_years() -> range:
    """The years that the kinds of file may have which the tables of the layer are made from."""
    kinds = {kind for table in clearance_tables().values() for kind in table.kinds}
    return range(min(shipped_layouts().kinds[kind].since for kind in kinds), _LAST_YEAR)


def years_there(lake: Lake) -> list[int]:
    """The years of which all tables of the layer are in the lake."""
    first, *others = clearance_tables()
    years = [year for year in possible_years() if lake.exists(lake.path(CLEARANCE, first, year))]
    return [year for year in years if all(lake.exists(lake.path(CLEARANCE, name, year)) for name in others)]


def data_version(lake: Lake, years: Sequence[int]) -> str:
    """Changes with any byte of the tables of `years`."""
    digest = hashlib.sha256()
    for name in sorted(clearance_tables()):
        for year in years:
            digest.update(f"{name} {year}\n".encode())
            with lake.open(lake.path(CLEARANCE, name, year)) as file:
                while part := file.read(_HASHED_AT_ONCE):
                    digest.update(part)
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Reader:
    """Reads the tables of `years`; see `reading`."""

    connection: duckdb.DuckDBPyConnection

    def sample(self, task: str, horizon: int, size: int, seed: int) -> Sample:
        """At most `size` incidents of `task` whose outcome within `horizon` days is known, in their order."""
        query = (_FOLDER / "sample.sql").read_text(encoding="utf-8")
        given = {"task": task, "horizon": horizon, "size": size, "seed": str(seed)}
        return Sample(self.connection.sql(query, params=given).to_arrow_table())

    def flow(self) -> list[dict[str, Any]]:
        """A row per year: how many incidents are used, and how many left out why."""
        return self._rows("flow")

    def agencies_left_out(self) -> list[dict[str, Any]]:
        """The agency-years without any arrestee, with their incidents."""
        return self._rows("agency_left_out")

    def _rows(self, name: str) -> list[dict[str, Any]]:
        query = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
        rows: list[dict[str, Any]] = self.connection.sql(query).to_arrow_table().to_pylist()
        return rows


@contextmanager
def reading(lake: Lake, years: Sequence[int], settings: Settings) -> Iterator[Reader]:
    """A reader of the tables of `years`; `NibrsError` where there are none, or where they are replaced while they are read."""
    if not years:
        raise NibrsError(
            f"{lake.uri(lake.root)}/{CLEARANCE}: holds no year; run nibrs clearance, or materialize its tables"
        )
    files = {(name, year): lake.path(CLEARANCE, name, year) for name in clearance_tables() for year in years}
    incidents = {year: lake.path("harmonized", "incident", year) for year in years}
    with (
        lake.staging() as folder,
        lake.unchanged(files.values()),
        duckdb.connect(config={"memory_limit": settings.memory_limit, "temp_directory": str(folder)}) as connection,
    ):
        connection.execute("SET enable_progress_bar = false")
        _register(connection, lake, files)
        counts = {year: lake.dataset(path).count_rows() for year, path in incidents.items() if lake.exists(path)}
        connection.register("file", pa.table({"data_year": years, "incidents": [counts.get(year) for year in years]}))
        yield Reader(connection)


def _register(connection: duckdb.DuckDBPyConnection, lake: Lake, files: Mapping[tuple[str, int], str]) -> None:
    for (name, year), path in files.items():
        connection.register(f"{name}_{year}", lake.dataset(path))
    for name in clearance_tables():
        of_years = " UNION ALL ".join(f"FROM {name}_{year}" for table, year in files if table == name)
        connection.execute(f"CREATE VIEW {name} AS {of_years}")
