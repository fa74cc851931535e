"""The segments a master file is decoded to, and the writer of one: lines in, a Parquet file out.

Segment columns are the layout's fields as text (see `columns`), then `line_number` (1-based, int64) and `excess` (text beyond the
layout, or NULL). The segment `rejected` holds the bytes of what is no known record, and the reason.
"""

import itertools
import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from nibrs_assets.fixed_width.columns import column_type, ragged, text_column, trimmed_lengths
from nibrs_assets.fixed_width.lines import PADDING, Block, Integers
from nibrs_assets.fixed_width.variants import split_by_variant
from nibrs_assets.parquet import ParquetFile
from nibrs_assets.records import Field, Layouts, Record

REJECTED = "rejected"
REJECTED_SCHEMA = pa.schema([("line_number", pa.int64()), ("bytes", pa.binary()), ("reason", pa.string())])

VARIANT_LINES = "nibrs_variant_lines"
"""Footer key of a segment file: for each variant the ranges of line numbers that are of it, as JSON; `encode` needs them."""


@dataclass
class SegmentReport:
    """What decoding found in one segment."""

    rows: int = 0
    non_ascii_lines: int = 0
    excess_lines: int = 0
    variants: Counter[str] = field(default_factory=Counter)


def segment_names(layouts: Layouts) -> list[str]:
    """Every segment a NIBRS file is decoded to, `rejected` last."""
    return [*layouts.records, REJECTED]


def segment_schema(layouts: Layouts, segment: str) -> pa.Schema:
    """The Arrow schema of a segment as it reads back from Parquet: text, `line_number`, `excess`."""
    if segment == REJECTED:
        return REJECTED_SCHEMA
    names = [f.name for f in layouts.records[segment].fields]
    return pa.schema([*((name, pa.string()) for name in names), ("line_number", pa.int64()), ("excess", pa.string())])


class SegmentWriter:
    """Writes one segment to its file, of the shape that `record` has in `year`; without `record` the rejected lines."""

    def __init__(self, stack: ExitStack, path: Path, record: Record | None, year: int, counts: SegmentReport) -> None:
        self.record = record
        self.year = year
        self.counts = counts
        self.schema = _written_schema(record) if record else REJECTED_SCHEMA
        self.file = stack.enter_context(ParquetFile(path, self.schema))
        self.variant_lines: dict[str, list[list[int]]] = {}
        self.last_line = 0

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self.file.write(batch)

    def write(self, block: Block, rows: Integers) -> None:
        assert self.record
        batches, lines = [], []
        for variant, part in split_by_variant(block, self.record, rows, self.year):
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


def _written_schema(record: Record) -> pa.Schema:
    fields = [(f.name, column_type(f.width)) for f in record.fields]
    return pa.schema([*fields, ("line_number", pa.int64()), ("excess", pa.string())])


def _excess(block: Block, rows: Integers, width: int) -> pa.StringArray:
    """The text beyond the layout of each row, NULL when blank; as long in memory as it is, however long one line may be."""
    beyond = block.lengths[rows] - width
    (longer,) = np.nonzero(beyond > 0)
    lengths = np.zeros(len(rows), np.int64)
    if len(longer) and (widest := int(beyond.max())) < PADDING:
        lengths[longer] = trimmed_lengths(block.windows(rows[longer], widest, width))
    else:
        lengths[longer] = [len(block.line(row)[width:].rstrip(b" ")) for row in rows[longer]]
    if not lengths.any():
        return pa.nulls(len(rows), pa.string())
    offsets, data = ragged(block.data, block.starts[rows] + width, lengths)
    if data.max() > 0x7F:
        pieces = [data[start:stop].tobytes() for start, stop in itertools.pairwise(offsets)]
        return pa.array([piece.decode("latin-1") or None for piece in pieces], pa.string())
    validity = pa.array(lengths > 0).buffers()[1]
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data), validity)
