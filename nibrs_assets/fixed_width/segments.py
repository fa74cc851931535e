"""The segments a master file is decoded to, and the writers of them: lines in, a Parquet file out.

Segment columns are the layout's fields as text (see `columns`), then `line_number` (1-based, int64) and `excess` (text beyond the
layout, or NULL). Counts are signed integers (see `counts`). A segment whose rows stand inside the records of another has
`line_number`, what it carries of that record, the number of the row, its fields; no `excess`.

Two segments hold what fits no column: `rejected` the bytes of what is no known record, and the reason; `<segment>_irregular` the
text of counts that are not written as they should be.
"""

import itertools
import json
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from nibrs_assets.core.arrow import Column, buffer_of
from nibrs_assets.core.parquet import ParquetFile
from nibrs_assets.fixed_width.columns import column_type, distinct_cells, ragged, text_column, trimmed_lengths
from nibrs_assets.fixed_width.counts import CountFormat
from nibrs_assets.fixed_width.lines import PADDING, Block, Bytes, Integers
from nibrs_assets.fixed_width.variants import split_by_variant
from nibrs_assets.layouts.model import Field, FileKind, Record

LINE_NUMBER = "line_number"

_REJECTED: list[tuple[str, pa.DataType]] = [
    ("line_number", pa.int64()),
    ("bytes", pa.binary()),
    ("reason", pa.string()),
]
REJECTED_SCHEMA = pa.schema(_REJECTED)

VARIANT_LINES = "nibrs_variant_lines"
"""Footer key of a segment file: for each variant the ranges of line numbers that are of it, as JSON; `encode` needs them."""


@dataclass
class SegmentReport:
    """What decoding found in one segment."""

    rows: int = 0
    non_ascii_lines: int = 0
    excess_lines: int = 0
    variants: Counter[str] = field(default_factory=Counter)


def segment_names(kind: FileKind) -> list[str]:
    """Every segment a file of `kind` is decoded to: records, irregular counts, rejected lines."""
    irregular = [irregular_segment(record.segment) for record in kind.records.values() if record.has_counts]
    return [*kind.records, *irregular, kind.rejected]


def irregular_segment(segment: str) -> str:
    """The segment of the counts of `segment` that are not written as they should be."""
    return f"{segment}_irregular"


def segment_schema(kind: FileKind, segment: str) -> pa.Schema:
    """The Arrow schema of a segment as it reads back from Parquet."""
    if segment == kind.rejected:
        return REJECTED_SCHEMA
    if segment not in kind.records:
        [record] = (r for r in kind.records.values() if irregular_segment(r.segment) == segment)
        return _irregular_schema(record)
    record = kind.records[segment]
    return pa.schema(
        [(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type) for f in _schema(record)]
    )


class SegmentWriter:
    """Writes one segment of whole lines to its file, of the shape that `record` has in `year`."""

    def __init__(self, stack: ExitStack, path: Path, record: Record, year: int, report: SegmentReport) -> None:
        self.record = record
        self.year = year
        self.report = report
        self.schema = _schema(record)
        unrepeated = [f.name for f in self.schema if not pa.types.is_dictionary(f.type)]
        self.file = stack.enter_context(
            ParquetFile(path, self.schema, unrepeated, ordered=[*record.key[:1], LINE_NUMBER])
        )
        self.variant_lines: dict[str, list[list[int]]] = {}
        self.last_line = 0

    def write(self, block: Block, rows: Integers) -> None:
        """Add the lines `rows` of `block`."""
        batches, lines = [], []
        for variant, part in split_by_variant(block, self.record, rows, self.year):
            batches.append(self._batch(block, part, variant.fields if variant else self.record.fields))
            lines.append(part)
            if variant:
                self.report.variants[variant.name] += len(part)
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
        columns = [text_column(cells, f.start - 1, f.width) for f in fields]
        typed = [column.cast(target) for column, target in zip(columns, self.schema.types[:-2], strict=True)]
        numbers = pa.array(rows + block.first_line, pa.int64())
        excess = excess_of(block, rows, self.record.line_bytes or width)
        self.report.excess_lines += len(excess) - excess.null_count
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
        """Note in the footer which lines are of a variant; call it before the file is closed."""
        if self.variant_lines:
            self.file.note({VARIANT_LINES: json.dumps(self.variant_lines)})


