"""Cuts a stream of bytes into blocks of whole lines, and knows where each line begins and ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.fixed_width.arrays import Bytes, Integers
from nibrs_assets.fixed_width.loops import Loops
from nibrs_assets.fixed_width.loops_chosen import loops as loops_in_use

BLOCK_BYTES = 1 << 24
"""Bytes handled at a time: enough lines of each type to be worth vectorizing, few enough to keep memory low."""

BLOCK_LINES = 1 << 19
"""Lines of a block at most: some 25 bytes each, as records have, but a file of line ends alone has as many lines as bytes."""

PADDING = 1 << 13
"""Blanks behind the last line of a block, so that a window of up to this width may begin at any line."""

_BLANK = 0x20


class Readable(Protocol):
    """A stream that fills a buffer as far as it can: fewer bytes than asked for mean the end."""

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer with the next bytes; returns how many there were, 0 at the end."""


@dataclass(frozen=True)
class Block:
    """Whole lines: line `i` is `data[starts[i]:starts[i] + lengths[i]]`, number `first_line + i` of the file (from 1).

    After the last line `data` has `PADDING` bytes more, blanks or lines of the next block. Line ends (LF or CR LF) are not part of
    a line.
    """

    data: Bytes
    starts: Integers
    lengths: Integers
    first_line: int

    @cached_property
    def _by_type(self) -> tuple[npt.NDArray[np.uint16], Integers]:
        """The first two bytes of each line as one number (0 for a line that has no two) in ascending order, and their lines."""
        first, second = self.data[self.starts].astype(np.uint16), self.data[self.starts + 1]
        types = np.where(self.lengths >= 2, first << 8 | second, np.uint16(0))
        rows = np.argsort(types, kind="stable")
        return types[rows], rows

    def rows_of(self, record_type: str) -> Integers:
        """The lines that begin with the one or two characters of `record_type`."""
        first, *second = record_type.encode("latin-1")
        least, most = (first << 8 | second[0],) * 2 if second else (first << 8, first << 8 | 0xFF)
        types, rows = self._by_type
        found = rows[np.searchsorted(types, least) : np.searchsorted(types, most, side="right")]
        return found if second else np.sort(found)

    def windows(self, rows: Integers, width: int, offset: int | Integers = 0) -> Bytes:
        """The bytes `offset` to `offset + width` of the lines `rows`, shape (rows, width), blank beyond the end of a line."""
        items = np.ndarray(len(self.data) - width + 1, dtype=f"V{width}", buffer=self.data, strides=(1,))
        cells: Bytes = items[self.starts[rows] + offset].view(np.uint8).reshape(len(rows), width)
        lengths = self.lengths[rows] - offset
        (short,) = np.nonzero(lengths < width)
        if len(short):
            beyond = np.arange(width) >= lengths[short, None]
            cells[short] = np.where(beyond, _BLANK, cells[short])
        return cells

    def line(self, row: int) -> bytes:
        """The bytes of a line, without its line end."""
        return self.data[self.starts[row] : self.starts[row] + self.lengths[row]].tobytes()


def blocks(stream: Readable, name: str, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of `stream`, block by block. A final Ctrl-Z is dropped.

    Raises `NibrsError` when a line is longer than a block: the file is then no fixed-width master file.
    """
    loops, kept, first_line = loops_in_use(), np.empty(0, np.uint8), 1
    while True:
        buffer = np.empty(len(kept) + block_bytes + PADDING, np.uint8)
        buffer[: len(kept)] = kept
        filled = len(kept) + stream.readinto(buffer.data[len(kept) : len(kept) + block_bytes])
        is_last = filled < len(kept) + block_bytes
        stop = _drop_ctrl_z(buffer, filled) if is_last else _after_last_newline(buffer, filled)
        if stop == 0 and not is_last:
            raise NibrsError(
                f"{name}: line {first_line:,} is longer than {block_bytes:,} bytes; this is no fixed-width master file"
            )
        kept = buffer[stop:filled].copy()
        buffer[stop:] = _BLANK
        for block in _cut(loops, buffer[: stop + PADDING], stop, first_line):
            yield block
            first_line += len(block.starts)
        if is_last:
            return


def _after_last_newline(buffer: Bytes, filled: int) -> int:
    """Where the last line that is surely whole ends; a Ctrl-Z may follow the last newline of the file."""
    for tail in (1 << 12, filled):
        start = max(0, filled - tail)
        if found := buffer[start:filled].tobytes().rfind(b"\n") + 1:
            return start + found
    return 0


def _drop_ctrl_z(buffer: Bytes, filled: int) -> int:
    tail = buffer[max(0, filled - 8) : filled].tobytes()
    ended = tail.rstrip(b"\r\n")
    dropped = ended.rstrip(b"\x1a")
    return filled - (len(tail) - len(dropped)) if dropped != ended else filled


def _cut(loops: Loops, buffer: Bytes, stop: int, first_line: int) -> Iterator[Block]:
    """The lines of `buffer[:stop]` in blocks of at most `BLOCK_LINES`, which but for damaged files is one block."""
    begin = 0
    while begin < stop:
        starts, lengths, last = loops.lines(buffer, begin, stop, BLOCK_LINES)
        yield Block(buffer[begin : begin + last + PADDING], starts, lengths, first_line)
        first_line += len(starts)
        begin += last + 1
