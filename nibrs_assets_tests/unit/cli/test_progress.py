"""What a run shows of itself: lines, or a bar on a terminal."""

import io

import dagster as dg
import pytest
from rich.console import Console

from nibrs_assets.cli import progress
from nibrs_assets.cli.progress import RUN_CONFIG, RunProgress


@dg.asset(key=["harmonized", "victim"])
def victim(context: dg.AssetExecutionContext) -> None:
    context.log.info("7 rows in 0.1 s")
    context.log.debug("nobody wants to know")


@dg.asset(key=["marts", "agency_year"], deps=[victim])
def agency_year() -> None:
    pass


def run(width: int, is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is shown of a run of both assets on a console."""
    shown = io.StringIO()
    monkeypatch.setattr(progress, "err", Console(file=shown, force_terminal=is_terminal, width=width))
    run_progress = RunProgress()
    job = dg.define_asset_job("both", selection="*")
    made = dg.Definitions.merge(
        dg.Definitions(assets=[victim, agency_year], jobs=[job], executor=dg.in_process_executor),
        run_progress.definitions(),
    )
    with run_progress.shown("NIBRS 2020", assets=2):
        assert made.resolve_job_def("both").execute_in_process(run_config=RUN_CONFIG).success
    return shown.getvalue()


def test_without_a_terminal_each_report_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(20, False, monkeypatch) == "NIBRS 2020: 7 rows in 0.1 s\n"


def test_a_terminal_has_a_bar_that_ends_full(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(120, True, monkeypatch)
    assert "0/2" in shown
    assert "NIBRS 2020: marts/agency_year" in shown
    assert "2/2" in shown
    assert "7 rows" not in shown
