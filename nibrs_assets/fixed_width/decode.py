"""Decodes a NIBRS master file into one Parquet dataset per record type, in one pass, in bounded memory, losing nothing.

Every line ends up in exactly one segment: the one of its record type, or `rejected` with the reason. Segment columns are the
layout's fields as text (see `columns`), then `line_number` (1-based, int64) and `excess` (text beyond the layout, or NULL).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.errors import NibrsError
from nibrs_assets.fixed_width.columns import binary_array, column_type, text_column
from nibrs_assets.fixed_width.lines import PADDING, Block, Integers, Readable, blocks
from nibrs_assets.layouts import Field, Layouts, Record, Variant
from nibrs_assets.parquet import ParquetFile

REJECTED = "rejected"
REJECTED_SCHEMA = pa.schema([("line_number", pa.int64()), ("bytes", pa.binary()), ("reason", pa.string())])

VARIANT_LINES = "nibrs_variant_lines"
"""Footer key of a segment file: for each variant the ranges of line numbers that are of it, as JSON; `encode` needs them."""

Progress = Callable[[int], None]


class DecodeError(NibrsError):
    """A file that is no NIBRS master file, or not of the year it was said to be."""


@dataclass
class SegmentReport:
    """What decoding found in one segment."""

    rows: int = 0
    non_ascii_lines: int = 0
    excess_lines: int = 0
    variants: Counter[str] = field(default_factory=Counter)


@dataclass
class DecodeReport:
    """What decoding found: rows by segment, rejected lines by reason, header years."""

    year: int
    lines: int = 0
    segments: dict[str, SegmentReport] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)


def segment_names(layouts: Layouts) -> list[str]:
    """Every segment a NIBRS file is decoded to, `rejected` last."""
    return [*layouts.records, REJECTED]


def segment_schema(layouts: Layouts, segment: str) -> pa.Schema:
    """The Arrow schema of a segment as it reads back from Parquet: text, `line_number`, `excess`."""
    if segment == REJECTED:
        return REJECTED_SCHEMA
    names = [f.name for f in layouts.records[segment].fields]
    return pa.schema([*((name, pa.string()) for name in names), ("line_number", pa.int64()), ("excess", pa.string())])


def decode(
    stream: Readable,
    name: str,
    layouts: Layouts,
    outputs: Mapping[str, Path],
    year: int | None = None,
    progress: Progress = lambda position: None,
) -> DecodeReport:
    """Decode `stream`, writing the segments named in `outputs` to their files; others are only counted.

    `name` is what errors call the file. Without `year` the headers' year counts, else one in the name.
    `progress` is called with the number of bytes done. Raises `DecodeError` when the first block holds no NIBRS record, or no year
    is known, or headers name another; the files written so far are then incomplete and to be thrown away.
    """
    report: DecodeReport | None = None
    with ExitStack() as stack:
        writers: dict[str, _SegmentWriter] = {}
        done = 0
        for block in blocks(stream, name):
            if report is None:
                _refuse_other_kinds(block, name, layouts)
                report = DecodeReport(_year_of(block, name, layouts, year))
                writers = _open_writers(stack, layouts, outputs, report)
            _decode_block(block, layouts, writers, report)
            done += len(block.data) - PADDING
            progress(done)
        for writer in writers.values():
            writer.finish()
    if report is None:
        raise DecodeError(f"{name}: holds no lines")
    return report


def header_years(block: Block, layouts: Layouts) -> Counter[int]:
    """The data years that the headers in `block` name, with the number of headers."""
    years: Counter[int] = Counter()
    types = layouts.by_record_type()
    for record_type in ("BH", "B3"):
        record = types[record_type]
        rows = block.rows_of(record_type)
        for variant, part in _split_by_variant(block, record, rows, year=None):
            fields = variant.fields if variant else record.fields
            position = next(f for f in fields if f.name == "master_file_year")
            cells = block.windows(part, position.width, position.start - 1)
            years.update(int(cell) for cell in map(bytes, cells) if re.fullmatch(rb"(19|20)\d\d", cell))
    return years


def _refuse_other_kinds(block: Block, name: str, layouts: Layouts) -> None:
    known = sum(len(block.rows_of(record_type)) for record_type in layouts.by_record_type())
    if known == 0:
        first = block.line(0)[:20].decode("latin-1")
        raise DecodeError(
            f"{name}: not a NIBRS master file: no line begins with a NIBRS record type (line 1 begins with {first!r})"
        )


def _year_of(block: Block, name: str, layouts: Layouts, year: int | None) -> int:
    named = header_years(block, layouts)
    headers = max(named, key=named.__getitem__, default=None)
    if year is None:
        in_name = re.search(r"(?:19|20)\d\d", Path(name).name)
        year = headers or (int(in_name[0]) if in_name else None)
    if year is None:
        raise DecodeError(f"{name}: neither its headers nor its name tell the year; give it with --year")
    if headers is not None and headers != year:
        raise DecodeError(
            f"{name}: its headers name {headers}, not {year}; take the file of {year}, or decode it as {headers}"
        )
    return year


def _decode_block(
    block: Block, layouts: Layouts, writers: Mapping[str, "_SegmentWriter"], report: DecodeReport
) -> None:
    report.lines += len(block.starts)
    known = np.zeros(len(block.starts), bool)
    has_non_ascii = bool((block.data > 0x7F).any())
    for record_type, record in layouts.by_record_type().items():
        rows = block.rows_of(record_type)
        rows = rows[block.lengths[rows] >= record.key_end]
        known[rows] = True
        if not len(rows):
            continue
        counts = report.segments[record.segment]
        counts.rows += len(rows)
        if has_non_ascii:
            counts.non_ascii_lines += _count_non_ascii(block, rows)
        if record.segment in writers:
            writers[record.segment].write(block, rows)
    (rows,) = np.nonzero(~known)
    if len(rows):
        _reject(block, rows, layouts, writers.get(REJECTED), report)


def _count_non_ascii(block: Block, rows: Integers) -> int:
    before = np.concatenate(([0], np.cumsum(block.data > 0x7F)))
    starts = block.starts[rows]
    return int((before[starts + block.lengths[rows]] > before[starts]).sum())


def _reject(
    block: Block, rows: Integers, layouts: Layouts, writer: "_SegmentWriter | None", report: DecodeReport
) -> None:
    types = layouts.by_record_type()
    starts, lengths = block.starts[rows], block.lengths[rows]
    columns = binary_array(block.data, starts, lengths)
    reasons = np.full(len(rows), "unknown record type", dtype=object)
    reasons[lengths < 2] = "too short to hold a record type"
    reasons[lengths == 0] = "empty line"
    for record_type, record in types.items():
        short = np.isin(rows, block.rows_of(record_type))
        reasons[short] = f"too short to hold the key of {record.segment} ({record.key_end} bytes)"
    report.rejected.update(reasons)
    report.segments[REJECTED].rows += len(rows)
    if writer:
        numbers = pa.array(rows + block.first_line, pa.int64())
        writer.write_batch(
            pa.RecordBatch.from_arrays([numbers, columns, pa.array(reasons, pa.string())], schema=REJECTED_SCHEMA)
        )


def _split_by_variant(
    block: Block, record: Record, rows: Integers, year: int | None
) -> Iterator[tuple[Variant | None, Integers]]:
    """The rows of the record's own layout (None) and of each variant; parts without rows are left out."""
    left = rows
    for variant in record.variants:
        if variant.year is not None and variant.year != year or not len(left):
            continue
        candidates = left
        if variant.state_code is not None:
            state = record.field("state_code")
            cells = block.windows(left, state.width, state.start - 1)
            candidates = left[(cells == np.frombuffer(variant.state_code.encode(), np.uint8)).all(axis=1)]
        lines = binary_array(block.data, block.starts[candidates], block.lengths[candidates])
        matches = pc.match_substring_regex(lines, f"^(?s:{variant.matches})").to_numpy(zero_copy_only=False)
        unless = pc.match_substring_regex(lines, f"^(?s:{variant.unless})").to_numpy(zero_copy_only=False)
        found = candidates[matches & ~unless]
        if len(found):
            yield variant, found
            left = left[~np.isin(left, found)]
    if len(left):
        yield None, left


