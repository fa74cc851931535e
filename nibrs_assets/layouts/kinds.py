"""Reads the kinds of master file, `<kind>.yaml`, and the names of their combinations, `combinations.yaml`."""

from collections.abc import Mapping
from pathlib import Path

from nibrs_assets.layouts.errors import LayoutError, Where
from nibrs_assets.layouts.model import Code, FileKind, Record
from nibrs_assets.layouts.placement import read_records
from nibrs_assets.layouts.shapes import CombinationsFile, KindFile
from nibrs_assets.layouts.text import read_yaml
from nibrs_assets.layouts.validation import read_shape, validated

_COMBINATIONS = "combinations.yaml"


def read_kinds(folder: Path, codes: Mapping[str, tuple[Code, ...]]) -> dict[str, FileKind]:
    """The kinds that `folder` describes, in the order of their names."""
    files = sorted(path for path in folder.glob("*.yaml") if path.name != _COMBINATIONS)
    if not files:
        raise LayoutError(folder, 1, "no kinds of master file (*.yaml) found; is the installation complete?")
    kinds = {path.stem: _read_kind(path, codes) for path in files}
    of_segments: dict[str, str] = {}
    for kind in kinds.values():
        for segment in (*kind.records, kind.rejected):
            if segment in of_segments:
                where = f"{of_segments[segment]} and {kind.name}"
                raise LayoutError(folder, 1, f"segment {segment!r} stands twice in the kinds of master file {where}")
            of_segments[segment] = kind.name
    return kinds


def _read_kind(path: Path, codes: Mapping[str, tuple[Code, ...]]) -> FileKind:
    """The kind that the file `path` describes, with the records in the folder of its name."""
    file = read_shape(path, KindFile)
    records = _records(path.with_suffix(""), codes)
    if not any(field.name == file.year_field for record in records.values() for field in record.fields):
        raise LayoutError(path, file.line, f"year_field {file.year_field!r} is no field of its records")
    return FileKind(
        name=path.stem,
        title=file.title,
        since=file.since,
        zip_name=file.zip_name,
        year_field=file.year_field,
        rejected=file.rejected,
        records=records,
        service_keys=tuple(file.service_keys),
        file_name_words=tuple(file.file_name_words),
    )


def _records(folder: Path, codes: Mapping[str, tuple[Code, ...]]) -> dict[str, Record]:
    """The records of a kind by segment, in the order of their record types."""
    records: dict[str, Record] = {}
    for path in sorted(folder.glob("[!_]*.yaml")):
        for record in read_records(path, codes):
            for other in records.values():
                if other.segment == record.segment or (other.record_type == record.record_type and not record.rows):
                    what = f"segment {record.segment!r} or record type {record.record_type!r}"
                    raise LayoutError(path, 1, f"{what} stands in another file too")
            records[record.segment] = record
    if not records:
        raise LayoutError(folder, 1, "no record layouts (*.yaml) found; is the installation complete?")
    return dict(sorted(records.items(), key=lambda item: item[1].record_type))


def read_combinations(folder: Path, kinds: Mapping[str, FileKind]) -> dict[tuple[str, ...], str]:
    """The names of combinations of `kinds`, by the kinds in their order."""
    path = folder / _COMBINATIONS
    content = read_yaml(path)
    names: dict[tuple[str, ...], str] = {}
    for name, combined in validated(path, content, CombinationsFile).root.items():
        where = Where(path, content[name].lines[0])
        in_order = tuple(kind for kind in kinds if kind in combined)
        if unknown := [kind for kind in combined if kind not in kinds]:
            raise where.error(f"{name} names {unknown[0]!r}; the kinds are {', '.join(kinds)}")
        if list(in_order) != combined:
            raise where.error(f"{name} has to name each kind once, in this order: {', '.join(in_order)}")
        if name in kinds:
            raise where.error(f"{name!r} is the name of a kind; a combination needs another")
        if in_order in names:
            raise where.error(f"{name} and {names[in_order]} name the same kinds")
        names[in_order] = name
    return names
