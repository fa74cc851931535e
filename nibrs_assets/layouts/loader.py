"""Loads and validates `layouts/`: the record layouts and code tables, the single source of truth.

The format is described in `layouts/README.md`. Everything else (Arrow schemas, casts, comments, lineage, checks) is derived from
the plain data classes of `records.py`.
"""

import csv
import dataclasses
import functools
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.layouts.model import (
    OVERPUNCH,
    Code,
    Field,
    FieldType,
    FileKind,
    Layouts,
    Record,
    Repetition,
    Rows,
    SeriesBreak,
    Variant,
)

_TYPES = get_args(FieldType)
_DATE_BYTES = {"date": 8, "short_date": 6}
_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_YEAR = re.compile(r"(19|20)\d\d", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_AT = re.compile(r"(\d+)(?:-(\d+))?")
_FIELD_KEYS = {"name", "at", "width", "type", "codes", "since", "until", "description", "note", "source"}
_REPEAT_KEYS = {"repeat", "at", "times", "first", "labels", "fields", "rows"}
_LABEL_KEYS = {"since", "description"}
_ROWS_KEYS = {"segment", "title", "description", "carries"}
_RECORD_KEYS = {
    *("segment", "record_type", "title", "description"),
    *("since", "until", "key", "line_bytes", "source", "fields", "variants"),
}
_KIND_KEYS = {"title", "since", "zip_name", "year_field", "rejected"}
_RESERVED = {"line_number", "excess"}
_VARIANT_KEYS = {"name", "widths", "year", "state_code", "matches", "unless"}
_SHAPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("fields", "variants", "key", "carries"), (list, "a list")),
    **dict.fromkeys(("widths", "rows"), (dict, "a mapping")),
    **dict.fromkeys(("times", "first"), (int, "a number")),
    **dict.fromkeys(("name", "repeat", "include", "type", "codes", "segment"), (str, "a name")),
    **dict.fromkeys(("title", "description", "note", "source", "zip_name", "year_field", "rejected"), (str, "a text")),
}
"""What the values of keys have to be, where nothing else checks it."""
_MOST_REPETITIONS = 1000
_LINE = "__line__"


class LayoutError(NibrsError):
    """A layout or code table that is wrong: names the file and the line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


@functools.cache
def shipped_layouts() -> Layouts:
    """The layouts that ship with the package."""
    return load_layouts(shipped_folder("layouts"))


def load_layouts(folder: Path) -> Layouts:
    """Read and validate the layouts in `folder`.

    Raises `LayoutError` with file and line for overlaps, undeclared gaps, names used twice, unknown code tables, keys or types,
    and years that contradict each other.
    """
    codes = {path.stem: _load_codes(path) for path in sorted((folder / "codes").glob("*.csv"))}
    kinds = {path.stem: _load_kind(path, codes) for path in sorted(folder.glob("*.yaml"))}
    if not kinds:
        raise LayoutError(folder, 1, "no kinds of master file (*.yaml) found; is the installation complete?")
    segments = Counter(segment for kind in kinds.values() for segment in [*kind.records, kind.rejected])
    if twice := [segment for segment, times in segments.items() if times > 1]:
        raise LayoutError(folder, 1, f"segment {twice[0]!r} stands in two kinds of master file")
    return Layouts(kinds, codes, _load_series_breaks(folder / "series_breaks.csv", codes))


def _load_kind(path: Path, codes: Mapping[str, tuple[Code, ...]]) -> FileKind:
    """The kind of master file described in `path`, with the records in the folder of its name."""
    top = _read_yaml(path)
    _known_keys(path, top, _KIND_KEYS, required=_KIND_KEYS)
    if top["zip_name"].count("{") != 1 or "{year}" not in top["zip_name"]:
        raise LayoutError(path, 1, f"zip_name {top['zip_name']!r} has to say {{year}} once, and nothing else in braces")
    if not isinstance(top["since"], int) or not _NAME.fullmatch(top["rejected"]):
        raise LayoutError(path, 1, "since has to be a year, rejected the name of a segment")
    records: dict[str, Record] = {}
    files = sorted(path.with_suffix("").glob("[!_]*.yaml"))
    for file in files:
        for record in _RecordReader(file, codes).read():
            for other in records.values():
                if other.segment == record.segment or (other.record_type == record.record_type and not record.rows):
                    what = f"segment {record.segment!r} or record type {record.record_type!r}"
                    raise LayoutError(file, 1, f"{what} stands in another file too")
            records[record.segment] = record
    if not records:
        raise LayoutError(path.with_suffix(""), 1, "no record layouts (*.yaml) found; is the installation complete?")
    if not any(field.name == top["year_field"] for record in records.values() for field in record.fields):
        raise LayoutError(path, 1, f"year_field {top['year_field']!r} is no field of its records")
    in_order = dict(sorted(records.items(), key=lambda item: item[1].record_type))
    given = {key: top[key] for key in _KIND_KEYS}
    return FileKind(name=path.stem, records=in_order, **given)


_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _LineLoader(_SafeLoader):  # type: ignore[valid-type, misc]
    """YAML whose mappings know the line they begin on."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return {**mapping, _LINE: node.start_mark.line + 1}


