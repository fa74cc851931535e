"""A home with a warehouse of its own, in which tests materialize years as the UI would."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import psycopg

from nibrs_assets.catalog.tables import tables_of
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.defs.jobs import year_keys
from nibrs_assets.engine.build import build_tables
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.ingest.decoding import decode_to_lake
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.ingest.raw_zips import take_zip
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets_tests.support.samples import NIBRS, RETURN_A


@dataclass(frozen=True)
class Platform:
    """A home of its own with a running warehouse."""

    settings: Settings
    url: str

    def materialize(
        self, year: int, *keys: str, kind: FileKind = NIBRS, raise_on_error: bool = True
    ) -> dg.ExecuteInProcessResult:
        """Materialize the assets named, or all of `kind`, for `year`."""
        definitions = build_definitions(self.settings)
        return dg.materialize(
            definitions.assets or [],  # type: ignore[arg-type]
            selection=dg.AssetSelection.assets(*(keys or year_keys((kind.name,)))),
            partition_key=str(year),
            resources=definitions.resources,
            raise_on_error=raise_on_error,
        )

    def make(self, year: int, kind: FileKind = NIBRS) -> list[str]:
        """What `materialize` makes, without Dagster, which takes half of the time; gives the checks that did not pass."""
        lake, name = Lake.of(self.settings), kind.zip_of(year)
        take_zip(RawFolder.of(self.settings), lake, shipped_layouts(), kind, year)
        with lake.open(lake.require("raw", kind.raw_asset, year, name)) as file:
            decode_to_lake(file, name, lake, segment_names(kind), year, kind=kind)
        return self.make_tables(year, kind.name)

    def make_tables(self, year: int, *kinds: str) -> list[str]:
        """The tables of these kinds of file in the lake and in Postgres; gives the checks that did not pass."""
        lake, tables = Lake.of(self.settings), tables_of(*kinds)
        built = list(build_tables(lake, self.settings, list(tables.values()), year))
        assert not [f"{table.table.name}: {table.failure or table.reasons}" for table in built if table.path is None]
        datasets = {name: lake.dataset(lake.require(table.layer, name, year)) for name, table in tables.items()}
        Warehouse.of(self.settings).load_year(year, tables, datasets)
        return [f"{b.table.layer}/{b.table.name}: {c.name}" for b in built for c in b.checks if not c.passed]

    def make_both(self, year: int) -> list[str]:
        """The tables of both systems together; gives the checks that did not pass."""
        return self.make_tables(year, NIBRS.name, RETURN_A.name)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()

    def lake_files(self) -> dict[str, tuple[str, int]]:
        """Content and inode of every file in the lake, by path."""
        root = Path(self.settings.lake_uri)
        return {
            str(path.relative_to(root)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_ino)
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }

    def table_contents(self, year: int, kind: FileKind = NIBRS) -> dict[str, object]:
        """A digest of the rows of a year, by table."""
        digest = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM nibrs.{} t WHERE data_year = {}"
        return {name: self.query(digest.format(name, year)) for name in tables_of(kind.name)}


@contextmanager
def platform_at(home: Path, **environment: str) -> Iterator[Platform]:
    """The platform whose home is `home`, its warehouse running; `environment` are further settings."""
    folders = {"NIBRS_HOME": str(home), "DAGSTER_HOME": str(home / "dagster"), "NIBRS_CDE_URL": "none"}
    settings = Settings.from_environment(folders | environment)
    settings.raw_dir.mkdir(exist_ok=True)
    with Warehouse.of(settings).running() as url:
        yield Platform(settings, url)
