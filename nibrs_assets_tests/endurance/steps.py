"""Real steps in processes of their own, which may be killed: each is forked where everything is loaded already."""

import inspect
import logging
import multiprocessing
import os
import resource
import signal
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg

from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.raw import MasterFileConfig, raw_assets
from nibrs_assets.defs.assets.segments import segments_assets
from nibrs_assets.defs.assets.table import table_assets
from nibrs_assets.defs.assets.warehouse import warehouse_assets
from nibrs_assets.lake import s3
from nibrs_assets.lake.lake import Lake
from nibrs_assets.warehouse.load import Warehouse

_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload([__name__])

_LAYERS = ("raw", "segments", *dict.fromkeys(table.layer for table in shipped_tables().values()), "warehouse")
_ASSETS = [*raw_assets(), *segments_assets(), *table_assets(), *warehouse_assets()]

TRACEBACK = "Traceback"

PART_BYTES = 1 << 18
"""Small years go up to S3 in parts too."""


@dataclass
class Step:
    """A step that runs: its process, and what it tells."""

    process: BaseProcess
    told: Connection

    def wait_until_begun(self) -> None:
        """Until everything is loaded and the step itself begins."""
        assert self.told.poll(120), "the step did not begin"
        assert self.told.recv() == "begun"

    def kill(self) -> bool:
        """SIGKILL; whether the step was still running."""
        was_running = self.process.is_alive() and not self.told.poll()
        if self.process.is_alive():
            os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join()
        return was_running

    def outcome(self, patience: float = 300) -> str | None:
        """Why it failed, as the UI shows it, when it has ended; None when all went well."""
        if not self.told.poll(patience):
            self.kill()
            return f"{TRACEBACK}: did not end in {patience} s"
        try:
            why: str | None = self.told.recv()
        except EOFError:
            why = f"{TRACEBACK}: its process ended without a word"
        self.process.join()
        return why


def start(
    environment: Mapping[str, str], temporary: Path, year: int, keys: Sequence[str], most_bytes: int | None = None
) -> Step:
    """Make the assets `keys` of `year`, one after the other, with the settings `environment`.

    Temporary files go to `temporary`. No file that it writes may be longer than `most_bytes`: a disk that is full.
    """
    receiver, sender = _FORKED.Pipe(duplex=False)
    arguments = (dict(environment), str(temporary), year, list(keys), most_bytes, sender)
    process = _FORKED.Process(target=_run, args=arguments, daemon=True)
    process.start()
    sender.close()
    return Step(process, receiver)


def _run(
    environment: dict[str, str], temporary: str, year: int, keys: list[str], most_bytes: int | None, told: Any
) -> None:
    os.environ.update(environment)
    tempfile.tempdir = temporary
    s3.PART_BYTES = PART_BYTES
    settings = Settings.from_environment(environment)
    told.send("begun")
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    try:
        for asset in _making(keys):
            _make(asset, keys, settings, year)
    except dg.Failure as failure:
        told.send(failure.description)
    except Exception:  # which Dagster would show as this
        told.send(traceback.format_exc())
    else:
        told.send(None)


def _making(keys: Sequence[str]) -> Iterator[dg.AssetsDefinition]:
    """The assets that make these keys, each after what it reads."""
    order = {name: rank for rank, name in enumerate(shipped_tables())}
    wanted = [asset for asset in _ASSETS if any("/".join(key.path) in keys for key in asset.keys)]
    return iter(sorted(wanted, key=lambda asset: _place(asset, order)))


def _place(asset: dg.AssetsDefinition, order: Mapping[str, int]) -> tuple[int, int]:
    layer, name = min(asset.keys).path
    return _LAYERS.index(layer), order.get(name, 0)


def _make(asset: dg.AssetsDefinition, keys: Sequence[str], settings: Settings, year: int) -> None:
    """Call what those of `keys` are that the step makes, without Dagster's engine around it, which would take most of the time."""
    context = SimpleNamespace(
        partition_key=str(year),
        selected_asset_keys={key for key in asset.keys if "/".join(key.path) in keys},
        selected_asset_check_keys=set(),
        retry_number=0,
        run=SimpleNamespace(run_id="", parent_run_id=None, tags={}),
        log=logging.getLogger(__name__),
    )
    there = {
        "settings": settings,
        "lake": Lake.of(settings),
        "warehouse": Warehouse.of(settings),
        "config": MasterFileConfig(),
    }
    function = asset.op.compute_fn.decorated_fn  # type: ignore[union-attr]
    made = function(context, **{name: there[name] for name in inspect.signature(function).parameters if name in there})
    if isinstance(made, Iterator):
        for _ in made:
            pass
