"""The years of each kind of master file that a command runs."""

from typing import TYPE_CHECKING

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind

if TYPE_CHECKING:
    from nibrs_assets.ingest.raw_folder import RawFolder


def kinds_to_run(kind: FileKind | None) -> list[FileKind]:
    """The kind that was asked for, else all."""
    return [kind] if kind else list(shipped_layouts().kinds.values())


def years_to_run(raw: "RawFolder", years: tuple[int, ...], kinds: list[FileKind]) -> list[tuple[str, int]]:
    """The kinds and years that the raw folder has zips of, of these `years` if any are given; `NibrsError` for none."""
    from nibrs_assets.defs.partitions import years_of

    wanted = []
    for kind in kinds:
        ended = set(map(int, years_of((kind.name,)).get_partition_keys()))
        there = [year for year in raw.years(kind) if year in years or not years]
        if too_early := [year for year in there if year not in ended]:
            last = max(ended)
            raise NibrsError(
                f"{raw.place(kind.zip_of(too_early[0]))}: {kind.title} has files of {kind.since} to {last}, not of {too_early[0]}"
            )
        wanted += [(kind.name, year) for year in there]
    if not wanted and not years:
        raise NibrsError(f"{no_zip(raw, kinds, '<year>')}; put the FBI's master files there")
    return wanted


def no_zip(raw: "RawFolder", kinds: list[FileKind], year: int | str) -> str:
    """That the raw folder has no zip of these kinds and this year, in words."""
    return f"{raw.place()}: holds no {' or '.join(kind.zip_of(year) for kind in kinds)}"
