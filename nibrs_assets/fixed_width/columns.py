"""Between the bytes of fixed-width fields and Arrow text columns, in both directions, without a loop over records.

The text of a field is its bytes read as Latin-1 (one byte, one character, so that nothing shifts), right-trimmed of blanks; a
blank field is NULL. The blanks before and the zeros are kept, and so are NUL bytes.
"""

import functools
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.core.arrow import Column, DictionaryColumn, buffer_of, nulls, values_in
from nibrs_assets.fixed_width.lines import Bytes, Integers

DICTIONARY_WIDTH = 9
"""Fields up to this width (codes, dates, ORIs, numbers) repeat their values and are decoded once per distinct value."""

Keys = npt.NDArray[np.unsignedinteger[Any]]

_BLANK = 0x20
_WIDE = 64

_LONG_RUN = 8
"""A column is read by runs when they are this long on average: ORIs, constants, blanks."""

_FEW = 64
"""So many texts of a column are kept for the next block: codes. ORIs and amounts are others in each, and would only pile up."""

_HIGH_BITS = np.uint64(0x8080808080808080)
_SPREAD = np.array([sum((byte >> bit & 1) << 8 * bit + 7 for bit in range(8)) for byte in range(256)], np.uint64)
"""The bits of a byte, each at the top of one of eight bytes."""


def column_type(width: int) -> pa.DataType:
    """The Arrow type a field of `width` bytes is decoded to; both are text in Parquet."""
    if width > DICTIONARY_WIDTH:
        return pa.string()
    return pa.dictionary(pa.uint16() if width <= 2 else pa.int32(), pa.string())


def text_column(records: Bytes, start: int, width: int) -> Column:
    """Decode the field of `width` bytes at `start` (from 0) of `records`, shape (records, bytes), to `column_type(width)`."""
    if not width:
        return nulls(len(records), column_type(0))
    cells = records[:, start : start + width]
    if width > DICTIONARY_WIDTH:
        return _texts(cells)
    keys = _keys(records, start, width)
    if keys is None:
        return _texts(cells).dictionary_encode()
    return _dictionary_column(keys, width)


def trimmed_lengths(cells: Bytes) -> Integers:
    """The length of each row of `cells` without the blanks at its end."""
    rows, width = cells.shape
    if rows < width // _WIDE:
        return np.array([len(row.tobytes().rstrip(b" ")) for row in cells], np.int64)
    lengths = np.zeros(rows, np.int64)
    for column in range(width):
        lengths[cells[:, column] != _BLANK] = column + 1
    return lengths


def _keys(records: Bytes, start: int, width: int) -> Keys | None:
    """A number for each cell, equal where its bytes are; of nine bytes None unless the last eight are ASCII."""
    if width <= 8:
        return _numbers(records, start + width, width)
    last = _numbers(records, start + width, 8)
    return None if (last & _HIGH_BITS).any() else last | _SPREAD.take(records[:, start])


def _numbers(records: Bytes, end: int, width: int) -> Keys:
    """The `width` bytes (up to 8) before `end` of each record as a little-endian number."""
    size = next(size for size in (1, 2, 4, 8) if size >= width)
    if end < size:
        records, end = np.pad(records, ((0, 0), (size, 0))), end + size
    # Where there is no number of that many bytes, a longer one is read that ends with them.
    longer = records[:, end - size : end].view(f"<u{size}")[:, 0]
    return longer >> longer.dtype.type(8 * (size - width)) if size > width else np.ascontiguousarray(longer)


def _cells(keys: Keys, width: int) -> Bytes:
    """The bytes that `_keys` made the numbers of, shape (keys, width)."""
    cells = keys.view(np.uint8).reshape(len(keys), keys.dtype.itemsize)
    if width <= 8:
        return cells[:, :width]
    first = np.packbits(cells >> 7, axis=1, bitorder="little")
    return np.column_stack([first, cells & np.uint8(0x7F)])


def distinct_cells(records: Bytes, start: int, width: int) -> tuple[npt.NDArray[Any], Bytes]:
    """The place of each record's cell (up to 8 bytes at `start`) among the distinct ones, and these, shape (distinct, width)."""
    places, distinct = _places(_numbers(records, start + width, width))
    return places, _cells(distinct, width)


def _dictionary_column(keys: Keys, width: int) -> DictionaryColumn:
    """Every distinct key becomes a text once."""
    blank = _blank_key(width)
    places, distinct = _places(keys, blank)
    of_keys = _known_texts if len(distinct) <= _FEW else _dictionary_texts
    texts = of_keys(distinct.tobytes(), distinct.dtype.itemsize, width)
    is_blank = keys == blank
    validity = buffer_of(np.packbits(~is_blank, bitorder="little")) if is_blank.any() else None
    indices: Any = pa.Array.from_buffers(pa.from_numpy_dtype(places.dtype), len(keys), [validity, buffer_of(places)])
    return pa.DictionaryArray.from_arrays(indices, texts, safe=False)


