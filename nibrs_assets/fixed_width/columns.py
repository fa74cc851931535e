"""Between the bytes of fixed-width fields and Arrow text columns, in both directions, without a loop over records.

The text of a field is its bytes read as Latin-1 (one byte, one character, so that nothing shifts), right-trimmed of blanks; a
blank field is NULL. The blanks before and the zeros are kept, and so are NUL bytes.
"""

from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.core.arrow import Column, DictionaryColumn, buffer_of, values_in
from nibrs_assets.fixed_width.arrays import Bytes, Integers

DICTIONARY_WIDTH = 9
"""Fields up to this width (codes, dates, ORIs, numbers) repeat their values and are decoded once per distinct value."""

_BLANK = 0x20
_WIDE = 64


def column_type(width: int) -> pa.DataType:
    """The Arrow type a field of `width` bytes is decoded to; both are text in Parquet."""
    if width > DICTIONARY_WIDTH:
        return pa.string()
    return pa.dictionary(pa.uint16() if width <= 2 else pa.int32(), pa.string())


def trimmed_lengths(cells: Bytes) -> Integers:
    """The length of each row of `cells` without the blanks at its end."""
    rows, width = cells.shape
    if rows < width // _WIDE:
        return np.array([len(row.tobytes().rstrip(b" ")) for row in cells], np.int64)
    lengths = np.zeros(rows, np.int64)
    for column in range(width):
        lengths[cells[:, column] != _BLANK] = column + 1
    return lengths


def texts(cells: Bytes) -> pa.StringArray:
    """The cells, shape (records, width), as text: trimmed, blank ones NULL."""
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
    """The inverse of decoding: the column as bytes, shape (records, width), blank where it has no text.

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
