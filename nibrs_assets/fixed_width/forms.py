"""Lays the lines of a segment out as rows in which each column has one place, whatever the shape of its line."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nibrs_assets.fixed_width.columns import DICTIONARY_WIDTH
from nibrs_assets.layouts.model import MOST_DIGITS, Field, Record

_NOWHERE = 1 << 30
"""Beyond the end of any line, where all is blank."""

_ROOM_FOR_A_NUMBER = 8
"""Bytes behind a row, as cells are read eight bytes at a time."""

_WIDEST = 1 << 13
"""Bytes of a row at most: the texts of a row group, two bytes for each of a field, are then fewer than 32 bits count."""

_AT_ONCE = 1 << 16
_MOST_ROWS = 256


@dataclass(frozen=True)
class Place:
    """Where a column stands in a row: `width` bytes at `start`, from 0."""

    name: str
    start: int
    width: int
    is_count: bool

    @property
    def is_code(self) -> bool:
        """Whether its values repeat, so that each is read once."""
        return not self.is_count and self.width <= DICTIONARY_WIDTH


@dataclass(frozen=True)
class Form:
    """The rows of a segment. A line of shape s becomes a row by the pieces `shapes[s]`: (from byte, bytes, to byte), all from 0."""

    places: tuple[Place, ...]
    shapes: tuple[tuple[tuple[int, int, int], ...], ...]

    def __post_init__(self) -> None:
        """Raises `ValueError` for what the loops, which write without looking, have no room for."""
        if self.row_bytes - _ROOM_FOR_A_NUMBER >= _WIDEST:
            raise ValueError(f"a row must be shorter than {_WIDEST:,} bytes")
        for place in self.places:
            if not 1 <= place.width <= (MOST_DIGITS if place.is_count else _WIDEST):
                raise ValueError(f"{place.name} can't be {place.width} bytes wide")

    @property
    def row_bytes(self) -> int:
        """The length of a row and of what may be read behind it."""
        return self.places[-1].start + self.places[-1].width + _ROOM_FOR_A_NUMBER

    @property
    def rows_at_once(self) -> int:
        """How many rows are laid out at a time (256 at most), so that they stay in the processor's cache."""
        return max(1, min(_MOST_ROWS, _AT_ONCE // self.row_bytes))

    @cached_property
    def pieces(self) -> npt.NDArray[np.int32]:
        """The pieces of all shapes, shape (pieces, 3)."""
        return np.array([piece for shape in self.shapes for piece in shape], np.int32)

    @cached_property
    def bounds(self) -> npt.NDArray[np.int32]:
        """Where the pieces of each shape begin and those of the last one end."""
        return np.cumsum([0, *map(len, self.shapes)], dtype=np.int32)


def form_of(record: Record) -> Form:
    """The form of a record: shape 0 is its own, then come its variants; with `rows`, shape n is the n-th row of a line."""
    if not (rows := record.rows):
        return _form(record.fields, [_stands(record.fields), *(_stands(v.fields) for v in record.variants)])
    carried = _stands(rows.carries)
    moved = [[(start + n * rows.width, width) for start, width in _stands(record.fields)] for n in range(rows.times)]
    return _form((*rows.carries, *record.fields), [carried + of_row for of_row in moved])


def _stands(fields: Sequence[Field]) -> list[tuple[int, int]]:
    return [(field.start - 1, field.width) for field in fields]


def _form(fields: Sequence[Field], shapes: Sequence[Sequence[tuple[int, int]]]) -> Form:
    widths = [max(width for _, width in of_field) for of_field in zip(*shapes, strict=True)]
    starts = np.cumsum([0, *widths]).tolist()
    places = tuple(
        Place(field.name, start, width, field.type == "count")
        for field, start, width in zip(fields, starts, widths, strict=False)
    )
    return Form(places, tuple(_pieces(shape, places) for shape in shapes))


def _pieces(shape: Sequence[tuple[int, int]], places: Sequence[Place]) -> tuple[tuple[int, int, int], ...]:
    """The fewest pieces that fill a row: neighbours in both line and row are one."""
    pieces: list[tuple[int, int, int]] = []
    for (start, width), place in zip(shape, places, strict=True):
        blank = (_NOWHERE, place.width - width, place.start + width)
        for begin, size, to in ((start, width, place.start), blank):
            if pieces and pieces[-1][0] + pieces[-1][1] == begin:
                pieces[-1] = (pieces[-1][0], pieces[-1][1] + size, pieces[-1][2])
            elif size:
                pieces.append((begin, size, to))
    return tuple(pieces)


def lay_out(form: Form, data: npt.NDArray[np.uint8], starts: Any, lengths: Any, shapes: Any) -> npt.NDArray[np.uint8]:
    """The lines as rows, shape (lines, row bytes), by NumPy; `shapes` is None where all lines are of shape 0."""
    rows = np.full((len(starts), form.row_bytes), ord(" "), np.uint8)
    for number, shape in enumerate(form.shapes):
        which = np.arange(len(starts)) if shapes is None else np.flatnonzero(shapes == number)
        if shapes is None and number:
            break
        for begin, size, to in shape:
            if begin < _NOWHERE:
                _copy(
                    rows,
                    which,
                    data,
                    starts[which] + begin,
                    np.clip(lengths[which] - begin, 0, size),
                    slice(to, to + size),
                )
    return rows


def _copy(rows: Any, which: Any, data: Any, starts: Any, there: Any, to: slice) -> None:
    size = to.stop - to.start
    items = np.ndarray(len(data) - size + 1, dtype=f"V{size}", buffer=data, strides=(1,))
    # A line that ends before the piece has nothing to give, wherever its window would lie.
    cells = items[np.where(there > 0, starts, 0)].view(np.uint8).reshape(len(which), size)
    (short,) = np.nonzero(there < size)
    cells[short] = np.where(np.arange(size) >= there[short, None], np.uint8(ord(" ")), cells[short])
    rows[which, to] = cells