@functools.cache
def _blank_key(width: int) -> np.unsignedinteger[Any]:
    keys = _keys(np.full((1, width), _BLANK, np.uint8), 0, width)
    assert keys is not None
    blank: np.unsignedinteger[Any] = keys[0]
    return blank


def _dictionary_texts(keys: bytes, size: int, width: int) -> pa.StringArray:
    return _texts(_cells(np.frombuffer(keys, f"<u{size}"), width))


_known_texts = functools.lru_cache(maxsize=1 << 12)(_dictionary_texts)
"""The same for few keys: most columns of codes have the same ones block after block."""


def _places(keys: Keys, blank: np.unsignedinteger[Any] | None = None) -> tuple[npt.NDArray[Any], Keys]:
    """The place of each key among the distinct ones, and these, without the `blank` one (whose place says nothing).

    Places are uint16 for keys of one or two bytes, else int32. Keys that stand still over many records are looked at once a run.
    """
    changes = keys[1:] != keys[:-1]
    if np.count_nonzero(changes) * _LONG_RUN < len(keys):
        bounds = np.concatenate(([0], np.flatnonzero(changes) + 1, [len(keys)]))
        places, distinct = _places_of_each(keys[bounds[:-1]], blank)
        return np.repeat(places, np.diff(bounds)), distinct
    return _places_of_each(keys, blank)


def _places_of_each(keys: Keys, blank: np.unsignedinteger[Any] | None) -> tuple[npt.NDArray[Any], Keys]:
    if keys.dtype.itemsize <= 2:
        there = np.bincount(keys)
        if blank is not None and blank < len(there):
            there[blank] = 0
        distinct = np.flatnonzero(there)
        places = np.zeros(len(there), np.uint16)
        places[distinct] = np.arange(len(distinct))
        return places.take(keys), distinct.astype(keys.dtype)
    is_blank = keys == blank if blank is not None else np.zeros(0, bool)
    encoded = pa.array(keys, mask=is_blank if is_blank.any() else None).dictionary_encode()
    indices = values_in(encoded.indices.buffers()[1], np.int32, len(keys))
    return indices, encoded.dictionary.to_numpy(zero_copy_only=False).astype(keys.dtype)


def _texts(cells: Bytes) -> pa.StringArray:
    rows, width = cells.shape
    if rows and cells.max() > 0x7F:
        return pa.array([bytes(cell).rstrip(b" ").decode("latin-1") or None for cell in cells], pa.string())
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    untrimmed = pa.StringArray.from_buffers(rows, buffer_of(offsets), buffer_of(np.ascontiguousarray(cells)))
    if rows and (cells[:, -1] != _BLANK).all():
        return untrimmed
    # A text column has these two buffers always; only that of NULLs may be None.
    ends, data = cast("list[pa.Buffer]", pc.ascii_rtrim(untrimmed, characters=" ").buffers()[1:])
    offsets = values_in(ends, np.int32, rows + 1)
    validity = np.packbits(offsets[1:] > offsets[:-1], bitorder="little")
    return pa.StringArray.from_buffers(rows, ends, data, buffer_of(validity))


def binary_array(data: Bytes, starts: Integers, lengths: Integers) -> Column:
    """The bytes `starts` to `starts + lengths` of `data` as a binary column; nothing is trimmed and nothing is NULL."""
    offsets, packed = ragged(data, starts, lengths)
    return pa.Array.from_buffers(
        pa.binary(), len(lengths), [None, buffer_of(offsets.astype(np.int32)), buffer_of(packed)], 0
    )


def ragged(data: Bytes, starts: Integers, lengths: Integers) -> tuple[Integers, Bytes]:
    """Lay the pieces `data[starts[i]:starts[i] + lengths[i]]` end to end: their offsets, and the bytes."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    positions = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
    return offsets, data[positions]


def cells_of(column: Column, width: int) -> Bytes:
    """The inverse of `text_column`: the column as bytes, shape (records, width), blank where it has no text.

    Raises `UnicodeEncodeError` for a character beyond Latin-1 and `ValueError` for a text wider than `width`.
    """
    is_encoded = pa.types.is_dictionary(column.type)
    encoded = cast("DictionaryColumn", column if is_encoded else column.dictionary_encode())
    values = [(value or "").encode("latin-1") for value in encoded.dictionary.to_pylist()]
    if any(len(value) > width for value in values):
        raise ValueError(f"{max(values, key=len)!r} is wider than the {width} bytes of its field")
    table = np.full((len(values) + 1, width), _BLANK, np.uint8)
    for row, value in enumerate(values):
        table[row, : len(value)] = np.frombuffer(value, np.uint8)
    indices: Integers = encoded.indices.fill_null(len(values)).to_numpy()
    return table[indices]
