"""Gathers the rows of a segment, column by column, until they are a row group: places among distinct values, texts, counts.

The memory is NumPy's and lent to Arrow when the row group is full; the loops fill it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nibrs_assets.core.arrow import Column
from nibrs_assets.core.parquet import ROW_GROUP_ROWS
from nibrs_assets.fixed_width.arrays import Bytes, Integers, Shapes
from nibrs_assets.fixed_width.columns import texts
from nibrs_assets.fixed_width.counts import CountFormat
from nibrs_assets.fixed_width.forms import Form, Place
from nibrs_assets.fixed_width.lending import Memory
from nibrs_assets.fixed_width.lines import Block
from nibrs_assets.fixed_width.loops import CODE, COUNT, TEXT, Unusual
from nibrs_assets.fixed_width.loops import Column as CColumn
from nibrs_assets.fixed_width.loops_chosen import loops as loops_in_use

_FIRST_KEYS = 1 << 10
_FIRST_TEXT = 1 << 16
_UNUSUAL = 1 << 16
_UNUSUAL_BYTES = 16

Odd = tuple[Integers, npt.NDArray[np.int32], Bytes]


class GatheredColumn:
    """A column being gathered: its memory, and `c`, what the loops see of it."""

    def __init__(self, place: Place, c: CColumn, most_rows: int) -> None:
        self.place, self.c, self._most_rows = place, c, most_rows
        self.is_short = place.is_code and place.width <= 2
        self.keys, self.firsts = np.empty(0, np.uint64), np.empty(0, np.uint8)
        self.slots, self.text = np.empty(0, np.uint32), np.empty(0, np.uint8)
        c.start, c.width = place.start, place.width
        c.kind = COUNT if place.is_count else CODE if place.is_code else TEXT
        if place.is_code:
            self._give_keys(1 << 8 * place.width if self.is_short else _FIRST_KEYS)
        self._values, self._validity, self._text = map(
            Memory, (np.uint16 if self.is_short else np.int32, np.uint8, np.uint8)
        )

    def begin(self) -> None:
        """Begin anew, with no row."""
        c, rows = self.c, self._most_rows
        self._forget()
        c.valid = c.text_bytes = c.distinct = c.placed = 0
        self.values, self.validity = self._values.of(rows + 1), self._validity.of((rows + 7) // 8)
        c.values, c.validity = self.values.ctypes.data, self.validity.ctypes.data
        if c.kind == TEXT:
            self.values[0] = 0
            self._give_text(self._text.of(max(_FIRST_TEXT, len(self.text))))

    def _forget(self) -> None:
        keys = self.keys[: self.c.distinct]
        self.known.clear()
        if self.is_short:
            # Filled, they would be memory; of most codes few slots are ever touched.
            self.slots[keys] = self.places[keys] = 0
        elif len(keys):
            self.slots.fill(0)

    def make_room(self, rows: int) -> None:
        """Have room for so many rows more, whatever is in them."""
        c = self.c
        if (
            c.kind == CODE
            and not self.is_short
            and (wanted := min(c.distinct + rows, self._most_rows)) > len(self.keys)
        ):
            self._give_keys(1 << (wanted - 1).bit_length())
        if c.kind == TEXT and (bytes_wanted := c.text_bytes + 2 * rows * c.width) > len(self.text):
            larger = np.empty(max(bytes_wanted, 2 * len(self.text)), np.uint8)
            larger[: c.text_bytes] = self.text[: c.text_bytes]
            self._give_text(larger)

    def add_key(self, key: int, first: int) -> int:
        """Add a distinct value; returns its place."""
        place = int(self.c.distinct)
        self.keys[place], self.firsts[place] = key, first
        self.c.distinct = self.c.placed = place + 1
        return place

    @cached_property
    def known(self) -> dict[int | bytes, int]:
        """The places of the distinct values seen, for loops that have no use for the slots."""
        return {}

    @cached_property
    def places(self) -> npt.NDArray[np.uint16]:
        """The same for codes of one or two bytes: by key the inverted bits of its place, 0 where it was not seen."""
        places = np.zeros(1 << 8 * self.place.width, np.uint16)
        places[int.from_bytes(b" " * self.place.width)] = ~np.uint16(0)
        return places

    def _give_keys(self, most: int) -> None:
        c = self.c
        keys, firsts = np.empty(most, np.uint64), np.empty(most, np.uint8)
        keys[: c.distinct], firsts[: c.distinct] = self.keys[: c.distinct], self.firsts[: c.distinct]
        self.keys, self.firsts = keys, firsts
        self.slots = np.zeros(most if self.is_short else 4 * most, np.uint32)
        c.keys, c.firsts, c.slots = keys.ctypes.data, firsts.ctypes.data, self.slots.ctypes.data
        c.most_distinct, c.placed = most, 0
        c.slot_bits = 0 if self.is_short else (4 * most - 1).bit_length()

    def _give_text(self, text: Bytes) -> None:
        self.text = text
        self.c.text, self.c.most_text_bytes = text.ctypes.data, len(text)

    def array(self, rows: int) -> Column:
        """The column as Arrow has it; to be called once, as the memory is lent: `begin` anew then."""
        nulls, is_text = rows - self.c.valid, self.c.kind == TEXT
        places = self._values.lend(self.values, rows + is_text)
        bits = self._validity.lend(self.validity, (rows + 7) // 8)
        validity = bits if nulls else None
        if is_text:
            text = self._text.lend(self.text, self.c.text_bytes)
            return pa.StringArray.from_buffers(rows, places, text, validity, nulls)
        of: Any = pa.from_numpy_dtype(self.values.dtype)
        values: Any = pa.Array.from_buffers(of, rows, [validity, places], nulls)
        if self.c.kind == COUNT:
            return cast("Column", values)
        return pa.DictionaryArray.from_arrays(values, texts(self._distinct()), safe=False)

    def _distinct(self) -> Bytes:
        """The distinct cells, shape (distinct, width)."""
        keys = self.keys[: self.c.distinct].astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)
        if self.place.width <= 8:
            return keys[:, : self.place.width].copy()  # the next row group has other keys here
        return np.column_stack([self.firsts[: self.c.distinct], keys])

    def patch(self, rows: Integers, values: Integers) -> None:
        """Set counts that were none."""
        self.values[rows] = values
        np.bitwise_or.at(self.validity, rows >> 3, (1 << (rows & 7)).astype(np.uint8))
        self.c.valid += len(rows)


@dataclass(frozen=True)
class Irregular:
    """Counts that are not written as they should be, in the order of rows: `rows` among those added, columns, texts."""

    rows: Integers
    names: list[str]
    values: list[str]


class Gathering:
    """The rows of a segment until they are a row group."""

    def __init__(self, form: Form, count_format: CountFormat | None = None) -> None:
        if count_format is None and any(place.is_count for place in form.places):
            raise ValueError("counts need a format")
        self.form, self.rows, self.most_rows = form, 0, ROW_GROUP_ROWS
        self._count_format = count_format
        self._loops = loops_in_use()
        self.c_columns = (CColumn * len(form.places))()
        self.columns = [
            GatheredColumn(place, c, self.most_rows) for place, c in zip(form.places, self.c_columns, strict=True)
        ]
        self.scratch = np.full(form.rows_at_once * form.row_bytes, ord(" "), np.uint8)
        self.c_unusual = Unusual()
        self._aside: list[Odd] = []
        most = max(_UNUSUAL, form.rows_at_once * len(form.places)) if count_format else 0
        self._odd: Odd = np.empty(most, np.int64), np.empty(most, np.int32), np.empty((most, _UNUSUAL_BYTES), np.uint8)
        self.c_unusual.most = most
        self.c_unusual.rows, self.c_unusual.columns, self.c_unusual.cells = (
            np.asarray(memory).ctypes.data for memory in self._odd
        )

    @property
    def room(self) -> int:
        """How many rows more make it full."""
        return self.most_rows - self.rows

    def add(self, block: Block, lines: Integers, shapes: Shapes | None) -> Irregular | None:
        """Add lines of `block`, at most `room`, each of its shape; returns what irregular counts they have."""
        if not self.rows:
            # Not before, so that what was taken may be written and its memory, or that of the one before it, be used again.
            for column in self.columns:
                column.begin()
        starts, lengths = block.starts[lines], block.lengths[lines]
        done = 0
        while done < len(lines):
            rest = None if shapes is None else shapes[done:]
            done += self._loops.gather(self, block.data, starts[done:], lengths[done:], rest, self.rows + done)
            if done < len(lines):
                self._make_room()
        irregular = self._settle()
        self.rows += done
        return irregular

    def put_aside(self, rows: Integers, column: int, cells: Bytes) -> None:
        """Keep counts that are neither digits nor blank for later."""
        if len(rows):
            wide = np.zeros((len(rows), _UNUSUAL_BYTES), np.uint8)
            wide[:, : cells.shape[1]] = cells
            self._aside.append((rows, np.full(len(rows), column, np.int32), wide))

    def _make_room(self) -> None:
        for column in self.columns:
            column.make_room(self.form.rows_at_once)
        self._empty_unusual()

    def _empty_unusual(self) -> None:
        if found := self.c_unusual.found:
            rows, columns, cells = self._odd
            self._aside.append((rows[:found].copy(), columns[:found].copy(), cells[:found].copy()))
            self.c_unusual.found = 0

    def _settle(self) -> Irregular | None:
        """Read the counts that were put aside, column by column."""
        self._empty_unusual()
        if not self._aside:
            return None
        assert self._count_format
        rows, columns, cells = (np.concatenate(parts) for parts in zip(*self._aside, strict=True))
        self._aside = []
        irregular = np.zeros(len(rows), bool)
        for which in np.unique(columns):
            of_column = np.flatnonzero(columns == which)
            found = self._count_format.read(cells[of_column, : self.form.places[which].width])
            there = ~found.missing
            self.columns[which].patch(rows[of_column[there]], found.values[there].astype(np.int32))
            irregular[of_column] = found.irregular
        kept = np.flatnonzero(irregular)
        kept = kept[np.lexsort((columns[kept], rows[kept]))]
        places = [self.form.places[which] for which in columns[kept]]
        values = [bytes(cells[i, : p.width]).rstrip(b" ").decode("latin-1") for i, p in zip(kept, places, strict=True)]
        return Irregular(rows[kept] - self.rows, [place.name for place in places], values) if len(kept) else None

    def take(self) -> dict[str, Column]:
        """The columns by name; what is gathered from now on is the next row group."""
        taken: dict[str, Column] = {}
        for column in self.columns:
            taken[column.place.name] = column.array(self.rows)
        self.rows = 0
        return taken
