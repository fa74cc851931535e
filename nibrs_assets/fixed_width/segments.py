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

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nibrs_assets.core.arrow import Column, buffer_of
from nibrs_assets.core.parquet import ParquetFile
from nibrs_assets.fixed_width.arrays import Integers, Shapes
from nibrs_assets.fixed_width.columns import column_type, ragged, trimmed_lengths
from nibrs_assets.fixed_width.counts import CountFormat
from nibrs_assets.fixed_width.forms import form_of
from nibrs_assets.fixed_width.gathering import Gathering, Irregular
from nibrs_assets.fixed_width.lines import PADDING, Block
from nibrs_assets.fixed_width.variants import split_by_variant
from nibrs_assets.layouts.model import FileKind, Record

LINE_NUMBER = "line_number"

_REJECTED: list[tuple[str, pa.DataType]] = [
    ("line_number", pa.int64()),
    ("bytes", pa.binary()),
    ("reason", pa.string()),
]
REJECTED_SCHEMA = pa.schema(_REJECTED)

MOST_EXCESS_BYTES = 1 << 28
"""Text beyond the layout that is gathered at a time: of long lines a row group has more than one Arrow column can."""

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
        self.gathering = Gathering(form_of(record))
        self.numbers: list[Integers] = []
        self.excess: list[Column] = []
        self.variant_lines: dict[str, list[list[int]]] = {}
        self.last_line = 0

    def write(self, block: Block, rows: Integers) -> None:
        """Add the lines `rows` of `block`."""
        shapes, widths = self._shapes(block, rows)
        self.last_line = int(rows[-1] + block.first_line)
        excess = excess_of(block, rows, widths)
        self.report.excess_lines += len(excess) - excess.null_count
        done = 0
        while done < len(rows):
            part = slice(done, done + self.gathering.room)
            self.gathering.add(block, rows[part], None if shapes is None else shapes[part])
            self.numbers.append(rows[part] + block.first_line)
            self.excess.append(excess[part])
            done += len(self.numbers[-1])
            if not self.gathering.room or sum(texts.nbytes for texts in self.excess) > MOST_EXCESS_BYTES:
                self._flush()

    def _shapes(self, block: Block, rows: Integers) -> tuple[Shapes | None, int | Integers]:
        """Of each line its shape in the form (None: all have the record's own), and the bytes that its layout describes."""
        own = self.record.line_bytes or self.record.width
        if not self.record.variants:
            return None, own
        names = [variant.name for variant in self.record.variants]
        shapes, widths = np.zeros(len(rows), np.uint16), np.full(len(rows), own)
        for variant, part in split_by_variant(block, self.record, rows, self.year):
            if variant:
                places = np.searchsorted(rows, part)
                shapes[places] = names.index(variant.name) + 1
                widths[places] = self.record.line_bytes or variant.fields[-1].end
                self.report.variants[variant.name] += len(part)
                self._note_variant(variant.name, rows, part, block.first_line)
        return (shapes, widths) if shapes.any() else (None, own)

    def _flush(self) -> None:
        if not self.gathering.rows:
            return
        columns = self.gathering.take()
        columns |= {LINE_NUMBER: pa.array(np.concatenate(self.numbers)), "excess": pa.concat_arrays(self.excess)}
        self.numbers, self.excess = [], []
        self.file.write(_batch(columns, self.schema))

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
        """Write what is gathered, and note in the footer which lines are of a variant; call it before the file is closed."""
        self._flush()
        if self.variant_lines:
            self.file.note({VARIANT_LINES: json.dumps(self.variant_lines)})


