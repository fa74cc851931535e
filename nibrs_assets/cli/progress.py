"""Shows what a run has made so far: a bar on a terminal, elsewhere a line for each thing that its steps report."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from nibrs_assets.cli.console import err

_LOGGER = "progress"

RUN_CONFIG: Mapping[str, Any] = {"loggers": {_LOGGER: {}}}
"""The run config of a job that is shown by a `RunProgress`, and by Dagster's own logger no more."""


class RunProgress(logging.Handler):
    """Takes the log of Dagster's runs, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self._what = ""
        self._bar: tuple[Progress, TaskID] | None = None

    def definitions(self) -> dg.Definitions:
        """The logger that `RUN_CONFIG` names, to be merged with the definitions of the jobs."""

        def logger(_: dg.InitLoggerContext) -> logging.Logger:
            logger = logging.Logger(_LOGGER, logging.DEBUG)
            logger.addHandler(self)
            return logger

        description = "Shows on the terminal what a run has made so far."
        return dg.Definitions(loggers={_LOGGER: dg.LoggerDefinition(logger, description=description)})

    @contextmanager
    def shown(self, what: str, assets: int | None) -> Iterator[None]:
        """Inside, a run is shown as `what`, which makes so many `assets`."""
        self._what = what
        if not err.is_terminal:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            self._bar = bar, bar.add_task(what, total=assets)
            try:
                yield
            finally:
                self._bar = None

    def emit(self, record: logging.LogRecord) -> None:
        """Materializations move the bar; without a bar, what a step reports of itself is a line."""
        told: dict[str, Any] = record.__dict__.get("dagster_meta", {})
        event = told.get("dagster_event")
        if not self._bar:
            if not event and record.levelno >= logging.INFO:
                err.print(f"{self._what}: {told.get('orig_message')}", highlight=False, soft_wrap=True)
        elif event and event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            bar, task = self._bar
            bar.update(task, advance=1, description=f"{self._what}: {event.asset_key.to_user_string()}")
