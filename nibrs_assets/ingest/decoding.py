"""Decodes a master file into the partitions of a lake."""

from collections.abc import Callable, Collection
from typing import BinaryIO

from nibrs_assets.fixed_width.decode import DecodeReport, decode
from nibrs_assets.fixed_width.source import inspect, open_master
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind


def decode_to_lake(
    file: BinaryIO,
    name: str,
    lake: Lake,
    segments: Collection[str],
    year: int | None = None,
    progress: Callable[[int, int], None] = lambda done, size: None,
    kind: FileKind | None = None,
) -> DecodeReport:
    """Decode `file`, called `name`, and replace the partitions of those of `segments` that its kind has; all others stay.

    `progress` is called with the bytes done and the bytes there are. Raises `NibrsError`, with nothing changed, when the file is
    damaged, of another `kind` or `year`, or no master file.
    """
    master = inspect(file, name)
    with lake.staging() as folder, open_master(file, master) as stream:
        outputs = {segment: folder / f"{segment}.parquet" for segment in segments}
        report = decode(stream, name, shipped_layouts(), outputs, year, lambda done: progress(done, master.size), kind)
        for segment in report.segments.keys() & outputs.keys():
            lake.publish(outputs[segment], lake.path("segments", segment, report.year))
    return report
