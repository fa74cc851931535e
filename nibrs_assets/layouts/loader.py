"""Loads and validates `layouts/`: record layouts and code tables, the single source of truth.

`layouts/README.md` describes the format. Everything else (Arrow schemas, casts, comments, lineage, checks) is derived from what
this returns, the plain data classes of `model.py`.
"""

import functools
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from nibrs_assets.core.kept import kept
from nibrs_assets.core.paths import PACKAGE, shipped_folder
from nibrs_assets.layouts.errors import LayoutError
from nibrs_assets.layouts.model import Layouts

__all__ = ["LayoutError", "layout_files", "load_layouts", "shipped_layouts"]


@functools.cache
def shipped_layouts() -> Layouts:
    """The layouts that ship with the package."""
    versions = f"pydantic {version('pydantic')}"
    return kept("layouts", layout_files(), versions, lambda: load_layouts(shipped_folder("layouts")))


def layout_files() -> Iterator[Path]:
    """The files that the shipped layouts are made from, the modules that read them included."""
    yield from (path for path in shipped_folder("layouts").rglob("*") if path.suffix in (".yaml", ".csv"))
    yield from (PACKAGE / "layouts").glob("*.py")


def load_layouts(folder: Path) -> Layouts:
    """Read and validate the layouts in `folder`.

    Raises `LayoutError` with file and line for overlaps, undeclared gaps, names used twice, unknown code tables, keys or types,
    and years that contradict each other.
    """
    # They bring pydantic and YAML, which nothing needs that finds the layouts kept.
    from nibrs_assets.layouts.codes import read_codes
    from nibrs_assets.layouts.kinds import read_combinations, read_kinds
    from nibrs_assets.layouts.series_breaks import read_series_breaks

    codes = {path.stem: read_codes(path) for path in sorted((folder / "codes").glob("*.csv"))}
    kinds = read_kinds(folder, codes)
    breaks = read_series_breaks(folder / "series_breaks.csv", codes)
    return Layouts(kinds, codes, breaks, read_combinations(folder, kinds))
