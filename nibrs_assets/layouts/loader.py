"""Loads and validates `layouts/`: record layouts and code tables, the single source of truth.

`layouts/README.md` describes the format. Everything else (Arrow schemas, casts, comments, lineage, checks) is derived from what
this returns, the plain data classes of `model.py`.
"""

import functools
from pathlib import Path

from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.layouts.codes import read_codes
from nibrs_assets.layouts.errors import LayoutError
from nibrs_assets.layouts.kinds import read_combinations, read_kinds
from nibrs_assets.layouts.model import Layouts
from nibrs_assets.layouts.series_breaks import read_series_breaks

__all__ = ["LayoutError", "load_layouts", "shipped_layouts"]


@functools.cache
def shipped_layouts() -> Layouts:
    """The layouts that ship with the package."""
    return load_layouts(shipped_folder("layouts"))


def load_layouts(folder: Path) -> Layouts:
    """Read and validate the layouts in `folder`.

    Raises `LayoutError` with file and line for overlaps, undeclared gaps, names used twice, unknown code tables, keys or types,
    and years that contradict each other.
    """
    codes = {path.stem: read_codes(path) for path in sorted((folder / "codes").glob("*.csv"))}
    kinds = read_kinds(folder, codes)
    breaks = read_series_breaks(folder / "series_breaks.csv", codes)
    return Layouts(kinds, codes, breaks, read_combinations(folder, kinds))
