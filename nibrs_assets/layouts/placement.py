"""Places the fields of a record one behind the other, with its repeats, rows and variants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from nibrs_assets.layouts.errors import Where
from nibrs_assets.layouts.model import MOST_DIGITS, Code, Field, Record, Repetition, Rows, Variant
from nibrs_assets.layouts.shapes import (
    FieldsFile,
    IncludeEntry,
    InnerRepeatEntry,
    LabelEntry,
    PlacedFieldEntry,
    Position,
    RecordFile,
    RepeatedFieldEntry,
    RepeatedFieldsFile,
    RepeatEntry,
    RowsRepeatEntry,
    VariantEntry,
)
from nibrs_assets.layouts.validation import read_shape

_DATE_BYTES = {"date": 8, "short_date": 6}
_RESERVED = {"line_number", "excess"}
"""Columns that every segment has of its own."""

_PlacedEntry = PlacedFieldEntry | IncludeEntry | RowsRepeatEntry | RepeatEntry
_RowEntry = RepeatedFieldEntry | IncludeEntry | InnerRepeatEntry


def read_records(path: Path, codes: Mapping[str, tuple[Code, ...]]) -> Iterator[Record]:
    """The record that the file `path` describes, and those whose rows stand inside it."""
    yield from _Placement(path, read_shape(path, RecordFile), codes).records()


@dataclass(frozen=True)
class _Part:
    """A repeat with rows: the fields of its first row, which begins at byte `start`, and the width of a row."""

    where: Where
    entry: RowsRepeatEntry
    start: int
    width: int
    fields: tuple[Field, ...]


class _Placement:
    """The fields of one record file while they are placed."""

    def __init__(self, path: Path, file: RecordFile, codes: Mapping[str, tuple[Code, ...]]) -> None:
        self._file = file
        self._codes = codes
        self._where = Where(path, file.line)
        self._lines: dict[str, Where] = {}
        self._parts: list[_Part] = []

    def records(self) -> Iterator[Record]:
        file = self._file
        _check_years(self._where, file.since, file.until)
        fields = tuple(self._placed(self._where.path, file.fields))
        self._check_order(fields)
        end = self._check_parts(fields[-1].end if fields else 0)
        self._check_counts(fields)
        names = {field.name for field in fields}
        if unknown := [name for name in file.key if name not in names]:
            raise self._where.error(f"key names {unknown[0]!r}, which is no field")
        if file.line_bytes not in (None, end):
            raise self._where.error(f"line_bytes is {file.line_bytes}, but the fields end at byte {end}")
        record = Record(
            segment=file.segment,
            record_type=file.record_type,
            title=file.title,
            description=file.description,
            source=file.source,
            key=tuple(file.key),
            fields=fields,
            since=file.since,
            until=file.until,
            line_bytes=file.line_bytes,
        )
        yield replace(record, variants=tuple(self._variant(record, entry) for entry in file.variants or ()))
        for part in self._parts:
            yield _row_record(record, part)

    def _placed(self, path: Path, entries: Sequence[_PlacedEntry], under: tuple[Path, ...] = ()) -> Iterator[Field]:
        """The fields at positions of their own, those of includes and repeats too; repeats with rows become parts."""
        for entry in entries:
            where = Where(path, entry.line)
            if isinstance(entry, IncludeEntry):
                included = _included(where, entry)
                if included in (path, *under):
                    raise where.error(f"{included.name} includes itself, directly or by another file")
                yield from self._placed(included, read_shape(included, FieldsFile).fields, (*under, path))
            elif isinstance(entry, RowsRepeatEntry):
                self._parts.append(self._part(where, entry))
            elif isinstance(entry, RepeatEntry):
                fields = list(self._repetitions(where, entry, entry.at.start))
                _check_filled(where, entry, fields[-1].end - entry.at.start + 1)
                yield from fields
            else:
                yield self._field(where, entry, entry.name, entry.at)

    def _part(self, where: Where, entry: RowsRepeatEntry) -> _Part:
        fields: list[Field] = []
        start = entry.at.start
        for member in entry.fields:
            fields += self._row_fields(where.path, member, fields[-1].end + 1 if fields else start)
        width = fields[-1].end - start + 1
        _check_filled(where, entry, width * entry.times)
        return _Part(where, entry, start, width, tuple(fields))

    def _row_fields(self, path: Path, entry: _RowEntry, start: int) -> Iterator[Field]:
        """The fields of an entry of a row, from byte `start` on."""
        if isinstance(entry, InnerRepeatEntry):
            yield from self._repetitions(Where(path, entry.line), entry, start)
            return
        for where, member in _members(path, [entry]):
            yield self._field(where, member, member.name, Position(start, start + member.width - 1))
            start += member.width

    def _repetitions(self, where: Where, entry: InnerRepeatEntry, start: int) -> Iterator[Field]:
        """The fields of a repeat, one repetition behind the other, from byte `start` on."""
        labels = entry.named_labels()
        if labels and len(labels) != entry.times:
            raise where.error(f"repeat {entry.repeat!r}: {len(labels)} labels for {entry.times} times")
        members = list(_members(where.path, entry.fields))
        for index in range(entry.times):
            number = entry.first + index
            label, said = labels[index] if labels else (None, None)
            for member_where, member in members:
                name = f"{label}_{member.name}" if label else f"{member.name}_{number}"
                position = Position(start, start + member.width - 1)
                field = self._field(member_where, member, name, position)
                repetition = Repetition(entry.repeat, number, member.name, label)
                yield replace(_labelled(field, said) if said else field, repetition=repetition)
                start += member.width

    def _field(
        self, where: Where, entry: PlacedFieldEntry | RepeatedFieldEntry, name: str, position: Position
    ) -> Field:
        if name in _RESERVED:
            raise where.error(f"name {name!r} is one that every segment has of its own")
        if name in self._lines:
            raise where.error(f"name {name!r} is used twice in {self._where.path.name}")
        if entry.codes is not None and entry.codes not in self._codes:
            raise where.error(f"codes of {name!r}: there is no codes/{entry.codes}.csv")
        width = position.end - position.start + 1
        if width != _DATE_BYTES.get(entry.type, width):
            raise where.error(f"{entry.type} {name!r} must be {_DATE_BYTES[entry.type]} bytes wide, not {width}")
        if entry.type == "count" and width > MOST_DIGITS:
            raise where.error(f"count {name!r} must be at most {MOST_DIGITS} bytes wide, not {width}")
        _check_years(where, entry.since, entry.until, self._file.since, self._file.until)
        self._lines[name] = where
        return Field(
            name=name,
            start=position.start,
            end=position.end,
            type=entry.type,
            description=entry.description,
            source=self._file.source if entry.source is None else entry.source,
            codes=entry.codes,
            since=entry.since,
            until=entry.until,
            note=entry.note,
        )

    def _check_order(self, fields: Sequence[Field]) -> None:
        """Each field has to begin where the one before it ends."""
        if not fields:
            raise self._where.error("fields: a record has a field of its own before its rows")
        end, before = 0, ""
        for field in fields:
            where = self._lines[field.name]
            if field.start <= end:
                raise where.error(
                    f"{field.name!r} at {field.bytes_label} overlaps the field before it, {before!r}, which ends at {end}"
                )
            if field.start > end + 1:
                gap = f"bytes {end + 1}-{field.start - 1} before {field.name!r}"
                raise where.error(f"{gap} are not declared; add a field of `type: filler`")
            end, before = field.end, field.name

    def _check_parts(self, end: int) -> int:
        """The rows have to follow the fields, which end at byte `end`, and each other; returns where all of them end."""
        for part in self._parts:
            if part.start != end + 1:
                name = part.entry.repeat
                raise part.where.error(
                    f"repeat {name!r} begins at byte {part.start}; what stands before it ends at {end}"
                )
            end += part.width * part.entry.times
        return end

    def _check_counts(self, fields: Sequence[Field]) -> None:
        if counts := [field.name for field in fields if field.type == "count"]:
            raise self._lines[counts[0]].error(f"count {counts[0]!r} stands in no repeat with `rows`")

    def _variant(self, record: Record, entry: VariantEntry) -> Variant:
        where = Where(self._where.path, entry.line)
        names = {field.name for field in record.fields}
        if unknown := [name for name in entry.widths if name not in names]:
            raise where.error(f"variant {entry.name!r} names {unknown[0]!r}, which is no field")
        if entry.state_code is not None and "state_code" not in names:
            raise where.error(f"variant {entry.name!r} is of one state, but the record has no field 'state_code'")
        for key, pattern in (("matches", entry.matches), ("unless", entry.unless)):
            _check_pattern(where, f"variant {entry.name!r}: {key}", pattern)
        fields, start = [], 1
        for field in record.fields:
            end = start + entry.widths.get(field.name, field.width) - 1
            fields.append(replace(field, start=start, end=end))
            start = end + 1
        return Variant(entry.name, tuple(fields), entry.matches, entry.unless, entry.year, entry.state_code)


def _included(where: Where, entry: IncludeEntry) -> Path:
    included = where.path.parent / f"_{entry.include}.yaml"
    if not included.exists():
        raise where.error(f"include: there is no {included.name} beside this file")
    return included


def _members(
    path: Path, entries: Sequence[RepeatedFieldEntry | IncludeEntry]
) -> Iterator[tuple[Where, RepeatedFieldEntry]]:
    """The fields of one repetition, those of an include with the file they stand in."""
    for entry in entries:
        if isinstance(entry, IncludeEntry):
            included = _included(Where(path, entry.line), entry)
            for member in read_shape(included, RepeatedFieldsFile).fields:
                yield Where(included, member.line), member
        else:
            yield Where(path, entry.line), entry


def _labelled(field: Field, said: LabelEntry) -> Field:
    """The field with what its label says of all fields of the repetition."""
    description = f"{said.description}: {field.description}" if said.description else field.description
    since = max(filter(None, (field.since, said.since)), default=None)
    return replace(field, description=description, since=since)


def _row_record(record: Record, part: _Part) -> Record:
    """The record that a row of `record` is."""
    entry, names = part.entry, {field.name: field for field in record.fields}
    if unknown := [name for name in entry.rows.carries if name not in names]:
        raise Where(part.where.path, entry.rows.line).error(
            f"carries names {unknown[0]!r}, which is no field before the repeat"
        )
    carries = tuple(names[name] for name in entry.rows.carries)
    return replace(
        record,
        segment=entry.rows.segment,
        title=entry.rows.title,
        description=entry.rows.description,
        fields=part.fields,
        line_bytes=None,
        rows=Rows(record.segment, part.start, part.width, entry.times, entry.repeat, carries),
    )


def _check_filled(where: Where, entry: RepeatEntry | RowsRepeatEntry, found: int) -> None:
    """The repetitions, `found` bytes in all, have to fill the bytes that the entry says."""
    start, end = entry.at
    if found != end - start + 1:
        message = (
            f"{entry.times} times {found // entry.times} bytes do not fill {start}-{end} ({end - start + 1} bytes)"
        )
        raise where.error(f"repeat {entry.repeat!r}: {message}")


def _check_years(
    where: Where, since: int | None, until: int | None, earliest: int | None = None, latest: int | None = None
) -> None:
    """Years have to be in their order and, those of a field, within the record's."""
    first, last = since or earliest or 0, until or latest or 9999
    if first > last or first < (earliest or 0) or last > (latest or 9999):
        raise where.error(f"years {since or ''}-{until or ''} contradict themselves or those of the record")


def _check_pattern(where: Where, what: str, pattern: str) -> None:
    try:
        # By the engine that will match it. An array of nothing, as any other would import pandas.
        pc.match_substring_regex(pa.nulls(1, pa.binary()), pattern)
    except pa.ArrowException as error:
        raise where.error(f"{what} is no regular expression: {error}") from None