class PartWriter:
    """Writes a segment whose rows stand inside the records of another, and its irregular counts, each if it has a file."""

    def __init__(
        self, stack: ExitStack, path: Path | None, irregular: Path | None, record: Record, count_format: CountFormat
    ) -> None:
        assert record.rows
        self.rows = record.rows
        self.gathering = Gathering(form_of(record), count_format)
        self.places: list[tuple[Integers, npt.NDArray[np.int16]]] = []
        self.irregular_counts = 0
        self.schema = _schema(record)
        self.irregular_schema = _irregular_schema(record)
        ordered = [LINE_NUMBER, *(carried.name for carried in self.rows.carries if carried.name in record.key)]
        self.file = stack.enter_context(ParquetFile(path, self.schema, ordered=ordered)) if path else None
        self.irregular = stack.enter_context(ParquetFile(irregular, self.irregular_schema)) if irregular else None

    def write(self, block: Block, lines: Integers) -> None:
        """Add the rows of the lines `lines` of `block`."""
        times = self.rows.times
        of_rows = np.repeat(lines, times)
        shapes = np.tile(np.arange(times, dtype=np.uint16), len(lines))
        done = 0
        while done < len(of_rows):
            part = slice(done, done + self.gathering.room)
            irregular = self.gathering.add(block, of_rows[part], shapes[part])
            places = of_rows[part] + block.first_line, shapes[part].astype(np.int16) + 1
            self.places.append(places)
            if irregular:
                self._write_irregular(irregular, places)
            done += len(places[0])
            if not self.gathering.room:
                self._flush()

    def _write_irregular(self, irregular: Irregular, places: tuple[Integers, npt.NDArray[np.int16]]) -> None:
        self.irregular_counts += len(irregular.names)
        if self.irregular:
            lines, numbers = (pa.array(of_rows[irregular.rows]) for of_rows in places)
            columns: list[Column] = [lines, numbers, pa.array(irregular.names), pa.array(irregular.values)]
            self.irregular.write(pa.RecordBatch.from_arrays(columns, schema=self.irregular_schema))

    def _flush(self) -> None:
        if not self.gathering.rows:
            return
        columns = self.gathering.take()
        lines, numbers = (pa.array(np.concatenate(parts)) for parts in zip(*self.places, strict=True))
        self.places = []
        if self.file:
            self.file.write(_batch(columns | {LINE_NUMBER: lines, self.rows.number: numbers}, self.schema))

    def finish(self) -> None:
        """Write what is gathered; call it before the file is closed."""
        self._flush()


def _batch(columns: dict[str, Column], schema: pa.Schema) -> pa.RecordBatch:
    """The columns in the order of the schema, of its types, which a wider variant may not have."""
    found = [columns[name] for name in schema.names]
    typed = [c if c.type == wanted else c.cast(wanted) for c, wanted in zip(found, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(typed, schema=schema)


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


def excess_of(block: Block, rows: Integers, layout_bytes: int | Integers) -> pa.StringArray:
    """The text beyond the layout of each row, NULL when blank; as long in memory as it is, however long one line may be.

    The layout describes `layout_bytes` of all rows, or of each.
    """
    beyond = block.lengths[rows] - layout_bytes
    (longer,) = np.nonzero(beyond > 0)
    if not len(longer):
        return pa.nulls(len(rows), pa.string())
    width = np.broadcast_to(layout_bytes, len(rows))
    lengths = np.zeros(len(rows), np.int64)
    if (widest := int(beyond.max())) < PADDING:
        lengths[longer] = trimmed_lengths(block.windows(rows[longer], widest, width[longer]))
    else:
        lengths[longer] = [
            len(block.line(row)[of_row:].rstrip(b" ")) for row, of_row in zip(rows[longer], width[longer], strict=True)
        ]
    if not lengths.any():
        return pa.nulls(len(rows), pa.string())
    offsets, data = ragged(block.data, block.starts[rows] + width, lengths)
    if data.max() > 0x7F:
        pieces = [data[start:stop].tobytes() for start, stop in itertools.pairwise(offsets)]
        return pa.array([piece.decode("latin-1") or None for piece in pieces], pa.string())
    validity = pa.array(lengths > 0).buffers()[1]
    return pa.StringArray.from_buffers(len(rows), buffer_of(offsets.astype(np.int32)), buffer_of(data), validity)
