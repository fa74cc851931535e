"""The inner loops of decoding: where lines begin, and rows to columns. Compiled where the package was installed with a compiler.

`_loops.c` has them in C, `loops_numpy.py` the same for NumPy. Both leave the same memory behind, to the byte.
It is C without Python's headers, which many machines with a compiler lack, and called by ctypes. Numba would be wheels of 64 MB,
and would compile on each machine, for some 300 lines.
"""

import ctypes
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nibrs_assets.fixed_width.forms import Form

_VERSION = 2
CODE, TEXT, COUNT = range(3)

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.uint16]


class Column(ctypes.Structure):
    """A column being gathered, as the loops see it. `gathering.Gathered` has the memory that it points to."""

    _fields_: ClassVar[Any] = [
        *((name, ctypes.c_int32) for name in ("start", "width", "kind", "distinct", "most_distinct")),
        *((name, ctypes.c_int32) for name in ("slot_bits", "placed")),
        ("valid", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("values", "validity", "keys", "firsts", "slots", "text")),
        *((name, ctypes.c_int64) for name in ("text_bytes", "most_text_bytes")),
    ]


class Unusual(ctypes.Structure):
    """Counts that are neither digits nor blank: their rows, their columns, their cells (16 bytes each)."""

    _fields_: ClassVar[Any] = [
        *((name, ctypes.c_int64) for name in ("found", "most")),
        *((name, ctypes.c_void_p) for name in ("rows", "columns", "cells")),
    ]


class Gathering(Protocol):
    """What the loops need to know of a segment: its form, its columns, where its unusual counts go."""

    form: "Form"
    c_columns: Any
    c_unusual: Unusual
    scratch: Bytes
    columns: Any


class Loops(Protocol):
    """The two loops."""

    def lines(self, data: Bytes, begin: int, stop: int, most: int) -> tuple[Integers, Integers, int]:
        """Where each line of `data[begin:stop]` begins, from `begin`; its length without LF or CR LF; where the last one's LF is.

        There are at most `most` lines.
        """

    def gather(
        self, into: Gathering, data: Bytes, starts: Integers, lengths: Integers, shapes: Shapes | None, at: int
    ) -> int:
        """Add lines as rows `at` and following; returns how many, which are fewer where a column has no room left."""


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


_in_use: list[Loops] = []


def loops() -> Loops:
    """The loops to decode with: the compiled ones where there are any."""
    if not _in_use:
        from nibrs_assets.fixed_width.loops_numpy import Plain

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
