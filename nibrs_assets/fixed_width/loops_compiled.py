"""The loops of decoding in C, where the package was installed with a compiler.

It is C without Python's headers, which many machines with a compiler lack, and called by ctypes. Numba would be wheels of 64 MB,
and would compile on each machine, for some 300 lines.
"""

import ctypes
import importlib.util

import numpy as np

from nibrs_assets.fixed_width.arrays import Bytes, Integers, Shapes
from nibrs_assets.fixed_width.loops import Gathering

_VERSION = 2


class Compiled:
    """The loops of `_loops.c`."""

    def __init__(self, library: ctypes.CDLL) -> None:
        pointer, number = ctypes.c_void_p, ctypes.c_int64
        self._lines, self._gather = library.nibrs_lines, library.nibrs_gather
        self._lines.restype = self._gather.restype = number
        self._lines.argtypes = [pointer, number, number, number, pointer, pointer, pointer]
        self._gather.argtypes = [
            *[pointer] * 4,
            number,
            *[pointer] * 3,
            number,
            number,
            pointer,
            ctypes.c_int32,
            number,
            pointer,
        ]

    def lines(self, data: Bytes, begin: int, stop: int, most: int) -> tuple[Integers, Integers, int]:
        """See `Loops`."""
        starts, lengths, ended = np.empty(most, np.int64), np.empty(most, np.int64), ctypes.c_int64()
        places = starts.ctypes.data, lengths.ctypes.data
        found = self._lines(data.ctypes.data, begin, stop, most, *places, ctypes.addressof(ended))
        return starts[:found].copy(), lengths[:found].copy(), ended.value

    def gather(
        self, into: Gathering, data: Bytes, starts: Integers, lengths: Integers, shapes: Shapes | None, at: int
    ) -> int:
        """See `Loops`."""
        form = into.form
        found: int = self._gather(
            data.ctypes.data,
            starts.ctypes.data,
            lengths.ctypes.data,
            None if shapes is None else shapes.ctypes.data,
            len(starts),
            form.pieces.ctypes.data,
            form.bounds.ctypes.data,
            into.scratch.ctypes.data,
            form.row_bytes,
            form.rows_at_once,
            ctypes.addressof(into.c_columns),
            len(form.places),
            at,
            ctypes.addressof(into.c_unusual),
        )
        return found


def compiled() -> Compiled | None:
    """The compiled loops, or None where the package was installed without a compiler, or by an earlier version."""
    found = importlib.util.find_spec("nibrs_assets.fixed_width._loops")
    if not found or not found.origin:
        return None
    try:
        library = ctypes.CDLL(found.origin)
        return Compiled(library) if library.nibrs_loops_version() == _VERSION else None
    except (OSError, AttributeError):
        return None