class PartWriter:
    """Writes a segment whose rows stand inside the records of another, and its irregular counts, each if it has a file."""

    def __init__(
        self, stack: ExitStack, path: Path | None, irregular: Path | None, record: Record, count_format: CountFormat
    ) -> None:
        assert record.rows
        self.record = record
        self.rows = record.rows
        self.count_format = count_format
        self.irregular_counts = 0
        self.schema = _schema(record)
        self.irregular_schema = _irregular_schema(record)
        ordered = [LINE_NUMBER, *(carried.name for carried in self.rows.carries if carried.name in record.key)]
        self.file = stack.enter_context(ParquetFile(path, self.schema, ordered=ordered)) if path else None
        self.irregular = stack.enter_context(ParquetFile(irregular, self.irregular_schema)) if irregular else None

    def write(self, block: Block, lines: Integers) -> None:
        """Add the rows of the lines `lines` of `block`."""
        columns, irregular = self._decoded(block, lines)
        if self.file:
            ordered = [
                columns[name].cast(type_) for name, type_ in zip(self.schema.names, self.schema.types, strict=True)
            ]
            self.file.write(pa.RecordBatch.from_arrays(ordered, schema=self.schema))
        if irregular:
            # Column by column they are found, line by line they are kept.
            place: list[tuple[str, Literal["ascending", "descending"]]] = [
                (name, "ascending") for name in self.irregular_schema.names[:2]
            ]
            in_order = pa.Table.from_batches(irregular).sort_by(place)
            self.irregular_counts += in_order.num_rows
            if self.irregular:
                for batch in in_order.to_batches():
                    self.irregular.write(batch)

    def _decoded(self, block: Block, lines: Integers) -> tuple[dict[str, Column], list[pa.RecordBatch]]:
        """The columns by name, and the irregular counts field by field."""
        times, width = self.rows.times, self.rows.width
        cells = block.windows(lines, times * width, self.rows.start - 1).reshape(-1, width)
        columns: dict[str, Column] = {
            "line_number": pa.array(np.repeat(lines + block.first_line, times), pa.int64()),
            self.rows.number: pa.array(np.tile(np.arange(1, times + 1, dtype=np.int16), len(lines))),
        }
        for carried in self.rows.carries:
            column = text_column(block.windows(lines, carried.width, carried.start - 1), 0, carried.width)
            columns[carried.name] = column.take(np.repeat(np.arange(len(lines)), times))
        irregular: list[pa.RecordBatch] = []
        for of_row in self.record.fields:
            start = of_row.start - self.rows.start
            if of_row.type == "count":
                places, distinct = distinct_cells(cells, start, of_row.width)
                counts = self.count_format.read(distinct)
                columns[of_row.name] = counts.array(places)
                if counts.irregular.any():
                    of_field = cells[:, start : start + of_row.width]
                    rows = counts.irregular.take(places).nonzero()[0]
                    irregular.append(self._irregular(of_row, of_field, rows, columns))
            else:
                columns[of_row.name] = text_column(cells, start, of_row.width)
        return columns, irregular

    def _irregular(self, of_row: Field, cells: Bytes, rows: Integers, columns: dict[str, Column]) -> pa.RecordBatch:
        """The irregular counts of a field: where they stand, and their text."""
        places = [columns[name].take(rows) for name in self.irregular_schema.names[:2]]
        names = pa.array([of_row.name] * len(rows), pa.string())
        texts = text_column(cells[rows], 0, cells.shape[1]).cast(pa.string())
        return pa.RecordBatch.from_arrays([*places, names, texts], schema=self.irregular_schema)


def _schema(record: Record) -> pa.Schema:
    """The schema that a segment is written with; its dictionaries read back as text."""
    fields: list[tuple[str, pa.DataType]] = [
        (f.name, pa.int32() if f.type == "count" else column_type(f.width)) for f in record.fields
    ]
    if not (rows := record.rows):
        return pa.schema([*fields, ("line_number", pa.int64()), ("excess", pa.string())])
    carried = [(f.name, column_type(f.width)) for f in rows.carries]
    return pa.schema([("line_number", pa.int64()), *carried, (rows.number, pa.int16()), *fields])


def _irregular_schema(record: Record) -> pa.Schema:
    assert record.rows
    place: list[tuple[str, pa.DataType]] = [("line_number", pa.int64()), (record.rows.number, pa.int16())]
    return pa.schema([*place, ("column_name", pa.string()), ("value", pa.string())])


def excess_of(block: Block, rows: Integers, width: int) -> pa.StringArray:
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
    return pa.StringArray.from_buffers(len(rows), buffer_of(offsets.astype(np.int32)), buffer_of(data), validity)
