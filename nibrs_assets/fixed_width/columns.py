"""Between the bytes of fixed-width fields and Arrow text columns, in both directions, without a loop over records.

The text of a field is its bytes read as Latin-1 (one byte, one character, so that nothing shifts), right-trimmed of blanks; a
blank field is NULL. The blanks before and the zeros are kept, and so are NUL bytes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.fixed_width.lines import Bytes, Integers

DICTIONARY_WIDTH = 9
"""Fields up to this width (codes, dates, ORIs, numbers) repeat their values and are decoded once per distinct value."""

DICTIONARY = pa.dictionary(pa.int32(), pa.string())

Keys = npt.NDArray[np.unsignedinteger[Any]]

_BLANK = 0x20

_LONG_RUN = 8
"""A column is read by runs when they are this long on average: ORIs, constants, blanks."""

_SPREAD = np.array([sum((byte >> bit & 1) << 8 * bit + 7 for bit in range(8)) for byte in range(256)], np.uint64)
"""The bits of a byte, each at the top of one of eight bytes."""


def column_type(width: int) -> pa.DataType:
    """The Arrow type a field of `width` bytes is decoded to; both are text in Parquet."""
    return DICTIONARY if width <= DICTIONARY_WIDTH else pa.string()


def text_column(cells: Bytes) -> pa.Array:
    """Decode `cells`, shape (records, width), to a text column of `column_type(width)`."""
    rows, width = cells.shape
    if width <= DICTIONARY_WIDTH:
        return _dictionary_column(cells)
    if rows and cells.max() > 0x7F:
        return _dictionary_column(cells).cast(pa.string())
    return _string_column(cells)


def trimmed_lengths(cells: Bytes) -> Integers:
    """The length of each row of `cells` without the blanks at its end."""
    rows, width = cells.shape
    lengths = np.zeros(rows, np.int64)
    for column in range(width):
        lengths[cells[:, column] != _BLANK] = column + 1
    return lengths


def _dictionary_column(cells: Bytes) -> pa.DictionaryArray:
    """Every distinct cell becomes a text once; cells that stand still over many records are looked at once a run."""
    rows, width = cells.shape
    if width > 8 and rows and cells.max() > 0x7F:
        packed = pa.py_buffer(np.ascontiguousarray(cells))
        encoded = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), rows, [None, packed]).dictionary_encode()
        distinct = np.array([list(value) for value in encoded.dictionary.to_pylist()], np.uint8)
        return _texts(distinct).take(encoded.indices).dictionary_encode()
    keys = _keys(cells)
    [blank] = _keys(np.full((1, width), _BLANK, np.uint8))
    run_ends = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    if len(run_ends) * _LONG_RUN < rows:
        starts = np.concatenate(([0], run_ends))[: rows + 1]
        lengths = np.diff(np.append(starts, rows))
        indices, distinct = _encoded(keys[starts[: len(lengths)]], blank)
        indices = np.repeat(indices, lengths)
    else:
        indices, distinct = _encoded(keys, blank)
    texts = _texts(_cells(distinct, width))
    return pa.DictionaryArray.from_arrays(_with_nulls(indices, keys == blank), texts)


def _keys(cells: Bytes) -> Keys:
    """A number for each cell, of the same size for all: its bytes, of a ninth byte one bit in each of the other eight (ASCII)."""
    rows, width = cells.shape
    size = next(size for size in (1, 2, 4, 8) if size >= min(width, 8))
    keys = np.zeros(rows, f"<u{size}")
    at = width - min(width, 8)
    shift = 0
    for piece in (8, 4, 2, 1):
        if min(width, 8) & piece:
            numbers = cells[:, at : at + piece].view(f"<u{piece}")[:, 0].astype(keys.dtype)
            keys |= numbers << keys.dtype.type(shift) if shift else numbers
            at, shift = at + piece, shift + 8 * piece
    if width > 8:
        keys |= _SPREAD[cells[:, 0]]
    return keys


def _cells(keys: Keys, width: int) -> Bytes:
    """The inverse of `_keys`."""
    size = keys.dtype.itemsize
    if width <= 8:
        return keys.view(np.uint8).reshape(-1, size)[:, :width]
    bits = np.unpackbits(keys.view(np.uint8).reshape(-1, size, 1), axis=2)
    first = np.packbits(bits[:, :, 0], axis=1, bitorder="little")
    return np.column_stack([first, keys.view(np.uint8).reshape(-1, size) & np.uint8(0x7F)])


def _encoded(keys: Keys, blank: np.unsignedinteger[Any]) -> tuple[npt.NDArray[np.int32], Keys]:
    """The place of each key among the distinct ones, and these, without the `blank` one (whose place says nothing)."""
    if keys.dtype.itemsize <= 2:
        there = np.bincount(keys, minlength=int(blank) + 1)
        there[blank] = 0
        distinct = np.flatnonzero(there)
        places = np.zeros(len(there), np.int32)
        places[distinct] = np.arange(len(distinct))
        return places.take(keys), distinct.astype(keys.dtype)
    is_blank = keys == blank
    encoded = pa.array(keys, mask=is_blank if is_blank.any() else None).dictionary_encode()
    indices = np.frombuffer(encoded.indices.buffers()[1], np.int32, len(keys))
    return indices, encoded.dictionary.to_numpy(zero_copy_only=False).astype(keys.dtype)


def _with_nulls(values: npt.NDArray[np.int32], is_null: npt.NDArray[np.bool_]) -> pa.Int32Array:
    validity = pa.py_buffer(np.packbits(~is_null, bitorder="little")) if is_null.any() else None
    return pa.Int32Array.from_buffers(pa.int32(), len(values), [validity, pa.py_buffer(values)])


def _texts(cells: Bytes) -> pa.StringArray:
    if len(cells) and cells.max() > 0x7F:
        return pa.array([bytes(cell).rstrip(b" ").decode("latin-1") or None for cell in cells], pa.string())
    return _string_column(cells)


def _string_column(cells: Bytes) -> pa.StringArray:
    rows, width = cells.shape
    lengths = trimmed_lengths(cells)
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    data = np.ascontiguousarray(cells) if offsets[-1] == rows * width else cells[np.arange(width) < lengths[:, None]]
    validity = pa.array(lengths > 0).buffers()[1]
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data), validity)


def binary_array(data: Bytes, starts: Integers, lengths: Integers) -> pa.BinaryArray:
    """The bytes `starts` to `starts + lengths` of `data` as a binary column; nothing is trimmed and nothing is NULL."""
    offsets, packed = ragged(data, starts, lengths)
    return pa.Array.from_buffers(
        pa.binary(), len(lengths), [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(packed)], 0
    )


def ragged(data: Bytes, starts: Integers, lengths: Integers) -> tuple[Integers, Bytes]:
    """Lay the pieces `data[starts[i]:starts[i] + lengths[i]]` end to end: their offsets, and the bytes."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    positions = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
    return offsets, data[positions]


def cells_of(column: pa.Array, width: int) -> Bytes:
    """The inverse of `text_column`: the column as bytes, shape (records, width), blank where it has no text.

    Raises `UnicodeEncodeError` for a character beyond Latin-1 and `ValueError` for a text wider than `width`.
    """
    encoded = pc.dictionary_encode(column) if not pa.types.is_dictionary(column.type) else column
    values = [(value or "").encode("latin-1") for value in encoded.dictionary.to_pylist()]
    if any(len(value) > width for value in values):
        raise ValueError(f"{max(values, key=len)!r} is wider than the {width} bytes of its field")
    table = np.full((len(values) + 1, width), _BLANK, np.uint8)
    for row, value in enumerate(values):
        table[row, : len(value)] = np.frombuffer(value, np.uint8)
    indices: Integers = encoded.indices.fill_null(len(values)).to_numpy()
    return table[indices]
