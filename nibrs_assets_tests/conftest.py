"""Fixtures that tests of several rooms use, and the order in which modules begin."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from nibrs_assets_tests.support.decoding import decode_bytes, segments_in
from nibrs_assets_tests.support.fbi_server import FbiServer, fbi_server
from nibrs_assets_tests.support.samples import REAL_LINES

if TYPE_CHECKING:
    import dagster as dg

    from nibrs_assets_tests.support.home import Home

LONGEST_FIRST = (
    "test_deployment",
    "test_reporting",
    "test_counting",
    "test_cli",
    "test_disturbed",
    "test_pipeline",
    "test_dictionary",
    "test_places",
    "test_return_a_pipeline",
    "test_year_checks",
    "test_s3_pipeline",
    "test_reference",
    "test_traced_bytes",
    "test_automation",
)
"""Modules that take longest, by name: they begin first, so that no worker is left alone with one at the end."""


def pytest_xdist_auto_num_workers() -> int:
    """A worker more than there are cores, as tests wait for the services that they start."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first; the others keep their order."""
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


@pytest.fixture
def real_lines() -> bytes:
    """31 lines of the FBI's 2021 file, verbatim."""
    return REAL_LINES.read_bytes()


@pytest.fixture
def decoded(tmp_path: Path) -> Callable[[bytes], dict[str, list[dict[str, object]]]]:
    """Decodes text and gives the rows of every segment."""

    def rows(text: bytes, year: int | None = None) -> dict[str, list[dict[str, object]]]:
        report = decode_bytes(text, tmp_path, year)
        return {name: pq.read_table(path).to_pylist() for name, path in segments_in(tmp_path, report.kind).items()}

    return rows


@pytest.fixture
def fbi() -> Iterator[FbiServer]:
    """A server that behaves like the FBI's download service."""
    with fbi_server() as server:
        yield server


@pytest.fixture
def instance() -> "Iterator[dg.DagsterInstance]":
    """A Dagster instance that remembers runs until the test ends."""
    # Importing Dagster takes seconds, and most modules do without it.
    import dagster as dg

    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def home_at(tmp_path: Path) -> "Callable[..., Home]":
    """Makes a home in the test's folder; its arguments are further settings."""
    from nibrs_assets_tests.support.home import Home

    return lambda **environment: Home(tmp_path / "home", **environment)
