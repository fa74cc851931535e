"""Which loops to decode with."""

from collections.abc import Iterator
from contextlib import contextmanager

from nibrs_assets.fixed_width.loops import Loops
from nibrs_assets.fixed_width.loops_compiled import compiled
from nibrs_assets.fixed_width.loops_numpy import Plain

_in_use: list[Loops] = []


def loops() -> Loops:
    """The loops to decode with: the compiled ones where there are any."""
    if not _in_use:
        _in_use.append(compiled() or Plain())
    return _in_use[-1]


@contextmanager
def using(these: Loops) -> Iterator[None]:
    """Decode with `these` loops; what is being decoded keeps those that it began with."""
    loops()
    _in_use.append(these)
    try:
        yield
    finally:
        _in_use.pop()