class _SegmentWriter:
    """Writes one segment to its file."""

    def __init__(self, stack: ExitStack, path: Path, layouts: Layouts, segment: str, report: DecodeReport) -> None:
        self.record = layouts.records.get(segment)
        self.report = report
        self.counts = report.segments[segment]
        self.schema = self._schema() if self.record else REJECTED_SCHEMA
        self.file = stack.enter_context(ParquetFile(path, self.schema))
        self.variant_lines: dict[str, list[list[int]]] = {}
        self.last_line = 0

    def _schema(self) -> pa.Schema:
        assert self.record
        fields = [(f.name, column_type(f.width)) for f in self.record.fields]
        return pa.schema([*fields, ("line_number", pa.int64()), ("excess", pa.string())])

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self.file.write(batch)

    def write(self, block: Block, rows: Integers) -> None:
        assert self.record
        batches, lines = [], []
        for variant, part in _split_by_variant(block, self.record, rows, self.report.year):
            batches.append(self._batch(block, part, variant.fields if variant else self.record.fields))
            lines.append(part)
            if variant:
                self.counts.variants[variant.name] += len(part)
                self._note_variant(variant.name, rows, part, block.first_line)
        self.last_line = int(rows[-1] + block.first_line)
        if len(batches) == 1:
            self.file.write(batches[0])
        else:
            mixed = pa.Table.from_batches(batches, self.schema).unify_dictionaries()
            for batch in mixed.take(np.argsort(np.concatenate(lines))).combine_chunks().to_batches():
                self.file.write(batch)

    def _batch(self, block: Block, rows: Integers, fields: tuple[Field, ...]) -> pa.RecordBatch:
        width = fields[-1].end
        cells = block.windows(rows, width)
        columns = [
            text_column(cells[:, f.start - 1 : f.end]) if f.width else pa.nulls(len(rows), column_type(0))
            for f in fields
        ]
        typed = [column.cast(target) for column, target in zip(columns, self.schema.types[:-2], strict=True)]
        numbers = pa.array(rows + block.first_line, pa.int64())
        excess = _excess(block, rows, width)
        self.counts.excess_lines += len(excess) - excess.null_count
        return pa.RecordBatch.from_arrays([*typed, numbers, excess], schema=self.schema)

    def _note_variant(self, name: str, rows: Integers, part: Integers, first_line: int) -> None:
        """Add the lines `part` to the ranges of the variant; lines that follow each other in the segment make one range."""
        ranges = self.variant_lines.setdefault(name, [])
        positions = np.searchsorted(rows, part)
        for run in np.split(part, np.nonzero(np.diff(positions) > 1)[0] + 1):
            follows = ranges and ranges[-1][1] == self.last_line and run[0] == rows[0]
            if follows:
                ranges[-1][1] = int(run[-1] + first_line)
            else:
                ranges.append([int(run[0] + first_line), int(run[-1] + first_line)])

    def finish(self) -> None:
        if self.variant_lines:
            self.file.note({VARIANT_LINES: json.dumps(self.variant_lines)})


def _excess(block: Block, rows: Integers, width: int) -> pa.StringArray:
    """The text beyond the layout of each row, NULL when blank."""
    beyond = block.lengths[rows] - width
    (longer,) = np.nonzero(beyond > 0)
    if not len(longer):
        return pa.nulls(len(rows), pa.string())
    widest = int(beyond.max())
    if widest < PADDING:
        found = text_column(block.windows(rows[longer], widest, width)).cast(pa.string())
    else:
        found = pa.array(
            [block.line(row)[width:].rstrip(b" ").decode("latin-1") or None for row in rows[longer]], pa.string()
        )
    if found.null_count == len(found):
        return pa.nulls(len(rows), pa.string())
    positions = np.full(len(rows), -1, np.int64)
    positions[longer] = np.arange(len(longer))
    return found.take(pa.array(positions, mask=positions < 0))


def _open_writers(
    stack: ExitStack, layouts: Layouts, outputs: Mapping[str, Path], report: DecodeReport
) -> dict[str, _SegmentWriter]:
    report.segments = {segment: SegmentReport() for segment in segment_names(layouts)}
    return {segment: _SegmentWriter(stack, path, layouts, segment, report) for segment, path in outputs.items()}
