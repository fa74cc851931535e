"""A home for tests of sensors and schedules, and the definitions that they ask."""

import functools
from pathlib import Path

import dagster as dg

from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.defs.webhook import Webhook
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.ingest.raw_zips import take_zip
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind
from nibrs_assets_tests.support.samples import NIBRS


@functools.cache
def repository() -> dg.RepositoryDefinition:
    """The project's definitions; they are the same wherever the resources are."""
    return build_definitions(Settings.from_environment({})).get_repository_def()


class Home:
    """A home of its own, with a raw folder, and the resources that are there."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.settings = Settings.from_environment({"NIBRS_HOME": str(folder)} | environment)
        self.raw = self.settings.raw_dir
        self.raw.mkdir(parents=True, exist_ok=True)
        self.lake = Lake.of(self.settings)
        self.resources: dict[str, object] = {
            "settings": self.settings,
            "lake": self.lake,
            "webhook": Webhook.of(self.settings),
        }

    def take(self, year: int, kind: FileKind = NIBRS) -> None:
        """What the raw asset does when a run makes the year."""
        take_zip(RawFolder.of(self.settings), self.lake, shipped_layouts(), kind, year)
