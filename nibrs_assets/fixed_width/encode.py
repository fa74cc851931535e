"""Writes a master file back from its segments: the inverse of `decode`.

Every line comes back in its place, the rejected ones too, equal to the original apart from trailing blanks, line ends (LF here)
and a final Ctrl-Z.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nibrs_assets.core.arrow import values_in
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.fixed_width.arrays import Bytes, Integers
from nibrs_assets.fixed_width.columns import cells_of, ragged, trimmed_lengths
from nibrs_assets.fixed_width.counts import CountFormat
from nibrs_assets.fixed_width.segments import VARIANT_LINES, irregular_segment
from nibrs_assets.layouts.model import OVERPUNCH, Field, FileKind, Layouts, Record

WINDOW_BYTES = 1 << 24
"""About how much of the file is put together at a time."""

_BATCH_ROWS = 1 << 14
_LONG_EXCESS = 1 << 10
_LF, _BLANK = 0x0A, 0x20

Lines = tuple[Integers, Bytes, Integers, Integers]
"""Line numbers, bytes, and where in the bytes each line begins and how long it is."""


class EncodeError(NibrsError):
    """Segments that can't be put together to a file: one is missing, or lines are missing or stand twice."""


def encode(
    segments: Mapping[str, Path],
    layouts: Layouts,
    kind: FileKind,
    output: BinaryIO,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Write the file of `kind` whose segments are the Parquet files in `segments`; returns its number of lines.

    `progress` is called with the number of lines done and of all lines.
    Raises `EncodeError` when a line number is missing or stands twice.
    """
    count_format = CountFormat(layouts.codes[OVERPUNCH])
    records = kind.by_record_type().values()
    parts = {
        r.segment: [_PartReader(segments, part, count_format) for part in kind.parts_of(r.segment)] for r in records
    }
    readers: list[_LineReader] = [_RecordReader(segments, record, parts[record.segment]) for record in records]
    readers.append(_RejectedReader(segments, kind.rejected))
    longest = max(record.line_bytes or record.width for record in records)
    total = sum(reader.batches.rows for reader in readers)
    written = 0
    while any(not reader.batches.is_done for reader in readers):
        until = written + WINDOW_BYTES // longest
        lines = [found for reader in readers for found in reader.lines_up_to(until)]
        numbers = np.concatenate([numbers for numbers, *_ in lines]) if lines else np.empty(0, np.int64)
        order = np.argsort(numbers, kind="stable")
        _check_complete(numbers[order], written)
        output.write(_assemble(lines, order))
        written += len(numbers)
        progress(written, total)
    for part in itertools.chain.from_iterable(parts.values()):
        part.check_done()
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


class _Batches:
    """The rows of a segment in the order of their line numbers, some at a time."""

    def __init__(self, segments: Mapping[str, Path], segment: str) -> None:
        self.path = path = segments[segment]
        if not path.exists():
            raise EncodeError(
                f"{path}: there is no such file; encoding needs every segment, decode the file again with all of them"
            )
        try:
            file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            raise EncodeError(f"{path}: not readable as Parquet ({error}); decode the file again") from None
        self.noted: Mapping[bytes, bytes] = file.metadata.metadata or {}
        self.schema = file.schema_arrow
        self.rows = int(file.metadata.num_rows)
        self._batches = file.iter_batches(_BATCH_ROWS)
        self._batch = next(self._batches, None)

    @property
    def is_done(self) -> bool:
        return self._batch is None

    def up_to(self, last_line: int) -> Iterator[pa.RecordBatch]:
        """The rows not given yet whose line is `last_line` or before it."""
        while self._batch is not None:
            numbers = self._batch["line_number"].to_numpy()
            count = int(np.searchsorted(numbers, last_line, side="right"))
            if count:
                yield self._batch.slice(0, count)
            if count < len(numbers):
                self._batch = self._batch.slice(count)
                return
            self._batch = next(self._batches, None)


class _LineReader(Protocol):
    """Gives the lines of one segment in the order of their numbers."""

    batches: _Batches

    def lines_up_to(self, last_line: int) -> Iterator[Lines]: ...


class _RejectedReader:
    """The lines that are no known record, as they were."""

    def __init__(self, segments: Mapping[str, Path], segment: str) -> None:
        self.batches = _Batches(segments, segment)

    def lines_up_to(self, last_line: int) -> Iterator[Lines]:
        yield from map(_rejected_lines, self.batches.up_to(last_line))


class _RecordReader:
    """The lines of a record type, of each shape that it has, with the rows that stand inside them."""

    def __init__(self, segments: Mapping[str, Path], record: Record, parts: "list[_PartReader]") -> None:
        self.batches = _Batches(segments, record.segment)
        self.record = record
        self.parts = parts
        noted = self.batches.noted.get(VARIANT_LINES.encode())
        self.variant_lines: dict[str, list[list[int]]] = json.loads(noted) if noted else {}

    def lines_up_to(self, last_line: int) -> Iterator[Lines]:
        for batch in self.batches.up_to(last_line):
            yield from self._lines_with_parts(batch) if self.parts else self._lines(batch)

    def _lines_with_parts(self, batch: pa.RecordBatch) -> Iterator[Lines]:
        assert self.record.line_bytes
        numbers = batch["line_number"].to_numpy()
        cells = np.full((batch.num_rows, self.record.line_bytes), _BLANK, np.uint8)
        _fill(cells, batch, self.record.fields, self.record.segment)
        for part in self.parts:
            inside = part.cells(numbers)
            assert part.record.rows
            start = part.record.rows.start - 1
            cells[:, start : start + inside.shape[1]] = inside
        # A record that may have one length only keeps the blanks at its end.
        yield _lines_of(numbers, cells, shortest=self.record.line_bytes)

    def _lines(self, batch: pa.RecordBatch) -> Iterator[Lines]:
        numbers = batch["line_number"].to_numpy()
        base = np.ones(len(numbers), bool)
        for variant in self.record.variants:
            of_variant = np.zeros(len(numbers), bool)
            for first, last in self.variant_lines.get(variant.name, []):
                of_variant |= (numbers >= first) & (numbers <= last)
            if of_variant.any():
                yield from _field_lines(batch.filter(pa.array(of_variant)), variant.fields, self.record.segment)
                base &= ~of_variant
        if base.all():
            yield from _field_lines(batch, self.record.fields, self.record.segment)
        elif base.any():
            yield from _field_lines(batch.filter(pa.array(base)), self.record.fields, self.record.segment)


class _PartReader:
    """The bytes of the rows that stand inside the lines of another segment, irregular counts as they were written."""

    def __init__(self, segments: Mapping[str, Path], record: Record, count_format: CountFormat) -> None:
        self.record = record
        self.count_format = count_format
        self.batches = _Batches(segments, record.segment)
        self.irregular = _Batches(segments, irregular_segment(record.segment)) if record.has_counts else None

    def cells(self, lines: Integers) -> Bytes:
        """The rows of the next `lines`, side by side, shape (lines, times * width)."""
        rows = self.record.rows
        assert rows
        table = pa.Table.from_batches(self.batches.up_to(int(lines[-1])), self.batches.schema)
        numbers, places = table["line_number"].to_numpy(), table[rows.number].to_numpy()
        expected = np.repeat(lines, rows.times), np.tile(np.arange(1, rows.times + 1), len(lines))
        if not (np.array_equal(numbers, expected[0]) and np.array_equal(places, expected[1])):
            raise EncodeError(
                f"{self.batches.path}: lines {lines[0]:,} to {lines[-1]:,} have not each {rows.number} 1 to {rows.times}, "
                "in this order; decode the file again"
            )
        cells = np.full((table.num_rows, rows.width), _BLANK, np.uint8)
        batch = table.combine_chunks().to_batches()[0]
        first = rows.start - 1
        _fill(cells, batch, self.record.fields, self.record.segment, self.count_format, first)
        for kept in self.irregular.up_to(int(lines[-1])) if self.irregular else ():
            self._restore(cells, kept, lines, first)
        return cells.reshape(len(lines), -1)

    def check_done(self) -> None:
        """Raises `EncodeError` when there are rows of lines that their parent has not."""
        assert self.record.rows
        for batches in (self.batches, self.irregular):
            if batches and not batches.is_done:
                raise EncodeError(
                    f"{batches.path}: has rows of lines that {self.record.rows.parent} has not; decode the file again"
                )

    def _restore(self, cells: Bytes, kept: pa.RecordBatch, lines: Integers, first: int) -> None:
        assert self.record.rows
        at = np.searchsorted(lines, kept["line_number"].to_numpy()) * self.record.rows.times
        at += kept[self.record.rows.number].to_numpy() - 1
        columns = np.array(kept["column_name"].to_pylist())
        for name in dict.fromkeys(columns.tolist()):
            field = self.record.field(name)
            of_field = columns == name
            texts = kept["value"].filter(pa.array(of_field))
            cells[at[of_field], field.start - 1 - first : field.end - first] = cells_of(texts, field.width)


def _field_lines(batch: pa.RecordBatch, fields: tuple[Field, ...], segment: str) -> Iterator[Lines]:
    """The lines of `batch`; those with long excess one by one, as a table of them all would be as wide as the longest."""
    excess = cast("pa.StringArray", batch["excess"])
    lengths = pc.utf8_length(excess).fill_null(0).to_numpy()
    (long,) = np.nonzero(lengths > _LONG_EXCESS)
    for row in long:
        yield _few_lines(batch.slice(int(row), 1), fields, segment)
    usual = batch.filter(pa.array(lengths <= _LONG_EXCESS)) if len(long) else batch
    if usual.num_rows:
        yield _few_lines(usual, fields, segment)


def _few_lines(batch: pa.RecordBatch, fields: tuple[Field, ...], segment: str) -> Lines:
    excess = cast("pa.StringArray", batch["excess"])
    excess_width = pc.max(pc.utf8_length(excess)).as_py() or 0
    width = fields[-1].end
    cells = np.empty((batch.num_rows, width + excess_width), np.uint8)
    _fill(cells, batch, fields, segment)
    if excess_width:
        cells[:, width:] = cells_of(excess, excess_width)
    return _lines_of(batch["line_number"].to_numpy(), cells)


def _fill(
    cells: Bytes,
    batch: pa.RecordBatch,
    fields: tuple[Field, ...],
    segment: str,
    count_format: CountFormat | None = None,
    first: int = 0,
) -> None:
    """Put the fields into the cells of their rows; the first cell is byte `first` + 1 of the record."""
    for field in fields:
        column = batch[field.name]
        try:
            written = (
                count_format.write(column, field.width)
                if count_format and field.type == "count"
                else cells_of(column, field.width)
            )
        except ValueError as error:
            raise EncodeError(f"segment {segment}, column {field.name}: {error}") from None
        cells[:, field.start - 1 - first : field.end - first] = written


def _lines_of(numbers: Integers, cells: Bytes, shortest: int = 0) -> Lines:
    starts = np.arange(len(cells), dtype=np.int64) * cells.shape[1]
    lengths = np.full(len(cells), shortest) if shortest == cells.shape[1] else trimmed_lengths(cells)
    return numbers, cells.reshape(-1), starts, lengths


def _rejected_lines(batch: pa.RecordBatch) -> Lines:
    column = batch["bytes"].cast(pa.large_binary())
    offsets = values_in(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    data = values_in(column.buffers()[2] or b"", np.uint8)
    return batch["line_number"].to_numpy(), data, offsets[:-1], np.diff(offsets)
