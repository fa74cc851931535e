"""Decodes a master file into the partitions of a lake."""

from collections.abc import Callable, Collection
from typing import BinaryIO

from nibrs_assets.fixed_width.decode import DecodeReport, decode
from nibrs_assets.fixed_width.source import inspect, open_master
from nibrs_assets.records import Layouts
from nibrs_assets.resources.lake import Lake


def decode_to_lake(
    file: BinaryIO,
    name: str,
    lake: Lake,
    layouts: Layouts,
    segments: Collection[str],
    year: int | None = None,
    progress: Callable[[int, int], None] = lambda done, size: None,
) -> DecodeReport:
    """Decode `file`, called `name`, and replace the partitions of `segments`; all other partitions stay as they are.

    `progress` is called with the bytes done and the bytes there are. When it fails (`NibrsError`) nothing has changed.
    """
    master = inspect(file, name)
    with lake.staging() as folder, open_master(file, master) as stream:
        outputs = {segment: folder / f"{segment}.parquet" for segment in segments}
        report = decode(stream, name, layouts, outputs, year, lambda done: progress(done, master.size))
        for segment, staged in outputs.items():
            lake.publish(staged, lake.path("segments", segment, report.year))
    return report
