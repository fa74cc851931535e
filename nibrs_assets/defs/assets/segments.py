"""segments: every record type decoded, lossless, as Parquet; one decoding pass for whichever are asked for."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg

from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.defs.limits import DECODE, RETRIES
from nibrs_assets.defs.partitions import ONE_YEAR_A_RUN, years_of
from nibrs_assets.fixed_width.decode import DecodeReport
from nibrs_assets.fixed_width.described import column_meanings, segment_description
from nibrs_assets.fixed_width.segments import irregular_segment, segment_names, segment_schema
from nibrs_assets.ingest.decoding import decode_to_lake
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import OVERPUNCH, Field, FileKind

DECODER_VERSION = "1"
"""To be raised when the decoder gives other segments for the same file and layout."""


def segments_assets() -> list[dg.AssetsDefinition]:
    """The segments of each kind of master file; any subset can be materialized alone."""
    return [_segments(kind) for kind in shipped_layouts().kinds.values()]


def _segments(kind: FileKind) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"{kind.name}_segments",
        specs=[_spec(kind, segment) for segment in segment_names(kind)],
        can_subset=True,
        partitions_def=years_of((kind.name,)),
        backfill_policy=ONE_YEAR_A_RUN,
        pool=DECODE,
        retry_policy=RETRIES,
    )
    def segments(
        context: dg.AssetExecutionContext, lake: dg.ResourceParam[Lake]
    ) -> Iterator[dg.MaterializeResult[None]]:
        year, start = int(context.partition_key), time.monotonic()
        wanted = sorted(context.selected_asset_keys)
        names = [key.path[-1] for key in wanted]
        with user_errors_as_failures():
            name = kind.zip_of(year)
            with lake.open(lake.require("raw", kind.raw_asset, year, name)) as file:
                report = decode_to_lake(file, name, lake, names, year, kind=kind)
            metadata = {segment: _metadata(lake, report, segment) for segment in names}
        context.log.info(f"{report.lines:,} lines decoded in {time.monotonic() - start:.1f} s")
        for key, segment in zip(wanted, names, strict=True):
            yield dg.MaterializeResult(asset_key=key, metadata=metadata[segment])

    return segments


def _spec(kind: FileKind, segment: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=["segments", segment],
        deps=[["raw", kind.raw_asset]],
        group_name="segments",
        kinds={"parquet"},
        description=segment_description(kind, segment),
        code_version=code_version(kind, segment),
        metadata={"dagster/column_schema": _column_schema(kind, segment)},
    )


def code_version(kind: FileKind, segment: str) -> str:
    """Changes with the decoder and with the record's own layout, so that a layout fix flags only the segments it touches.

    What is rejected depends on the record types, the ends of their keys and the lengths they must have; what is a count,
    on the codes of its last character.
    """
    described = next((r for r in kind.records.values() if segment in (r.segment, irregular_segment(r.segment))), None)
    shape: list[object] = [(r.record_type, r.key_end, r.line_bytes) for r in kind.by_record_type().values()]
    if described:
        shape = [
            _positions(described.fields),
            [replace(v, fields=()) for v in described.variants],
            [_positions(v.fields) for v in described.variants],
            described.line_bytes,
        ]
        if rows := described.rows:
            shape += [replace(rows, carries=()), _positions(rows.carries)]
        if described.has_counts:
            shape += [dict(code.facts) for code in shipped_layouts().codes[OVERPUNCH]]
    return f"{DECODER_VERSION}-{hashlib.sha256(repr(shape).encode()).hexdigest()[:12]}"


def _positions(fields: tuple[Field, ...]) -> list[tuple[str, int, int, bool]]:
    return [(field.name, field.start, field.end, field.type == "count") for field in fields]


def _column_schema(kind: FileKind, segment: str) -> dg.TableSchema:
    columns = []
    types = segment_schema(kind, segment)
    for name, (place, meaning) in column_meanings(kind, segment).items():
        columns.append(dg.TableColumn(name, str(types.field(name).type), f"{place}: {meaning}" if place else meaning))
    return dg.TableSchema(columns)


def _metadata(lake: Lake, report: DecodeReport, segment: str) -> dict[str, Any]:
    record = report.kind.records.get(segment)
    counts = report.segments[segment]
    path = lake.path("segments", segment, report.year)
    metadata: dict[str, Any] = {
        "dagster/row_count": counts.rows,
        "dagster/uri": lake.uri(path),
        "bytes": lake.size(path),
        "lines_in_file": report.lines,
    }
    if segment == report.kind.rejected:
        return metadata | {"rejected_by_reason": dict(report.rejected)}
    if record is None or record.rows:
        return metadata
    return metadata | {
        "non_ascii_lines": counts.non_ascii_lines,
        "lines_with_excess": counts.excess_lines,
        "lines_of_variants": dict(counts.variants),
    }
