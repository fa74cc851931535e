"""Between the digits of count fields and integers, in both directions, without a loop over records.

A count is right-aligned digits, filled with zeros. Its last character may carry a sign: `0001Q` is -18 (codes/reta_overpunch.csv).
What is written otherwise (blanks before, a negative zero, letters elsewhere) is *irregular*: it may still be a number, but its text
has to be kept for the file to be written back as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nibrs_assets.core.arrow import Column
from nibrs_assets.fixed_width.arrays import Bytes
from nibrs_assets.layouts.model import Code

_BLANK, _ZERO, _NINE = b" 09"
_NO_DIGIT = 10

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """The counts of one field: `values` (int64, 0 where `missing`), and which are `missing` and which `irregular`."""

    values: npt.NDArray[np.int64]
    missing: Booleans
    irregular: Booleans

    def array(self, places: npt.NDArray[np.integer[Any]]) -> pa.Int32Array:
        """The counts at `places`, NULL where they are missing."""
        mask = self.missing.take(places) if self.missing.any() else None
        return pa.array(self.values.astype(np.int32).take(places), pa.int32(), mask=mask)


class CountFormat:
    """How counts are written, by the code table of overpunched last characters."""

    def __init__(self, overpunch: Sequence[Code]) -> None:
        self._digit = np.full(256, _NO_DIGIT, np.uint8)
        self._digit[_ZERO : _NINE + 1] = np.arange(10)
        self._last_digit, self._sign = self._digit.copy(), np.ones(256, np.int8)
        self._negative = np.zeros(10, np.uint8)
        for code in overpunch:
            character, digit, sign = ord(code.code), int(code.facts["digit"]), int(code.facts["sign"])
            self._last_digit[character], self._sign[character] = digit, sign
            if sign < 0:
                self._negative[digit] = character

    def read(self, cells: Bytes) -> Counts:
        """The counts in `cells`, shape (records, width up to 9)."""
        plain = cells - np.uint8(_ZERO)
        if plain.max(initial=0) <= 9:
            none = np.zeros(len(cells), bool)
            return Counts(_number(plain), none, none)
        return self._read_unusual(cells)

    def _read_unusual(self, cells: Bytes) -> Counts:
        before, last = cells[:, :-1], cells[:, -1]
        is_blank = before == _BLANK
        # Blanks may only stand before the digits.
        leading = np.logical_and.accumulate(is_blank, axis=1)
        digits = np.where(leading, np.uint8(0), self._digit[before])
        last_digit, sign = self._last_digit[last], self._sign[last]
        blank = leading.all(axis=1) & (last == _BLANK)
        readable = (digits < _NO_DIGIT).all(axis=1) & (last_digit < _NO_DIGIT)
        digits = np.column_stack([digits, last_digit])
        values = np.where(readable, _number(digits) * sign, 0)
        written = np.where(values < 0, self._negative[last_digit % _NO_DIGIT], last_digit + np.uint8(_ZERO))
        regular = readable & ~leading.any(axis=1) & (last == written)
        return Counts(values, ~readable, ~regular & ~blank)

    def write(self, column: Column, width: int) -> Bytes:
        """The inverse of `read`: the column's cells, shape (records, width), blank where it is NULL.

        Raises `ValueError` for a number of more than `width` digits.
        """
        values = column.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        if len(values) and np.abs(values).max() >= 10**width:
            raise ValueError(f"{values[np.abs(values).argmax()]} has more than {width} digits")
        cells: Bytes = (np.abs(values)[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10).astype(np.uint8)
        last = cells[:, -1].copy()
        cells += np.uint8(_ZERO)
        cells[:, -1] = np.where(values < 0, self._negative[last], cells[:, -1])
        cells[column.is_null().to_numpy(zero_copy_only=False)] = _BLANK
        return cells


def _number(digits: Bytes) -> npt.NDArray[np.int64]:
    values = digits[:, 0].astype(np.int64)
    for column in range(1, digits.shape[1]):
        values = values * 10 + digits[:, column]
    return values
