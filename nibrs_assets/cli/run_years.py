"""Runs years through all layers from a terminal: the same job as in the UI, recorded in the same place."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from nibrs_assets.catalog.tables import kinds_of_tables, shipped_tables, tables_of
from nibrs_assets.cli.progress import RUN_CONFIG, RunProgress
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.interrupts import noticing_interrupts
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.defs.assets.reference import reference_is_current
from nibrs_assets.defs.automation import SKIP_COMBINED_TAG
from nibrs_assets.defs.jobs import (
    CLEARANCE_JOB,
    CLEARANCE_YEAR_JOB,
    REFERENCE_JOB,
    reference_keys,
    year_job_name,
    year_keys,
)
from nibrs_assets.defs.outcome import failed_steps
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.warehouse.load import Warehouse


@dataclass(frozen=True)
class YearRun:
    """How the run of a year of what is made of `kinds` ended: `failures` by step, none when all went well; `failed_checks`."""

    kinds: tuple[str, ...]
    year: int
    failures: dict[str, str]
    failed_checks: list[str]


class InterruptedRunError(Exception):
    """Somebody stopped the process while what the message names was made."""


def use_dagster_home(settings: Settings) -> None:
    """Make Dagster keep its runs in the settings' folder, with settings of its own unless it has some."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists():
        shutil.copy(Path(__file__).with_name("dagster.yaml"), config)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)


class _Runs:
    """Runs the project's jobs in this process, recorded in `instance`, and shows how far they are."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self._progress = RunProgress()
        self._definitions = dg.Definitions.merge(build_definitions(settings), self._progress.definitions())
        self._instance = instance

    def run(
        self,
        job: str,
        what: str,
        year: int | None = None,
        assets: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Run a job, which makes so many `assets`. Dagster takes Ctrl-C for a failure: here it is an `InterruptedRunError`."""
        with noticing_interrupts() as interrupted, self._progress.shown(what, assets):
            result = self._definitions.resolve_job_def(job).execute_in_process(
                partition_key=str(year) if year else None,
                instance=self._instance,
                run_config=RUN_CONFIG,
                raise_on_error=False,
                tags=tags,
            )
            if interrupted():
                raise InterruptedRunError(what)
        return result


def run_years(settings: Settings, years: list[tuple[str, int]]) -> Iterator[YearRun]:
    """Materialize the reference tables if what they are made from has changed, each kind and year, then the years of several kinds.

    Yields how each year ended as it ends. Raises `NibrsError` when the reference tables fail, `InterruptedRunError` on Ctrl-C.
    """
    use_dagster_home(settings)
    layouts = shipped_layouts()
    with dg.DagsterInstance.get() as instance:
        runs = _Runs(settings, instance)
        _make_reference_tables(runs, settings)
        failed: set[tuple[tuple[str, ...], int]] = set()
        for kinds, year in [*(((kind,), year) for kind, year in years), *combined_years(years)]:
            if missing := {kind for read in _read_by(kinds) if (read, year) in failed for kind in read}:
                failed.add((kinds, year))
                reason = f"not run, as {layouts.title_of(missing)} {year} failed"
                yield YearRun(kinds, year, {year_job_name(kinds): reason}, [])
                continue
            what, tags = f"{layouts.title_of(kinds)} {year}", {SKIP_COMBINED_TAG: "true"}
            result = runs.run(year_job_name(kinds), what, year, len(year_keys(kinds)), tags)
            failures = dict(failed_steps(result.get_step_failure_events()))
            if failures:
                failed.add((kinds, year))
            yield YearRun(kinds, year, failures, sorted(set(_failed_checks(result))))


def _make_reference_tables(runs: _Runs, settings: Settings) -> None:
    if reference_is_current(settings, Lake.of(settings), Warehouse.of(settings)):
        return
    result = runs.run(REFERENCE_JOB, "Reference tables", assets=len(reference_keys()))
    for step, message in failed_steps(result.get_step_failure_events()):
        raise NibrsError(f"{step} failed: {message}")


def run_clearance(settings: Settings, years: list[int]) -> Iterator[str]:
    """Materialize what models of clearance learn from, year by year, then the models; yields what was made as it is made.

    Raises `NibrsError` when a step fails, `InterruptedRunError` on Ctrl-C.
    """
    use_dagster_home(settings)
    partitions: list[int | None] = [*years, None]
    with dg.DagsterInstance.get() as instance:
        runs = _Runs(settings, instance)
        for year in partitions:
            what = f"What models learn from, {year}" if year else "The models"
            result = runs.run(CLEARANCE_YEAR_JOB if year else CLEARANCE_JOB, what, year)
            for step, message in failed_steps(result.get_step_failure_events()):
                raise NibrsError(f"{step}{f', {year}' if year else ''} failed: {message}")
            yield what


def combined_years(years: list[tuple[str, int]]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The kinds and years of what is made of several kinds, where `years` has one of them; fewer kinds first.

    So each comes after what it reads: a table is made of all the kinds that the tables which it reads are made of.
    """
    for kinds in kinds_of_tables():
        if len(kinds) > 1:
            yield from ((kinds, year) for year in sorted({year for kind, year in years if kind in kinds}))


def _read_by(kinds: tuple[str, ...]) -> set[tuple[str, ...]]:
    """What must not have failed before the tables of several kinds are made: each kind, and combinations that they read."""
    if len(kinds) == 1:
        return set()
    read = {shipped_tables()[name].kinds for table in tables_of(*kinds).values() for name in table.query.tables}
    return read - {kinds} | {(kind,) for kind in kinds}


def _failed_checks(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed:
            yield f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
