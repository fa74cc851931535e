"""Writes a NIBRS master file back from its segments: the inverse of `decode`.

Every line comes back in its place, the rejected ones too, equal to the original apart from trailing blanks, line ends (LF here)
and a final Ctrl-Z.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nibrs_assets.errors import NibrsError
from nibrs_assets.fixed_width.columns import cells_of, ragged, trimmed_lengths
from nibrs_assets.fixed_width.lines import Bytes, Integers
from nibrs_assets.fixed_width.segments import REJECTED, VARIANT_LINES
from nibrs_assets.records import Field, Layouts

WINDOW_LINES = 1 << 16
"""Lines put together at a time."""

_BATCH_ROWS = 1 << 14
_LONG_EXCESS = 1 << 10
_LF = 0x0A

Lines = tuple[Integers, Bytes, Integers, Integers]
"""Line numbers, bytes, and where in the bytes each line begins and how long it is."""


class EncodeError(NibrsError):
    """Segments that can't be put together to a file: one is missing, or lines are missing or stand twice."""


def encode(
    segments: Mapping[str, Path],
    layouts: Layouts,
    output: BinaryIO,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write the file whose segments are the Parquet files in `segments`; returns its number of lines.

    `progress` is called with the number of lines done and of all lines.
    Raises `EncodeError` when a line number is missing or stands twice.
    """
    readers = [_LineReader(path, layouts, segment) for segment, path in segments.items()]
    total = sum(reader.rows for reader in readers)
    written = 0
    while any(not reader.is_done for reader in readers):
        parts = [part for reader in readers for part in reader.lines_up_to(written + WINDOW_LINES)]
        numbers = np.concatenate([numbers for numbers, *_ in parts]) if parts else np.empty(0, np.int64)
        order = np.argsort(numbers, kind="stable")
        _check_complete(numbers[order], written)
        output.write(_assemble(parts, order))
        written += len(numbers)
        progress(written, total)
    return written


def _check_complete(numbers: Integers, written: int) -> None:
    expected = np.arange(written + 1, written + 1 + len(numbers))
    (wrong,) = np.nonzero(numbers != expected)
    if len(wrong) or not len(numbers):
        line = int(expected[wrong[0]]) if len(wrong) else written + 1
        twice = len(wrong) and numbers[wrong[0]] < line
        problem = f"line {line - 1:,} stands twice" if twice else f"line {line:,} is in no segment"
        raise EncodeError(f"{problem}; decode the file again, with all its segments")


def _assemble(parts: list[Lines], order: Integers) -> bytes:
    bases = np.cumsum([0] + [len(data) for _, data, _, _ in parts])
    data = np.concatenate([data for _, data, _, _ in parts])
    starts = np.concatenate([starts + base for (_, _, starts, _), base in zip(parts, bases, strict=False)])[order]
    lengths = np.concatenate([lengths for *_, lengths in parts])[order]
    # One byte more than each line, which becomes its line end.
    offsets, text = ragged(np.append(data, np.uint8(_LF)), starts, lengths + 1)
    text[offsets[1:] - 1] = _LF
    return text.tobytes()


class _LineReader:
    """Gives the lines of one segment in the order of their numbers."""

    def __init__(self, path: Path, layouts: Layouts, segment: str) -> None:
        self.segment = segment
        self.record = layouts.records.get(segment)
        if not path.exists():
            raise EncodeError(
                f"{path}: there is no such file; encoding needs every segment, decode the file again with all of them"
            )
        try:
            file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise EncodeError(f"{path}: not readable as Parquet ({error}); decode the file again") from None
        noted = (file.metadata.metadata or {}).get(VARIANT_LINES.encode())
        self.variant_lines: dict[str, list[list[int]]] = json.loads(noted) if noted else {}
        self.rows = int(file.metadata.num_rows)
        self._batches = file.iter_batches(_BATCH_ROWS)
        self._batch = next(self._batches, None)

    @property
    def is_done(self) -> bool:
        return self._batch is None

    def lines_up_to(self, last_line: int) -> Iterator[Lines]:
        while self._batch is not None:
            numbers = self._batch["line_number"].to_numpy()
            count = int(np.searchsorted(numbers, last_line, side="right"))
            if count:
                yield from self._lines(self._batch.slice(0, count))
            if count < len(numbers):
                self._batch = self._batch.slice(count)
                return
            self._batch = next(self._batches, None)

    def _lines(self, batch: pa.RecordBatch) -> Iterator[Lines]:
        if self.segment == REJECTED:
            yield _rejected_lines(batch)
            return
        assert self.record
        numbers = batch["line_number"].to_numpy()
        base = np.ones(len(numbers), bool)
        for variant in self.record.variants:
            of_variant = np.zeros(len(numbers), bool)
            for first, last in self.variant_lines.get(variant.name, []):
                of_variant |= (numbers >= first) & (numbers <= last)
            if of_variant.any():
                yield from _field_lines(batch.filter(pa.array(of_variant)), variant.fields, self.segment)
                base &= ~of_variant
        if base.all():
            yield from _field_lines(batch, self.record.fields, self.segment)
        elif base.any():
            yield from _field_lines(batch.filter(pa.array(base)), self.record.fields, self.segment)


def _field_lines(batch: pa.RecordBatch, fields: tuple[Field, ...], segment: str) -> Iterator[Lines]:
    """The lines of `batch`; those with long excess one by one, as a table of them all would be as wide as the longest."""
    lengths = pc.fill_null(pc.utf8_length(batch["excess"]), 0).to_numpy()
    (long,) = np.nonzero(lengths > _LONG_EXCESS)
    for row in long:
        yield _few_lines(batch.slice(int(row), 1), fields, segment)
    usual = batch.filter(pa.array(lengths <= _LONG_EXCESS)) if len(long) else batch
    if usual.num_rows:
        yield _few_lines(usual, fields, segment)


def _few_lines(batch: pa.RecordBatch, fields: tuple[Field, ...], segment: str) -> Lines:
    excess = batch["excess"]
    excess_width = pc.max(pc.utf8_length(excess)).as_py() or 0
    width = fields[-1].end
    cells = np.empty((batch.num_rows, width + excess_width), np.uint8)
    for field in fields:
        try:
            cells[:, field.start - 1 : field.end] = cells_of(batch[field.name], field.width)
        except ValueError as error:
            raise EncodeError(f"segment {segment}, column {field.name}: {error}") from None
    if excess_width:
        cells[:, width:] = cells_of(excess, excess_width)
    starts = np.arange(batch.num_rows, dtype=np.int64) * cells.shape[1]
    return batch["line_number"].to_numpy(), cells.reshape(-1), starts, trimmed_lengths(cells)


def _rejected_lines(batch: pa.RecordBatch) -> Lines:
    column = batch["bytes"].cast(pa.large_binary())
    offsets = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(column.buffers()[2] or b"", np.uint8)
    return batch["line_number"].to_numpy(), data, offsets[:-1], np.diff(offsets)
