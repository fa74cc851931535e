"""The loops of decoding by NumPy and Arrow, for machines without a compiler. They leave the same memory behind as `_loops.c`."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nibrs_assets.core.arrow import buffer_of, values_in
from nibrs_assets.fixed_width.columns import texts
from nibrs_assets.fixed_width.forms import lay_out
from nibrs_assets.fixed_width.loops import CODE, TEXT, Bytes, Gathering, Integers, Shapes

_NEWLINE, _RETURN, _BLANK, _ZERO = b"\n\r 0"
_AT_ONCE = 1 << 24

_LONG_RUN = 8
"""A column is read by runs when they are this long on average: ORIs, constants, blanks."""

Booleans = npt.NDArray[np.bool_]


class Plain:
    """See `loops.Loops`."""

    def lines(self, data: Bytes, begin: int, stop: int, most: int) -> tuple[Integers, Integers, int]:
        """See `Loops`."""
        (ends,) = np.nonzero(data[begin:stop] == _NEWLINE)
        if stop > begin and data[stop - 1] != _NEWLINE:
            ends = np.append(ends, stop - begin)
        ends = ends[:most]
        starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
        lengths = ends - starts
        lengths -= (lengths > 0) & (data[begin + ends - 1] == _RETURN)
        return starts.astype(np.int64), lengths.astype(np.int64), int(ends[-1]) if len(ends) else 0

    def gather(
        self, into: Gathering, data: Bytes, starts: Integers, lengths: Integers, shapes: Shapes | None, at: int
    ) -> int:
        """See `Loops`; what lacks room gets it, so that all rows are added."""
        some = max(1, _AT_ONCE // into.form.row_bytes)
        for first in range(0, len(starts), some):
            part = slice(first, first + some)
            rows = lay_out(into.form, data, starts[part], lengths[part], None if shapes is None else shapes[part])
            for which, column in enumerate(into.columns):
                column.make_room(len(rows))
                _add(into, which, rows, at + first)
        return len(starts)


def _add(into: Any, which: int, rows: Bytes, at: int) -> None:
    column, place = into.columns[which], into.form.places[which]
    cells = rows[:, place.start : place.start + place.width]
    if column.c.kind == TEXT:
        valid = _add_texts(column, cells, at)
    elif column.c.kind != CODE:
        valid = _add_counts(into, which, rows, cells, at)
    elif place.width <= 2:
        valid = _add_short_codes(column, cells, at)
    else:
        valid = _add_long_codes(column, rows, cells, at)
    column.c.valid += int(np.count_nonzero(valid))
    _set_bits(column.validity, valid, at)


def _set_bits(validity: Bytes, valid: Booleans, at: int) -> None:
    before = np.unpackbits(validity[at >> 3 : (at >> 3) + 1], bitorder="little")[: at & 7]
    packed = np.packbits(np.concatenate((before.astype(bool), valid)), bitorder="little")
    validity[at >> 3 : (at >> 3) + len(packed)] = packed


def _add_texts(column: Any, cells: Bytes, at: int) -> Booleans:
    _, ends, data = texts(cells).buffers()
    offsets = values_in(ends, np.int32, len(cells) + 1)
    begin = column.c.text_bytes
    column.values[at + 1 : at + 1 + len(cells)] = offsets[1:] + begin
    column.text[begin : begin + offsets[-1]] = values_in(data, np.uint8, int(offsets[-1])) if offsets[-1] else 0
    column.c.text_bytes += int(offsets[-1])
    return np.diff(offsets) > 0


def _add_short_codes(column: Any, cells: Bytes, at: int) -> Booleans:
    keys = cells[:, 0].astype(np.int64)
    blank = _BLANK
    if cells.shape[1] == 2:
        keys |= cells[:, 1].astype(np.int64) << 8
        blank |= _BLANK << 8
    valid: Booleans = keys != blank
    slots = column.slots
    found = slots.take(keys)
    unknown = keys[(found == 0) & valid]
    if len(unknown):
        distinct, firsts = np.unique(unknown, return_index=True)
        for key in distinct[np.argsort(firsts)]:
            slots[key] = column.add_key(int(key), 0) + 1
        found = slots.take(keys)
    column.values[at : at + len(keys)] = np.where(valid, found - valid, 0)
    return valid


def _add_long_codes(column: Any, rows: Bytes, cells: Bytes, at: int) -> Booleans:
    width = cells.shape[1]
    keys = _numbers(rows, column.c.start + width // 9, width)
    changes: Any = keys[1:] != keys[:-1]
    if width > 8:
        changes = changes | (cells[1:, 0] != cells[:-1, 0])
    if np.count_nonzero(changes) * _LONG_RUN >= len(keys):
        places = _places(column, keys, cells)
    else:
        bounds = np.concatenate(([0], np.flatnonzero(changes) + 1, [len(keys)]))
        places = np.repeat(_places(column, keys[bounds[:-1]], cells[bounds[:-1]]), np.diff(bounds))
    column.values[at : at + len(keys)] = np.maximum(places, 0)
    valid: Booleans = places >= 0
    return valid


def _places(column: Any, keys: npt.NDArray[np.uint64], cells: Bytes) -> npt.NDArray[np.int32]:
    """The place of each cell among the distinct ones of the column, -1 for blank ones."""
    width = cells.shape[1]
    if width == 9:
        packed = np.ascontiguousarray(cells)
        whole: Any = pa.Array.from_buffers(pa.binary(9), len(cells), [None, buffer_of(packed)])
    else:
        whole = pa.array(keys)
    encoded = whole.dictionary_encode()
    known, blank = column.known(), b" " * width
    here = []
    for value in encoded.dictionary.to_pylist():
        cell = value if width == 9 else value.to_bytes(8, "little")[:width]
        if cell == blank:
            here.append(-1)
            continue
        if cell not in known:
            number = int.from_bytes(cell[-8:], "little")
            known[cell] = column.add_key(number, cell[0] if width == 9 else 0)
        here.append(known[cell])
    indices = values_in(encoded.indices.buffers()[1], np.int32, len(cells))
    return np.array(here, np.int32).take(indices)


def _add_counts(into: Any, which: int, rows: Bytes, cells: Bytes, at: int) -> Booleans:
    """Each distinct count is read once; one of nine bytes is rare, and read each time."""
    if cells.shape[1] > 8:
        distinct = cells
        places: Any = np.arange(len(cells))
    else:
        encoded = pa.array(_numbers(rows, into.columns[which].c.start, cells.shape[1])).dictionary_encode()
        numbers = encoded.dictionary.to_numpy(zero_copy_only=False).astype("<u8")
        distinct = numbers.view(np.uint8).reshape(-1, 8)[:, : cells.shape[1]]
        places = values_in(encoded.indices.buffers()[1], np.int32, len(cells))
    digits = distinct - np.uint8(_ZERO)
    values = digits[:, 0].astype(np.int64)
    for place in range(1, cells.shape[1]):
        values = values * 10 + digits[:, place]
    is_number = np.asarray((digits <= 9).all(axis=1))
    is_odd = ~is_number & (distinct != _BLANK).any(axis=1)
    into.columns[which].values[at : at + len(cells)] = np.where(is_number, values, 0).take(places)
    if is_odd.any():
        odd = np.flatnonzero(is_odd.take(places))
        into.put_aside(at + odd, which, cells[odd])
    return np.asarray(is_number.take(places))


def _numbers(rows: Bytes, start: int, width: int) -> npt.NDArray[np.uint64]:
    """The `width` bytes (up to 8) of each row at `start` as a little-endian number."""
    numbers = rows[:, start : start + 8].copy().view("<u8")[:, 0]
    return numbers if width >= 8 else numbers & np.uint64((1 << 8 * width) - 1)
