"""The loops of decoding by NumPy and Arrow, for machines without a compiler. They leave the same memory behind as `_loops.c`."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nibrs_assets.core.arrow import buffer_of, values_in
from nibrs_assets.fixed_width.arrays import Bytes, Integers, Shapes
from nibrs_assets.fixed_width.columns import texts
from nibrs_assets.fixed_width.forms import lay_out
from nibrs_assets.fixed_width.loops import CODE, TEXT, Gathering

_NEWLINE, _RETURN, _BLANK, _ZERO = b"\n\r 0"
_AT_ONCE = 1 << 24

_LONG_RUN = 8
"""A column is read by runs when they are this long on average: ORIs, constants, blanks."""

_BLANKS = [int.from_bytes(b" " * width, "little") for width in range(9)]

Booleans = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.unsignedinteger[Any]]


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
        valid = _add_short_codes(column, rows, cells, at)
    else:
        valid = _add_long_codes(column, rows, cells, at)
    column.c.valid += int(np.count_nonzero(valid))
    _set_bits(column.validity, valid, at)


def _set_bits(validity: Bytes, valid: Booleans, at: int) -> None:
    before = np.unpackbits(validity[at >> 3 : (at >> 3) + 1], bitorder="little")[: at & 7]
    packed = np.packbits(np.concatenate((before.view(bool), valid)) if len(before) else valid, bitorder="little")
    validity[at >> 3 : (at >> 3) + len(packed)] = packed


def _add_texts(column: Any, cells: Bytes, at: int) -> Booleans:
    _, ends, data = texts(cells).buffers()
    offsets = values_in(ends, np.int32, len(cells) + 1)
    begin = column.c.text_bytes
    column.values[at + 1 : at + 1 + len(cells)] = offsets[1:] + begin
    column.text[begin : begin + offsets[-1]] = values_in(data, np.uint8, int(offsets[-1])) if offsets[-1] else 0
    column.c.text_bytes += int(offsets[-1])
    return np.diff(offsets) > 0


def _add_short_codes(column: Any, rows: Bytes, cells: Bytes, at: int) -> Booleans:
    width = cells.shape[1]
    keys = _numbers(rows, column.c.start, width)
    values = column.values[at : at + len(keys)]
    places = column.places
    places.take(keys, out=values, mode="clip")
    if not values.all():
        distinct, firsts = np.unique(keys[values == 0], return_index=True)
        for key in distinct[np.argsort(firsts)]:
            places[key] = ~np.uint16(column.add_key(int(key), 0))
        places.take(keys, out=values, mode="clip")
    np.invert(values, out=values)
    valid: Booleans = keys != _BLANKS[width]
    return valid


def _add_long_codes(column: Any, rows: Bytes, cells: Bytes, at: int) -> Booleans:
    width = cells.shape[1]
    keys = _numbers(rows, column.c.start + width // 9, width)
    changes: Any = keys[1:] != keys[:-1]
    if width > 8:
        changes |= cells[1:, 0] != cells[:-1, 0]
    values = column.values[at : at + len(keys)]
    if np.count_nonzero(changes) * _LONG_RUN >= len(keys):
        places = _places(column, keys, cells)
        np.maximum(places, 0, out=values)
        return np.asarray(places >= 0)
    bounds = np.concatenate(([0], np.flatnonzero(changes) + 1, [len(keys)]))
    places, times = _places(column, keys[bounds[:-1]], cells[bounds[:-1]]), np.diff(bounds)
    values[:] = np.repeat(np.maximum(places, 0), times)
    return np.repeat(places >= 0, times)


def _places(column: Any, keys: Numbers, cells: Bytes) -> npt.NDArray[np.int32]:
    """The place of each cell among the distinct ones of the column, -1 for blank ones."""
    width = cells.shape[1]
    if width == 9:
        whole: Any = pa.Array.from_buffers(pa.binary(9), len(cells), [None, buffer_of(np.ascontiguousarray(cells))])
    else:
        whole = pa.array(keys)
    encoded = whole.dictionary_encode()
    distinct, known = encoded.dictionary.to_pylist(), column.known
    known.setdefault(b" " * 9 if width == 9 else _BLANKS[width], -1)
    for value in distinct:
        if value not in known:
            known[value] = (
                column.add_key(int.from_bytes(value[1:], "little"), value[0])
                if width == 9
                else column.add_key(value, 0)
            )
    here = np.fromiter(map(known.__getitem__, distinct), np.int32, len(distinct))
    return here.take(values_in(encoded.indices.buffers()[1], np.int32, len(cells)))


def _add_counts(into: Any, which: int, rows: Bytes, cells: Bytes, at: int) -> Booleans:
    """Each distinct count is read once; one of nine bytes is rare, and read each time."""
    column, width = into.columns[which], cells.shape[1]
    if width > 8:
        distinct, places = cells, np.arange(len(cells), dtype=np.int32)
    else:
        keys = _numbers(rows, column.c.start, width)
        changes = np.flatnonzero(keys[1:] != keys[:-1])
        is_in_runs = len(changes) * _LONG_RUN < len(keys)
        bounds = np.concatenate(([0], changes + 1, [len(keys)])) if is_in_runs else None
        encoded = pa.array(keys if bounds is None else keys[bounds[:-1]]).dictionary_encode()
        numbers = encoded.dictionary.to_numpy(zero_copy_only=False).astype("<u8")
        distinct = numbers.view(np.uint8).reshape(-1, 8)[:, :width]
        places = values_in(encoded.indices.buffers()[1], np.int32, len(encoded))
        if bounds is not None:
            places = np.repeat(places, np.diff(bounds))
    digits = distinct - np.uint8(_ZERO)
    is_digit = digits <= 9
    values = digits[:, 0].astype(np.int32)
    for place in range(1, width):
        values = values * 10 + digits[:, place]
    into_values = column.values[at : at + len(cells)]
    if is_digit.all():
        values.take(places, out=into_values, mode="clip")
        return np.ones(len(cells), bool)
    is_number = is_digit.all(axis=1)
    np.where(is_number, values, 0).astype(np.int32).take(places, out=into_values, mode="clip")
    is_odd = ~is_number & (distinct != _BLANK).any(axis=1)
    if is_odd.any():
        odd = np.flatnonzero(is_odd.take(places))
        into.put_aside(at + odd, which, cells[odd])
    return np.asarray(is_number.take(places))


def _numbers(rows: Bytes, start: int, width: int) -> Numbers:
    """The `width` bytes (up to 8) of each row at `start` as a little-endian number."""
    size = next(size for size in (1, 2, 4, 8) if size >= min(width, 8))
    # Numbers that lie a row apart are copied several times faster than pairs of bytes.
    numbers: Numbers = np.ndarray(len(rows), f"<u{size}", rows, start, rows.strides[:1]).copy()
    return numbers if width >= size else numbers & numbers.dtype.type((1 << 8 * width) - 1)
