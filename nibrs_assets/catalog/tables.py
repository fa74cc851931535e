"""The tables that ship with the package: harmonized, marts, and those that models of clearance learn from."""

import functools
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from nibrs_assets.catalog.model import CLEARANCE, LAYERS, Table
from nibrs_assets.core.kept import kept
from nibrs_assets.core.paths import PACKAGE, SQL_FOLDER
from nibrs_assets.layouts.loader import layout_files, shipped_layouts

_Value = TypeVar("_Value")


@functools.cache
def shipped_tables() -> dict[str, Table]:
    """All tables of `LAYERS` that ship with the package by name, each after those that its SQL reads."""
    return {name: table for name, table in _shipped().items() if table.layer in LAYERS}


@functools.cache
def clearance_tables() -> dict[str, Table]:
    """The tables of the layer `CLEARANCE` by name."""
    return {name: table for name, table in _shipped().items() if table.layer == CLEARANCE}


@functools.cache
def _shipped() -> dict[str, Table]:
    return keep("tables", _load)


def keep(name: str, make: Callable[[], _Value]) -> _Value:
    """What `make` derives from the shipped catalog, kept until a file of it changes (`kept`)."""
    versions = " ".join(f"{library} {version(library)}" for library in ("duckdb", "pyarrow", "sqlglot"))
    return kept(name, _files(), versions, make)


def _files() -> Iterator[Path]:
    yield from layout_files()
    yield from (path for path in SQL_FOLDER.rglob("*") if path.suffix in (".sql", ".yaml"))
    yield from (path for room in ("catalog", "core", "fixed_width") for path in (PACKAGE / room).glob("*.py"))


def _load() -> dict[str, Table]:
    # It brings sqlglot, and asks DuckDB for the types of all columns: seconds that are spent once.
    from nibrs_assets.catalog.load import load_tables

    return load_tables(SQL_FOLDER, shipped_layouts())


def tables_of(*kinds: str) -> dict[str, Table]:
    """The tables that are made from these kinds of master file, all of them and no other."""
    return {name: table for name, table in shipped_tables().items() if table.kinds == kinds}


def kinds_of_tables() -> list[tuple[str, ...]]:
    """The kinds of master file that tables are made from: each alone, then those together that some table reads."""
    return sorted({table.kinds for table in shipped_tables().values()}, key=lambda kinds: (len(kinds), kinds))