def _read_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LayoutError(path, 1, f"can't be read: {error.strerror}; is the installation complete?") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LayoutError(path, line, f"byte {error.object[error.start]:02x} is no UTF-8") from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise LayoutError(path, line, f"the character {found[0]!r} is none of a text")
    return text


def _read_csv(path: Path) -> "csv.DictReader[str]":
    """The rows of a CSV file; what is no CSV is an error, and so is a value that goes on in the next line."""
    return csv.DictReader(io.StringIO(_read_text(path), newline=""), strict=True)


def _columns(path: Path, reader: "csv.DictReader[str]") -> list[str]:
    try:
        columns = list(reader.fieldnames or [])
    except csv.Error as error:
        raise LayoutError(path, 1, f"not readable as CSV: {error}") from None
    if len(set(columns)) < len(columns) or not all(columns):
        raise LayoutError(path, 1, "a column stands twice, or has no name")
    return columns


def _rows_of(path: Path, reader: "csv.DictReader[str]") -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of `reader` with their lines; a value that goes on in the next line has swallowed rows."""
    before = reader.line_num
    try:
        for row in reader:
            if any("\n" in value for value in row.values() if isinstance(value, str)):
                raise LayoutError(path, before + 1, "a value goes on in the next line; is there a quote too many?")
            before = reader.line_num
            yield before, row
    except csv.Error as error:
        raise LayoutError(path, before + 1, f"not readable as CSV: {error}") from None


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(_read_text(path), Loader=_LineLoader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LayoutError(path, line, f"not readable as YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LayoutError(path, 1, f"not readable as YAML: {error}") from None
    if not isinstance(content, dict):
        raise LayoutError(path, 1, "a layout is a mapping of keys")
    return content


def _fields_in(path: Path) -> tuple[dict[str, Any], list[Any]]:
    content = _read_yaml(path)
    if not content.get("fields") or not isinstance(content["fields"], list):
        raise LayoutError(path, 1, "a layout is a mapping with a list of `fields`")
    return content, content["fields"]


def _known_keys(path: Path, entry: dict[str, Any], known: set[str], required: set[str]) -> None:
    keys = entry.keys() - {_LINE}
    if unknown := keys - known:
        message = f"unknown key {min(unknown, key=str)!r}; known are {', '.join(sorted(known))}"
        raise LayoutError(path, entry[_LINE], message)
    if missing := required - keys:
        raise LayoutError(path, entry[_LINE], f"{sorted(missing)[0]!r} is missing")
    for key in sorted(keys & _SHAPES.keys()):
        shape, wanted = _SHAPES[key]
        if not isinstance(entry[key], shape):
            raise LayoutError(path, entry[_LINE], f"{key} is {_shown(entry[key])}; it has to be {wanted}")
        if shape is list and not entry[key]:
            raise LayoutError(path, entry[_LINE], f"{key} is an empty list")


def _shown(value: object) -> str:
    """A value as an error tells it, which is not longer than can be read."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


