"""segments: every record type decoded, text, lossless, as Parquet; one decoding pass for whichever are asked for."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dagster as dg

from nibrs_assets.assets.failure import failing_for_people
from nibrs_assets.fixed_width.decode import DecodeReport
from nibrs_assets.fixed_width.segments import REJECTED, segment_names, segment_schema
from nibrs_assets.layouts import nibrs_layouts
from nibrs_assets.partitions import NIBRS_YEARS, ONE_YEAR_A_RUN
from nibrs_assets.records import Field, Layouts
from nibrs_assets.resources.decoding import decode_to_lake
from nibrs_assets.resources.lake import Lake
from nibrs_assets.resources.raw_zips import NIBRS_MASTER_FILE, zip_name

DECODER_VERSION = "1"
"""To be raised when the decoder gives other segments for the same file and layout."""


def segments_assets() -> dg.AssetsDefinition:
    """The segments of the NIBRS master file, any subset of which can be materialized alone."""
    layouts = nibrs_layouts()

    @dg.multi_asset(
        name="nibrs_segments",
        specs=[_spec(layouts, segment) for segment in segment_names(layouts)],
        can_subset=True,
        partitions_def=NIBRS_YEARS,
        backfill_policy=ONE_YEAR_A_RUN,
    )
    def nibrs_segments(
        context: dg.AssetExecutionContext, lake: dg.ResourceParam[Lake]
    ) -> Iterator[dg.MaterializeResult[None]]:
        year = int(context.partition_key)
        wanted = sorted(context.selected_asset_keys)
        with failing_for_people():
            name = zip_name(year)
            with lake.open(lake.require("raw", NIBRS_MASTER_FILE, year, name)) as file:
                report = decode_to_lake(file, name, lake, layouts, [key.path[-1] for key in wanted], year)
        for key in wanted:
            yield dg.MaterializeResult(asset_key=key, metadata=_metadata(lake, report, key.path[-1]))

    return nibrs_segments


def _spec(layouts: Layouts, segment: str) -> dg.AssetSpec:
    record = layouts.records.get(segment)
    title = (
        f"{record.title} ({record.record_type}). {record.description}" if record else "Lines that are no known record."
    )
    return dg.AssetSpec(
        key=["segments", segment],
        deps=[["raw", NIBRS_MASTER_FILE]],
        group_name="segments",
        kinds={"parquet"},
        description=f"{title} Text as in the master file, one row a line.",
        code_version=_code_version(layouts, segment),
        metadata={"dagster/column_schema": _column_schema(layouts, segment)},
    )


def _code_version(layouts: Layouts, segment: str) -> str:
    """Changes with the decoder and with the record's own layout, so that a layout fix flags only the segments it touches.

    What is rejected depends on the record types and the ends of their keys.
    """
    record = layouts.records.get(segment)
    shape: object = [(r.record_type, r.key_end) for r in layouts.records.values()]
    if record:
        shape = [
            _positions(record.fields),
            [replace(v, fields=()) for v in record.variants],
            [_positions(v.fields) for v in record.variants],
        ]
    return f"{DECODER_VERSION}-{hashlib.sha256(repr(shape).encode()).hexdigest()[:12]}"


def _positions(fields: tuple[Field, ...]) -> list[tuple[str, int, int]]:
    return [(field.name, field.start, field.end) for field in fields]


def _column_schema(layouts: Layouts, segment: str) -> dg.TableSchema:
    described = {"line_number": "Line of the record in the master file, counted from 1"}
    if segment == REJECTED:
        described |= {"bytes": "The line as it is", "reason": "Why it is in no other segment"}
    else:
        described |= {"excess": "What the line holds beyond the layout"}
        described |= {f.name: f"{f.bytes_label}: {f.description}" for f in layouts.records[segment].fields}
    schema = segment_schema(layouts, segment)
    return dg.TableSchema([dg.TableColumn(f.name, str(f.type), described[f.name]) for f in schema])


def _metadata(lake: Lake, report: DecodeReport, segment: str) -> dict[str, Any]:
    counts = report.segments[segment]
    path = lake.path("segments", segment, report.year)
    metadata: dict[str, Any] = {
        "dagster/row_count": counts.rows,
        "dagster/uri": lake.uri(path),
        "bytes": lake.size(path),
        "lines_in_file": report.lines,
    }
    if segment == REJECTED:
        return metadata | {"rejected_by_reason": dict(report.rejected)}
    return metadata | {
        "non_ascii_lines": counts.non_ascii_lines,
        "lines_with_excess": counts.excess_lines,
        "lines_of_variants": dict(counts.variants),
    }
