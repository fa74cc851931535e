"""Decodes a NIBRS master file into one Parquet file per record type, in one pass, in bounded memory, losing nothing.

Every line ends up in exactly one segment: the one of its record type, or `rejected` with the reason.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from nibrs_assets.errors import NibrsError
from nibrs_assets.fixed_width.columns import binary_array
from nibrs_assets.fixed_width.lines import PADDING, Block, Integers, Readable, blocks
from nibrs_assets.fixed_width.segments import REJECTED, REJECTED_SCHEMA, SegmentReport, SegmentWriter, segment_names
from nibrs_assets.fixed_width.variants import split_by_variant
from nibrs_assets.records import Layouts

RETURN_A_BYTES = 7385
"""The length of a record of the other master file, Return A."""

_YEAR_FIELD = "master_file_year"

Progress = Callable[[int], None]


class DecodeError(NibrsError):
    """A file that is no NIBRS master file, or not of the year it was said to be."""


@dataclass
class DecodeReport:
    """What decoding found: rows by segment, rejected lines by reason, header years."""

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
) -> DecodeReport:
    """Decode `stream`, writing the segments named in `outputs` to their files; others are only counted.

    `name` is what errors call the file. Without `year` that of most headers of the first block counts, else one in the name.
    `progress` is called with the number of bytes done. Raises `DecodeError` when the first block holds no NIBRS record, or no year
    is known, or most of its headers name another; what is written so far is then incomplete and to be thrown away.
    """
    report: DecodeReport | None = None
    with ExitStack() as stack:
        writers: dict[str, SegmentWriter] = {}
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
    for record in layouts.records.values():
        if all(f.name != _YEAR_FIELD for f in record.fields):
            continue
        rows = block.rows_of(record.record_type)
        for variant, part in split_by_variant(block, record, rows, year=None):
            fields = variant.fields if variant else record.fields
            position = next(f for f in fields if f.name == _YEAR_FIELD)
            cells = block.windows(part, position.width, position.start - 1)
            years.update(int(cell) for cell in map(bytes, cells) if re.fullmatch(rb"(19|20)\d\d", cell))
    return years


def _refuse_other_kinds(block: Block, name: str, layouts: Layouts) -> None:
    known = sum(len(block.rows_of(record_type)) for record_type in layouts.by_record_type())
    if known == 0:
        if block.lengths[0] == RETURN_A_BYTES:
            raise DecodeError(
                f"{name}: a Return A master file (its records have {RETURN_A_BYTES:,} bytes), not a NIBRS one"
            )
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


def _decode_block(block: Block, layouts: Layouts, writers: Mapping[str, SegmentWriter], report: DecodeReport) -> None:
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


def _reject(block: Block, rows: Integers, layouts: Layouts, writer: SegmentWriter | None, report: DecodeReport) -> None:
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


def _open_writers(
    stack: ExitStack, layouts: Layouts, outputs: Mapping[str, Path], report: DecodeReport
) -> dict[str, SegmentWriter]:
    report.segments = {segment: SegmentReport() for segment in segment_names(layouts)}
    return {
        segment: SegmentWriter(stack, path, layouts.records.get(segment), report.year, report.segments[segment])
        for segment, path in outputs.items()
    }