@dataclass(frozen=True)
class _Label:
    """What the fields of one repetition are called by, from which year on they are filled, what they have in common."""

    name: str
    since: int | None = None
    description: str = ""


class _RecordReader:
    """Reads one record file, placing its fields one behind the other."""

    def __init__(self, path: Path, codes: Mapping[str, tuple[Code, ...]]) -> None:
        self.path = path
        self.codes = codes
        self.source = ""
        self.since = 0
        self.until: int | None = None
        self.lines: dict[str, tuple[Path, int]] = {}
        self.parts: list[tuple[dict[str, Any], int, int, list[Field]]] = []

    def read(self) -> Iterator[Record]:
        """The record, and those whose rows stand inside it."""
        top, entries = _fields_in(self.path)
        required = {"segment", "record_type", "title", "since", "key", "source"}
        _known_keys(self.path, top, _RECORD_KEYS, required)
        if not (isinstance(top["record_type"], str) and len(top["record_type"]) in (1, 2)):
            raise self._error(
                top, f"record_type {top['record_type']!r} must be one or two characters, in quotes when digits"
            )
        self._check_segment(top)
        self.source = str(top["source"])
        self.since, self.until = self._years(self.path, top)
        fields = list(self._place(self.path, entries))
        self._check_fields(fields)
        end = self._check_parts(fields)
        if counts := [field for field in fields if field.type == "count"]:
            raise LayoutError(*self.lines[counts[0].name], f"count {counts[0].name!r} stands in no `rows`")
        key = tuple(top["key"])
        for name in key:
            if not isinstance(name, str) or name not in self.lines:
                raise self._error(top, f"key names {name!r}, which is no field")
        line_bytes = top.get("line_bytes")
        if line_bytes not in (None, end):
            raise self._error(top, f"line_bytes is {line_bytes!r}, but the fields end at byte {end}")
        record = Record(
            segment=top["segment"],
            record_type=top["record_type"],
            title=str(top["title"]),
            description=str(top.get("description", "")),
            source=self.source,
            key=key,
            fields=tuple(fields),
            since=self.since,
            until=self.until,
            line_bytes=line_bytes,
        )
        variants = top.get("variants", [])
        if other := [entry for entry in variants if not isinstance(entry, dict)]:
            raise self._error(top, f"{_shown(other[0])} in `variants` is no mapping")
        yield replace(record, variants=tuple(self._variant(record, entry) for entry in variants))
        for entry, start, width, part in self.parts:
            yield self._part(record, entry, start, width, part)

    def _check_segment(self, entry: dict[str, Any]) -> None:
        if not _NAME.fullmatch(str(entry["segment"])):
            raise self._error(entry, f"segment {entry['segment']!r} must be lower-case letters, digits and _")

    def _place(self, path: Path, entries: list[Any], under: tuple[Path, ...] = ()) -> Iterator[Field]:
        if path in under:
            raise LayoutError(path, 1, "includes itself, directly or by another file")
        for entry in entries:
            if not isinstance(entry, dict):
                raise LayoutError(path, 1, f"{_shown(entry)} in `fields` is neither a field, a repeat nor an include")
            if "include" in entry:
                included = self._include(path, entry)
                yield from self._place(included, _fields_in(included)[1], (*under, path))
            elif "rows" in entry:
                self._place_part(path, entry)
            elif "repeat" in entry:
                yield from self._repeat(path, entry)
            else:
                start, end = self._position(path, entry)
                if "width" in entry:
                    raise LayoutError(path, entry[_LINE], "width is for the fields of a repeat; `at` says it here")
                yield self._field(path, entry, start, end)

    def _include(self, path: Path, entry: dict[str, Any]) -> Path:
        _known_keys(path, entry, {"include"}, required={"include"})
        included = self.path.parent / f"_{entry['include']}.yaml"
        if not _NAME.fullmatch(entry["include"]) or not included.exists() or included == path:
            raise LayoutError(path, entry[_LINE], f"include: there is no {included.name} beside this file")
        return included

    def _repeat(self, path: Path, entry: dict[str, Any]) -> Iterator[Field]:
        _known_keys(path, entry, _REPEAT_KEYS, required={"repeat", "at", "times", "fields"})
        start, end = self._position(path, entry)
        fields = list(self._repetitions(path, entry, start))
        if fields[-1].end != end:
            width = (fields[-1].end - start + 1) // entry["times"]
            message = f"{entry['times']} times {width} bytes do not fill {start}-{end} ({end - start + 1} bytes)"
            raise LayoutError(path, entry[_LINE], f"repeat {entry['repeat']!r}: {message}")
        yield from fields

    def _repetitions(self, path: Path, entry: dict[str, Any], start: int) -> Iterator[Field]:
        """The fields of a repeat, one repetition behind the other from byte `start` on."""
        times, first, labels = entry["times"], entry.get("first", 1), self._labels(path, entry)
        members = list(self._members(path, entry))
        if not 1 <= times <= _MOST_REPETITIONS:
            raise LayoutError(
                path, entry[_LINE], f"repeat {entry['repeat']!r}: times is a number from 1 on, not {times}"
            )
        for index in range(times):
            label = labels[index] if labels else None
            for member_path, member in members:
                base = member["name"]
                name = f"{label.name}_{base}" if label else f"{base}_{first + index}"
                stop = start + self._width(member_path, member) - 1
                field = self._field(member_path, {**member, "name": name}, start, stop)
                place = Repetition(entry["repeat"], first + index, base, label.name if label else None)
                yield replace(_labelled(field, label) if label else field, repetition=place)
                start = stop + 1

    def _labels(self, path: Path, entry: dict[str, Any]) -> list[_Label]:
        given, times = entry.get("labels", []), entry["times"]
        if isinstance(given, dict):
            labels = []
            for name, facts in given.items():
                if name != _LINE:
                    if not isinstance(facts, dict) or not isinstance(facts.get("since"), int | None):
                        raise LayoutError(
                            path, entry[_LINE], f"label {_shown(name)}: since is a year, as in `{{since: 2013}}`"
                        )
                    _known_keys(path, facts, _LABEL_KEYS, required=set())
                    labels.append(_Label(name, facts.get("since"), facts.get("description", "")))
        else:
            labels = [_Label(name) for name in given] if isinstance(given, list) else []
        if "labels" in entry and not (labels and all(isinstance(label.name, str) for label in labels)):
            raise LayoutError(path, entry[_LINE], f"repeat {entry['repeat']!r}: labels are a list or mapping of names")
        if labels and len(labels) != times:
            raise LayoutError(path, entry[_LINE], f"repeat {entry['repeat']!r}: {len(labels)} labels for {times} times")
        return labels

    def _members(self, path: Path, entry: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The fields of one repetition, those of an include with the file they stand in."""
        for member in entry["fields"]:
            if not isinstance(member, dict) or not {"name", "include"} & member.keys():
                message = f"repeat {entry['repeat']!r}: {_shown(member)} is neither a field nor an include"
                raise LayoutError(path, entry[_LINE], message)
            if "include" in member:
                included = self._include(path, member)
                inside = _fields_in(included)[1]
                if other := [inner for inner in inside if not isinstance(inner, dict) or "name" not in inner]:
                    message = f"{_shown(other[0])}: what is included in a repeat are fields"
                    raise LayoutError(included, 1, message)
                yield from ((included, inner) for inner in inside)
            else:
                yield path, member

    def _place_part(self, path: Path, entry: dict[str, Any]) -> None:
        """Place the fields of a repeat whose repetitions are rows of a segment of their own: those of the first one."""
        _known_keys(path, entry, _REPEAT_KEYS, required={"repeat", "at", "times", "fields"})
        _known_keys(path, entry["rows"], _ROWS_KEYS, required=_ROWS_KEYS)
        self._check_segment(entry["rows"])
        start, end = self._position(path, entry)
        fields: list[Field] = []
        place = start
        for member in entry["fields"]:
            if isinstance(member, dict) and "repeat" in member:
                _known_keys(path, member, _REPEAT_KEYS - {"at", "rows"}, required={"repeat", "times", "fields"})
                fields += self._repetitions(path, member, place)
            else:
                for member_path, inner in self._members(path, {**entry, "fields": [member]}):
                    stop = place + self._width(member_path, inner) - 1
                    fields.append(self._field(member_path, inner, place, stop))
                    place = stop + 1
            place = fields[-1].end + 1
        width = place - start
        if width * entry["times"] != end - start + 1:
            message = f"{entry['times']} times {width} bytes do not fill {start}-{end} ({end - start + 1} bytes)"
            raise LayoutError(path, entry[_LINE], f"repeat {entry['repeat']!r}: {message}")
        self.parts.append((entry, start, width, fields))

    def _check_parts(self, fields: list[Field]) -> int:
        """That the parts follow the fields and each other; the last byte of all."""
        end = fields[-1].end
        for entry, start, width, _ in self.parts:
            if start != end + 1:
                message = f"repeat {entry['repeat']!r} begins at byte {start}; what stands before it ends at {end}"
                raise self._error(entry, message)
            end += width * entry["times"]
        return end

    def _part(self, parent: Record, entry: dict[str, Any], start: int, width: int, fields: list[Field]) -> Record:
        rows = entry["rows"]
        names = {field.name: field for field in parent.fields}
        if missing := [name for name in rows["carries"] if name not in names]:
            raise self._error(entry, f"carries names {missing[0]!r}, which is no field before the repeat")
        carries = tuple(names[name] for name in rows["carries"])
        return replace(
            parent,
            segment=rows["segment"],
            title=str(rows["title"]),
            description=str(rows["description"]),
            fields=tuple(fields),
            line_bytes=None,
            rows=Rows(parent.segment, start, width, entry["times"], entry["repeat"], carries),
        )

    def _field(self, path: Path, entry: dict[str, Any], start: int, end: int) -> Field:
        _known_keys(path, entry, _FIELD_KEYS, required={"name"})
        line, name, kind = entry[_LINE], entry["name"], entry.get("type", "text")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise LayoutError(path, line, f"name {name!r} must be lower-case letters, digits and _")
        if name in _RESERVED:
            raise LayoutError(path, line, f"name {name!r} is one that every segment has of its own")
        if name in self.lines:
            raise LayoutError(path, line, f"name {name!r} is used twice in {self.path.name}")
        if kind not in _TYPES:
            raise LayoutError(path, line, f"type {kind!r} of {name!r} is none of {', '.join(_TYPES)}")
        codes = entry.get("codes")
        if codes is not None and codes not in self.codes:
            raise LayoutError(path, line, f"codes of {name!r}: there is no codes/{codes}.csv")
        if kind in _DATE_BYTES and end - start + 1 != _DATE_BYTES[kind]:
            message = f"{kind} {name!r} must be {_DATE_BYTES[kind]} bytes wide, not {end - start + 1}"
            raise LayoutError(path, line, message)
        since, until = self._years(path, entry, of_field=True)
        self.lines[name] = (path, line)
        return Field(
            name=name,
            start=start,
            end=end,
            type=kind,
            description=str(entry.get("description", "")),
            source=str(entry.get("source", self.source)),
            codes=codes,
            since=since or None,
            until=until,
            note=entry.get("note"),
        )

    def _check_fields(self, fields: list[Field]) -> None:
        expected = 1
        for field in fields:
            path, line = self.lines[field.name]
            if field.start < expected:
                raise LayoutError(
                    path,
                    line,
                    f"{field.name!r} at {field.bytes_label} overlaps the field before it, which ends at {expected - 1}",
                )
            if field.start > expected:
                gap = f"bytes {expected}-{field.start - 1}"
                raise LayoutError(
                    path, line, f"{gap} before {field.name!r} are not declared; add a field of `type: filler`"
                )
            expected = field.end + 1

    def _variant(self, record: Record, entry: dict[str, Any]) -> Variant:
        _known_keys(self.path, entry, _VARIANT_KEYS, required={"name", "widths", "matches", "unless"})
        widths = {name: width for name, width in entry["widths"].items() if name != _LINE}
        for name, width in widths.items():
            if name not in self.lines:
                raise self._error(entry, f"variant {entry['name']!r} names {name!r}, which is no field")
            if not isinstance(width, int) or width < 0:
                message = f"variant {entry['name']!r}: width {width!r} of {name!r} is no number of bytes"
                raise self._error(entry, message)
        year, state_code = entry.get("year"), entry.get("state_code")
        if not isinstance(year, int | None) or not isinstance(state_code, str | None):
            raise self._error(entry, f"variant {entry['name']!r}: year is a number, state_code two digits in quotes")
        for key in ("matches", "unless"):
            try:
                # By the engine that will match it.
                pc.match_substring_regex(pa.array([b""]), entry[key])
            except (pa.ArrowException, TypeError) as error:
                message = f"variant {entry['name']!r}: {key} is no regular expression: {error}"
                raise self._error(entry, message) from None
        placed, start = [], 1
        for field in record.fields:
            end = start + widths.get(field.name, field.width) - 1
            placed.append(replace(field, start=start, end=end))
            start = end + 1
        return Variant(
            name=entry["name"],
            fields=tuple(placed),
            matches=entry["matches"],
            unless=entry["unless"],
            year=year,
            state_code=state_code,
        )

    def _position(self, path: Path, entry: dict[str, Any]) -> tuple[int, int]:
        match = _AT.fullmatch(str(entry.get("at", "")))
        start = int(match[1]) if match else 0
        end = int(match[2] or start) if match else 0
        if not 1 <= start <= end:
            raise LayoutError(path, entry[_LINE], f"at: {entry.get('at')!r} is no position such as 34 or 34-36")
        return start, end

    def _width(self, path: Path, member: dict[str, Any]) -> int:
        width = member.get("width")
        if not isinstance(width, int) or width < 1:
            raise LayoutError(
                path, member[_LINE], f"{member.get('name')!r} in a repeat needs a width, such as `width: 3`"
            )
        return width

    def _years(self, path: Path, entry: dict[str, Any], of_field: bool = False) -> tuple[int, int | None]:
        since, until = entry.get("since", 0), entry.get("until")
        if not isinstance(since, int) or not isinstance(until, int | None):
            raise LayoutError(
                path, entry[_LINE], f"since and until are years, such as 2013, not {since!r} and {until!r}"
            )
        earliest, latest = (self.since, self.until) if of_field else (0, None)
        if (
            (until is not None and until < since)
            or (since and since < earliest)
            or (latest and (until or since or latest) > latest)
        ):
            raise LayoutError(
                path, entry[_LINE], f"years {since or ''}-{until or ''} contradict themselves or those of the record"
            )
        return since, until

    def _error(self, entry: dict[str, Any], message: str) -> LayoutError:
        return LayoutError(self.path, entry[_LINE], message)


def _labelled(field: Field, label: _Label) -> Field:
    """The field with what its label says of all its fields."""
    description = f"{label.description}: {field.description}" if label.description else field.description
    since = max(filter(None, (field.since, label.since)), default=None)
    return replace(field, description=description, since=since)


_CODE_RANGE = re.compile(r"(\d+)-(\d+)", re.ASCII)
_RANGE_DIGITS = 4
_CODE_COLUMNS = ["code", "label", "valid_from", "valid_to", "source"]


def _load_codes(path: Path) -> tuple[Code, ...]:
    codes: list[Code] = []
    reader = _read_csv(path)
    columns = _columns(path, reader)
    if columns[: len(_CODE_COLUMNS)] != _CODE_COLUMNS:
        raise LayoutError(path, 1, f"a code table begins with the columns {','.join(_CODE_COLUMNS)}")
    for line, row in _rows_of(path, reader):
        for code in _spelled_out(path, line, _code(path, line, row)):
            for other in codes:
                if other.code == code.code and _years_overlap(other, code):
                    raise LayoutError(path, line, f"code {code.code!r} stands twice in the same years")
            codes.append(code)
    if not codes:
        raise LayoutError(path, 1, "holds no code; is the file whole?")
    if path.stem == OVERPUNCH:
        _check_overpunch(path, codes)
    return tuple(codes)


def _check_overpunch(path: Path, codes: Sequence[Code]) -> None:
    for code in codes:
        if len(code.code) != 1 or not code.code.isascii() or code.facts.get("sign") not in ("1", "-1"):
            raise LayoutError(path, 1, f"{code.code!r} is no character with a sign of 1 or -1")
        if code.facts.get("digit") not in set("0123456789"):
            raise LayoutError(path, 1, f"{code.code!r} has no digit from 0 to 9")


def _spelled_out(path: Path, line: int, code: Code) -> Iterator[Code]:
    """The code, or each of a range such as 01-98, whose label has `{number}` in it."""
    if not (match := _CODE_RANGE.fullmatch(code.code)):
        yield code
        return
    first, last = match.groups()
    if not len(first) == len(last) <= _RANGE_DIGITS or first > last:
        raise LayoutError(path, line, f"{code.code!r} is no range such as 01-98")
    for number in range(int(first), int(last) + 1):
        label = code.label.replace("{number}", str(number))
        yield replace(code, code=f"{number:0{len(first)}d}", label=label)


def _code(path: Path, line: int, row: dict[str, Any]) -> Code:
    if None in row or None in row.values():
        raise LayoutError(path, line, "more or fewer values than columns")
    if not all(row[name].strip() for name in ("code", "label", "source")):
        raise LayoutError(path, line, "code, label and source must not be empty")
    if not (_YEAR.fullmatch(row["valid_from"]) and _YEAR.fullmatch(row["valid_to"] or "2000")):
        years = f"years {row['valid_from']!r}-{row['valid_to']!r} of {row['code']!r}"
        raise LayoutError(path, line, f"{years} are not years")
    valid_from, valid_to = int(row["valid_from"]), int(row["valid_to"]) if row["valid_to"] else None
    if valid_to is not None and valid_to < valid_from:
        raise LayoutError(path, line, f"{row['code']!r} is valid to {valid_to}, before it is valid from {valid_from}")
    facts = {name: value for name, value in row.items() if name not in _CODE_COLUMNS}
    return Code(row["code"], row["label"], valid_from, valid_to, row["source"], facts)


def _years_overlap(one: Code, other: Code) -> bool:
    return one.valid_from <= (other.valid_to or 9999) and other.valid_from <= (one.valid_to or 9999)


def _load_series_breaks(path: Path, codes: Mapping[str, tuple[Code, ...]]) -> tuple[SeriesBreak, ...]:
    breaks: list[SeriesBreak] = []
    reader = _read_csv(path)
    names = [field.name for field in dataclasses.fields(SeriesBreak)]
    if _columns(path, reader) != names:
        raise LayoutError(path, 1, f"must have the columns {','.join(names)}")
    for line, row in _rows_of(path, reader):
        if None in row or None in row.values() or not all(row[name] for name in names if name != "comparable_by"):
            raise LayoutError(path, line, "only comparable_by may be empty, and no value may be left out")
        if row["code_table"] not in codes:
            raise LayoutError(path, line, f"there is no codes/{row['code_table']}.csv")
        if row["code"] not in {"*", *(code.code for code in codes[row["code_table"]])}:
            raise LayoutError(path, line, f"{row['code']!r} is no code of codes/{row['code_table']}.csv")
        if not _YEAR.fullmatch(row["year"]):
            raise LayoutError(path, line, f"{row['year']!r} is no year")
        breaks.append(SeriesBreak(**{**row, "year": int(row["year"])}))
    keys = Counter((b.code_table, b.code, b.series, b.year) for b in breaks)
    if twice := [key for key, times in keys.items() if times > 1]:
        raise LayoutError(path, 1, f"the break {twice[0]} stands twice")
    return tuple(breaks)
