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
from nibrs_assets.defs.jobs import year_job_name
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
        of_kind = definitions.resolve_job_def(year_job_name((kind.name,))).asset_layer.executable_asset_keys
        return dg.materialize(
            definitions.assets or [],  # type: ignore[arg-type]
            selection=dg.AssetSelection.assets(*(keys or of_kind)),
            partition_key=str(year),
            resources=definitions.resources,
            raise_on_error=raise_on_error,
        )

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


BOTH = (NIBRS.name, RETURN_A.name)


def materialize_both(platform: Platform, year: int) -> list[str]:
    """Make the tables of both systems; gives the checks that did not pass."""
    tables = tables_of(*BOTH).values()
    keys = [key for t in tables for key in (f"{t.layer}/{t.name}", f"warehouse/{t.name}")]
    result = platform.materialize(year, *keys)
    return [f"{e.asset_key}: {e.check_name}" for e in result.get_asset_check_evaluations() if not e.passed]
