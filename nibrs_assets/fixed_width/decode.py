"""Decodes a master file into one Parquet file per segment, in one pass, in bounded memory, losing nothing.

Every line ends up in the segment of its record type (and in those that stand inside it), or in the rejected ones with the reason.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nibrs_assets.core.arrow import Column
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.parquet import ParquetFile
from nibrs_assets.fixed_width.arrays import Integers
from nibrs_assets.fixed_width.columns import binary_array
from nibrs_assets.fixed_width.counts import CountFormat
from nibrs_assets.fixed_width.lines import PADDING, Block, Readable, blocks
from nibrs_assets.fixed_width.segments import (
    REJECTED_SCHEMA,
    PartWriter,
    SegmentReport,
    SegmentWriter,
    excess_of,
    irregular_segment,
    segment_names,
)
from nibrs_assets.fixed_width.variants import split_by_variant
from nibrs_assets.layouts.model import OVERPUNCH, FileKind, Layouts, Record

Progress = Callable[[int], None]

MOST_BYTES_ALONE = 1 << 13
"""A file of one line may be a record up to so many bytes; with more it is a file that has lost its line ends."""


class DecodeError(NibrsError):
    """A file that is no master file, or not of the kind or year it was said to be."""


@dataclass
class DecodeReport:
    """What decoding found: the kind and year of the file, rows by segment, rejected lines by reason."""

    kind: FileKind
    year: int
    lines: int = 0
    segments: dict[str, SegmentReport] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)


def decode(
    stream: Readable,
    name: str,
    layouts: Layouts,
    outputs: Mapping[str, Path],
    year: int | None = None,
    progress: Progress = lambda position: None,
    kind: FileKind | None = None,
) -> DecodeReport:
    """Decode `stream`, writing the segments named in `outputs` to their files; others are only counted.

    `name` is what errors call the file. Of which kind it is its first block tells. Without `year` that of most records of the first
    block that name one counts, else one in the name. `progress` is called with the number of bytes done.

    Raises `DecodeError` when the first block holds no record of any kind, or the file is of another `kind` than was given or its
    name says, or no year is known, or most of its records name another; what is written so far is then to be thrown away.
    """
    decoder: _Decoder | None = None
    with ExitStack() as stack:
        done = 0
        for block in stack.enter_context(closing(_one_ahead(blocks(stream, name)))):
            if decoder is None:
                found = kind_of(block, name, layouts)
                refuse_other_kind(found, name, layouts, kind)
                report = DecodeReport(found, _year_of(block, name, found, year))
                decoder = _Decoder(stack, layouts, outputs, report)
            decoder.decode(block)
            done += len(block.data) - PADDING
            progress(done)
        if decoder is None:
            raise DecodeError(f"{name}: holds no lines")
        decoder.finish()
    return decoder.report


def _one_ahead(items: Iterator[Block]) -> Generator[Block]:
    """The same blocks; the next one is unpacked while one is worked on."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, None)
        while (block := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield block


def kind_of(block: Block, name: str, layouts: Layouts) -> FileKind:
    """The kind whose records most lines of `block` are; raises `DecodeError` when there is none."""
    lines = {
        kind.name: sum(len(_records_in(block, record)) for record in kind.by_record_type().values())
        for kind in layouts.kinds.values()
    }
    if len(block.starts) == 1 and block.lengths[0] > MOST_BYTES_ALONE:
        raise DecodeError(
            f"{name}: has no line ends (line 1 has {int(block.lengths[0]):,} bytes); records end with LF or CR LF"
        )
    best = max(lines, key=lines.__getitem__)
    if lines[best] == 0 or _mostly_of_another_length(block, layouts.kinds[best], lines[best]):
        titles = " or ".join(kind.title for kind in layouts.kinds.values())
        raise DecodeError(f"{name}: not a master file of {titles}: {_why_unknown(block, layouts)}")
    return layouts.kinds[best]


def _mostly_of_another_length(block: Block, kind: FileKind, records: int) -> bool:
    """Whether more lines begin like a record of one length than are of it; a few such lines are rejected, not the file."""
    of_one_length = [record_type for record_type, record in kind.by_record_type().items() if record.line_bytes]
    return sum(len(block.rows_of(record_type)) for record_type in of_one_length) > 2 * records


def _why_unknown(block: Block, layouts: Layouts) -> str:
    for kind in layouts.kinds.values():
        for record_type, record in kind.by_record_type().items():
            rows = block.rows_of(record_type)
            others = rows[block.lengths[rows] != record.line_bytes]
            if record.line_bytes and len(others):
                line = f"line {others[0] + block.first_line} has {int(block.lengths[others[0]]):,} bytes"
                return f"{line}, and a record of {kind.title} has {record.line_bytes:,}"
    first = block.line(0)[:20].decode("latin-1")
    return f"no line begins with a known record type (line 1 begins with {first!r})"


def refuse_other_kind(found: FileKind, name: str, layouts: Layouts, wanted: FileKind | None = None) -> None:
    """Raises `DecodeError` when the file is of another kind than `wanted`, or than its name says."""
    for kind in layouts.kinds.values():
        is_said = _says_kind(name, kind) and not _says_kind(name, found)
        if kind != found and (kind == wanted or is_said):
            advice = f"call it {found.zip_of('<year>')} if that is what it is"
            raise DecodeError(f"{name}: holds {found.title}, not {kind.title}; {advice}")


def _says_kind(name: str, kind: FileKind) -> bool:
    """Whether a word in the file's name says that it is of this kind."""
    words = "|".join(kind.file_name_words)
    return re.search(rf"(?<![a-z])({words})(?![a-z])", Path(name).name.lower()) is not None


def years_named(block: Block, kind: FileKind, expected: int | None = None) -> Counter[int]:
    """The data years that the records in `block` name, with the number of records.

    Two digits stand for the `expected` year if it ends so, else for the first one since the kind began.
    """
    years: Counter[int] = Counter()
    for record in kind.by_record_type().values():
        if all(f.name != kind.year_field for f in record.fields):
            continue
        rows = _records_in(block, record)
        for variant, part in split_by_variant(block, record, rows, year=None):
            fields = variant.fields if variant else record.fields
            position = next(f for f in fields if f.name == kind.year_field)
            cells, times = np.unique(
                block.windows(part, position.width, position.start - 1), axis=0, return_counts=True
            )
            for cell, records in zip(map(bytes, cells), times, strict=True):
                if re.fullmatch(rb"(19|20)?\d\d", cell):
                    years[_full_year(int(cell), kind, expected) if len(cell) == 2 else int(cell)] += int(records)
    return years


def _full_year(digits: int, kind: FileKind, expected: int | None) -> int:
    if expected is not None and expected % 100 == digits:
        return expected
    return kind.since + (digits - kind.since) % 100


def _year_of(block: Block, name: str, kind: FileKind, year: int | None) -> int:
    in_name = re.search(r"(?:19|20)\d\d", Path(name).name)
    expected = year or (int(in_name[0]) if in_name else None)
    named = years_named(block, kind, expected)
    most = max(named, key=named.__getitem__, default=None)
    is_contradicted = most is not None and expected is not None and most != expected
    # Two digits are a year only together with a name that says so; four stand for themselves, whatever the name.
    if is_contradicted and (year is not None or not _says_full_year(kind)):
        raise DecodeError(
            f"{name}: its records name {most}, not {expected}; take the file of {expected}, or decode it as {most}"
        )
    found = most or expected
    if found is None:
        raise DecodeError(f"{name}: neither its records nor its name tell the year; give it with --year")
    if not kind.since <= found <= datetime.now(UTC).year:
        raise DecodeError(f"{name}: there is no {kind.title} of {found}; the FBI publishes it since {kind.since}")
    return found


def _says_full_year(kind: FileKind) -> bool:
    return any(f.name == kind.year_field and f.width == 4 for r in kind.records.values() for f in r.fields)


def _records_in(block: Block, record: Record) -> Integers:
    """The lines of `block` that are records of this type: long enough for their key, of the one length they may have."""
    rows = block.rows_of(record.record_type)
    if record.line_bytes is None:
        return rows[block.lengths[rows] >= record.key_end]
    rows = rows[block.lengths[rows] >= record.line_bytes]
    is_whole: npt.NDArray[np.bool_] = excess_of(block, rows, record.line_bytes).is_null().to_numpy(zero_copy_only=False)
    return rows[is_whole]


class _Decoder:
    """Gives the lines of a file, block by block, to the writers of its segments."""

    def __init__(self, stack: ExitStack, layouts: Layouts, outputs: Mapping[str, Path], report: DecodeReport) -> None:
        self.report = report
        self.kind = kind = report.kind
        report.segments = {segment: SegmentReport() for segment in segment_names(kind)}
        count_format = CountFormat(layouts.codes[OVERPUNCH])
        self.writers: dict[str, SegmentWriter] = {}
        self.parts: dict[str, PartWriter] = {}
        for segment, record in kind.records.items():
            if record.rows:
                irregular = outputs.get(irregular_segment(segment))
                self.parts[segment] = PartWriter(stack, outputs.get(segment), irregular, record, count_format)
            elif segment in outputs:
                path = outputs[segment]
                self.writers[segment] = SegmentWriter(stack, path, record, report.year, report.segments[segment])
        self.threads = stack.enter_context(ThreadPoolExecutor(os.cpu_count()))
        rejected = outputs.get(kind.rejected)
        self.rejected = stack.enter_context(ParquetFile(rejected, REJECTED_SCHEMA)) if rejected else None

    def decode(self, block: Block) -> None:
        self.report.lines += len(block.starts)
        known = np.zeros(len(block.starts), bool)
        has_non_ascii = bool(block.data.max() > 0x7F)
        # Each record type has its segments to itself, and NumPy and Arrow let other threads run.
        for rows in self.threads.map(
            lambda record: self._decode_record(block, record, has_non_ascii), self.kind.by_record_type().values()
        ):
            known[rows] = True
        (rows,) = np.nonzero(~known)
        if len(rows):
            self._reject(block, rows)

    def _decode_record(self, block: Block, record: Record, has_non_ascii: bool) -> Integers:
        rows = _records_in(block, record)
        if len(rows):
            report = self.report.segments[record.segment]
            report.rows += len(rows)
            if has_non_ascii:
                report.non_ascii_lines += _count_non_ascii(block, rows)
            if record.segment in self.writers:
                self.writers[record.segment].write(block, rows)
            for part in self.kind.parts_of(record.segment):
                self._decode_part(block, rows, part)
        return rows

    def _decode_part(self, block: Block, lines: Integers, part: Record) -> None:
        assert part.rows
        self.report.segments[part.segment].rows += len(lines) * part.rows.times
        writer = self.parts[part.segment]
        writer.write(block, lines)
        self.report.segments[irregular_segment(part.segment)].rows = writer.irregular_counts

    def _reject(self, block: Block, rows: Integers) -> None:
        starts, lengths = block.starts[rows], block.lengths[rows]
        reasons = self._reasons(block, rows)
        self.report.rejected.update(reasons)
        self.report.segments[self.kind.rejected].rows += len(rows)
        if self.rejected:
            numbers = pa.array(rows + block.first_line, pa.int64())
            columns: list[Column] = [numbers, binary_array(block.data, starts, lengths), pa.array(reasons, pa.string())]
            self.rejected.write(pa.RecordBatch.from_arrays(columns, schema=REJECTED_SCHEMA))

    def _reasons(self, block: Block, rows: Integers) -> npt.NDArray[np.object_]:
        lengths = block.lengths[rows]
        reasons = np.full(len(rows), "unknown record type", dtype=object)
        reasons[lengths < 2] = "too short to hold a record type"
        reasons[lengths == 0] = "empty line"
        for record_type, record in self.kind.by_record_type().items():
            known = np.isin(rows, block.rows_of(record_type))
            if record.line_bytes:
                reasons[known] = f"not the {record.line_bytes:,} bytes of a {self.kind.title} record"
            else:
                reasons[known] = f"too short to hold the key of {record.segment} ({record.key_end} bytes)"
        return reasons

    def finish(self) -> None:
        for writer in self.writers.values():
            writer.finish()
        for part in self.parts.values():
            part.finish()


def _count_non_ascii(block: Block, rows: Integers) -> int:
    before = np.concatenate(([0], np.cumsum(block.data > 0x7F)))
    starts = block.starts[rows]
    return int((before[starts + block.lengths[rows]] > before[starts]).sum())
