"""What the inner loops of decoding are: where lines begin, and rows to columns.

`_loops.c` has them in C (`loops_compiled.py`), `loops_numpy.py` for NumPy. Both leave the same memory behind, to the byte.
"""

import ctypes
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from nibrs_assets.fixed_width.arrays import Bytes, Integers, Shapes

if TYPE_CHECKING:
    from nibrs_assets.fixed_width.forms import Form

CODE, TEXT, COUNT = range(3)


class Column(ctypes.Structure):
    """A column being gathered, as the loops see it. `gathering.GatheredColumn` has the memory that it points to."""

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
