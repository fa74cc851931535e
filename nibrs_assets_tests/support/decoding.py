"""Decodes text held in memory into a folder, without a lake."""

import io
from pathlib import Path

from nibrs_assets.fixed_width.decode import DecodeReport, decode
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.fixed_width.source import inspect, open_master
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind
from nibrs_assets_tests.support.samples import NIBRS, RETURN_A


def decode_bytes(text: bytes, folder: Path, year: int | None = None, name: str = "test.txt") -> DecodeReport:
    """Decode `text` to `<folder>/<segment>.parquet`."""
    outputs = segments_in(folder, NIBRS) | segments_in(folder, RETURN_A)
    file = io.BytesIO(text)
    with open_master(file, inspect(file, name)) as stream:
        return decode(stream, name, shipped_layouts(), outputs, year)


def segments_in(folder: Path, kind: FileKind = NIBRS) -> dict[str, Path]:
    """Where `decode_bytes` puts the segments of a kind."""
    return {name: folder / f"{name}.parquet" for name in segment_names(kind)}
