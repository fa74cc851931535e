"""Makes the models of all years that are there, and puts them with their card and plots into the lake."""

import hashlib
import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nibrs_assets.catalog.model import CLEARANCE
from nibrs_assets.clearance.card import card_text
from nibrs_assets.clearance.leak import refuse_leaks
from nibrs_assets.clearance.models import written
from nibrs_assets.clearance.plots import plots
from nibrs_assets.clearance.results import rows_of
from nibrs_assets.clearance.sample import Reader, data_version, reading, years_there
from nibrs_assets.clearance.study import MAIN, RUNS, Row, Run, first_tested_year, study
from nibrs_assets.clearance.version import LIBRARIES, code_version
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.lake.lake import Lake


@dataclass(frozen=True)
class Published:
    """The model that was made: its card, where it lies, and the rows of the result tables by name."""

    card: Row
    folder: str
    plots: Sequence[Row]
    rows: dict[str, list[tuple[Any, ...]]]


def publish_models(
    lake: Lake, settings: Settings, tell: Callable[[str], None] = lambda _: None, runs: Sequence[Run] = RUNS
) -> Published:
    """Learn, audit and store the models, in a folder of their version; the JSON is put there last.

    Raises `LeakError` for a feature that was not known at the report, `NibrsError` where there is nothing to learn from or the
    libraries of the extra `model` are not installed.
    """
    refuse_missing_libraries()
    refuse_leaks()
    years = years_there(lake)
    with reading(lake, years, settings) as reader:
        card = _about(lake, settings, years)
        results = study(reader, settings.clearance_sample, settings.clearance_seed, tell, runs)
        flow, left_out, tested = reader.flow(), reader.agencies_left_out(), _tested_years(reader, years, settings)
    card |= {"tested_years": tested, "not_run": "; ".join(results.not_run) or None}
    drawn = plots(results)
    place = f"{CLEARANCE}/model/version={card['version']}"
    folder = f"{lake.root}/{place}"
    card["model_file"] = f"{place}/model.json"
    card["markdown"] = card_text(card, results, flow, left_out, drawn)
    about = {name: card[name] for name in ("version", "data_version", "code_version", "years", "seed", "sample_size")}
    texts = {f"{plot['name']}.svg": plot["svg"].encode() for plot in drawn}
    texts |= {"card.md": card["markdown"].encode()}
    texts |= {"model.json": written(results.models, {**about, "outcome": " ".join(map(str, MAIN))})}
    with lake.staging() as staging:
        for name, text in texts.items():
            (staging / name).write_bytes(text)
            lake.publish(staging / name, f"{folder}/{name}")
    return Published(card, folder, drawn, rows_of(card, results, flow, left_out, drawn))


def refuse_missing_libraries() -> None:
    """Raises `NibrsError` where what models are made with is not installed."""
    for name in (*LIBRARIES, "matplotlib"):
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            raise NibrsError(f"{name} is not installed; pip install 'nibrs_assets[model]'") from None


def _about(lake: Lake, settings: Settings, years: Sequence[int]) -> Row:
    parts = {
        "data_version": data_version(lake, years),
        "code_version": code_version(),
        "seed": settings.clearance_seed,
        "sample_size": settings.clearance_sample,
    }
    version = hashlib.sha256(repr(sorted(parts.items())).encode()).hexdigest()[:12]
    return {"version": version, **parts, "years": ", ".join(map(str, years))}


def _tested_years(reader: Reader, years: Sequence[int], settings: Settings) -> str | None:
    first = first_tested_year(reader.sample("all", MAIN[1], settings.clearance_sample, settings.clearance_seed))
    return None if first is None else ", ".join(str(year) for year in years if year >= first)
