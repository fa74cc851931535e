"""Between the bytes of fixed-width fields and Arrow text columns, in both directions, without a loop over records.

The text of a field is its bytes read as Latin-1 (one byte, one character, so that nothing shifts), right-trimmed of blanks; a
blank field is NULL. The blanks before and the zeros are kept, and so are NUL bytes.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.fixed_width.lines import Bytes, Integers

DICTIONARY_WIDTH = 9
"""Fields up to this width (codes, dates, ORIs, numbers) repeat their values and are decoded once per distinct value."""

DICTIONARY = pa.dictionary(pa.int32(), pa.string())

_BLANK = 0x20
_WIDE = 64


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
    if rows < width // _WIDE:
        return np.array([len(row.tobytes().rstrip(b" ")) for row in cells], np.int64)
    lengths = np.zeros(rows, np.int64)
    for column in range(width):
        lengths[cells[:, column] != _BLANK] = column + 1
    return lengths


def _dictionary_column(cells: Bytes) -> pa.DictionaryArray:
    rows, width = cells.shape
    if (cells == _BLANK).all():
        # Most places of the repeated groups are blank, and this is soon told.
        return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))
    encoded = _hashable(cells, rows, width).dictionary_encode()
    values = [_decode(value, width) for value in encoded.dictionary.to_pylist()]
    # Different bytes are different texts, but for the blank one, which becomes NULL.
    blank = values.index("") if "" in values else None
    if blank is None:
        return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(values, pa.string()))
    indices = encoded.indices.to_numpy()
    moved = indices - (indices > blank)
    return pa.DictionaryArray.from_arrays(
        pa.array(moved, pa.int32(), mask=indices == blank), pa.array(values[:blank] + values[blank + 1 :], pa.string())
    )


def _hashable(cells: Bytes, rows: int, width: int) -> pa.Array:
    """The cells as an Arrow array that hashes fast: integers up to 8 bytes, fixed-size binary beyond."""
    if width > 8:
        return pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(width), rows, [None, pa.py_buffer(np.ascontiguousarray(cells))]
        )
    size = next(size for size in (1, 2, 4, 8) if size >= width)
    if size == width:
        packed = np.ascontiguousarray(cells)
    else:
        packed = np.zeros((rows, size), np.uint8)
        packed[:, :width] = cells
    return pa.array(packed.view(f"<u{size}").reshape(rows))


def _decode(value: int | bytes, width: int) -> str:
    data = value if isinstance(value, bytes) else value.to_bytes(8, "little")[:width]
    return data.rstrip(b" ").decode("latin-1")


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
