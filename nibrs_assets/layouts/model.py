"""What record layouts and code tables are: plain data, as `loader.py` reads them from `layouts/`."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

FieldType = Literal["text", "integer", "date", "short_date", "flag", "count", "filler"]

MOST_DIGITS = 9
"""Bytes of a `count` at most: its integer has 32 bits."""

OVERPUNCH = "reta_overpunch"
"""The code table of the last characters of counts that carry a sign."""


@dataclass(frozen=True)
class Repetition:
    """Where a field stands in a repeated group: `group` relationship, `number` 1 to 10, `name` without its number or label."""

    group: str
    number: int
    name: str
    label: str | None = None


@dataclass(frozen=True)
class Field:
    """One field of a record: the bytes `start` to `end` of the line, counted from 1, both included."""

    name: str
    start: int
    end: int
    type: FieldType
    description: str
    source: str
    codes: str | None = None
    since: int | None = None
    until: int | None = None
    note: str | None = None
    repetition: Repetition | None = None

    @property
    def width(self) -> int:
        """How many bytes the field has."""
        return self.end - self.start + 1

    @property
    def bytes_label(self) -> str:
        """The position as people write it: `byte 34` or `bytes 34-36`."""
        return f"byte {self.start}" if self.width == 1 else f"bytes {self.start}-{self.end}"


@dataclass(frozen=True)
class Variant:
    """Another shape of a record: the same fields, some of another width, so that those behind them move.

    A line is of the variant when `matches` matches it from its first byte and `unless` does not; in its year and state, if given.
    """

    name: str
    fields: tuple[Field, ...]
    matches: str
    unless: str
    year: int | None = None
    state_code: str | None = None


@dataclass(frozen=True)
class Rows:
    """Where the rows of a segment stand that are repetitions inside the records of another, the `parent`.

    The first begins at byte `start`, each is `width` bytes long; `number` is the column that counts them from 1, and `carries` are
    the parent's fields that each row repeats.
    """

    parent: str
    start: int
    width: int
    times: int
    number: str
    carries: tuple[Field, ...]


@dataclass(frozen=True)
class Record:
    """A record type: its fields in the order of their bytes, without gap or overlap.

    `line_bytes` is the one length that its lines may have, blanks at their end aside; None where they may be shorter or longer.
    With `rows` it is no line of its own: its fields are those of the first repetition.
    """

    segment: str
    record_type: str
    title: str
    description: str
    source: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    since: int
    until: int | None = None
    variants: tuple[Variant, ...] = ()
    line_bytes: int | None = None
    rows: Rows | None = None

    @property
    def width(self) -> int:
        """The last byte that the layout describes, which is the length of a full record."""
        return self.fields[-1].end

    def column(self, name: str) -> Field:
        """The field that the segment's column `name` is, of the record itself or carried from its parent."""
        carried = self.rows.carries if self.rows else ()
        return next(field for field in (*self.fields, *carried) if field.name == name)

    def place_of(self, fields: Sequence[Field]) -> str:
        """Where `fields` stand: `04 (victim) bytes 68-69`."""
        first, last = min(field.start for field in fields), max(field.end for field in fields)
        where = fields[0].bytes_label if len(fields) == 1 else f"{len(fields)} fields in bytes {first}-{last}"
        if self.rows and first >= self.rows.start:
            where += f" of {self.rows.number} 1, the others {self.rows.width} bytes further each"
        return f"{self.record_type} ({self.segment}) {where}"

    @property
    def has_counts(self) -> bool:
        """Whether any field is a count."""
        return any(field.type == "count" for field in self.fields)

    @property
    def key_end(self) -> int:
        """The last byte of the key: a shorter line cannot be told from others."""
        return max(self.field(name).end for name in self.key)

    def field(self, name: str) -> Field:
        """The field `name`, which the record must have."""
        return next(field for field in self.fields if field.name == name)

    def groups(self) -> dict[str, list[list[Field]]]:
        """The repeated groups: for each, its repetitions in order, each a list of fields."""
        found: dict[str, dict[int, list[Field]]] = {}
        for field in self.fields:
            if field.repetition:
                found.setdefault(field.repetition.group, {}).setdefault(field.repetition.number, []).append(field)
        return {group: [numbered[number] for number in sorted(numbered)] for group, numbered in found.items()}


@dataclass(frozen=True)
class Code:
    """A code and what it means in the years `valid_from` to `valid_to` (None: still)."""

    code: str
    label: str
    valid_from: int
    valid_to: int | None
    source: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class SeriesBreak:
    """From `year` on a code of `code_table` (or all of them: `*`) means or counts something else than before.

    `series` is what people would call it, `change` says what changed, `comparable_by` which column is comparable nevertheless.
    """

    series: str
    code_table: str
    code: str
    year: int
    change: str
    comparable_by: str
    source: str


@dataclass(frozen=True)
class FileKind:
    """A kind of master file, such as NIBRS or Return A: its records by segment, in the order of their record types.

    `year_field` is the field that holds a record's data year, in four digits or two; `rejected` is the segment of the lines that
    are no known record. `zip_name` is the name of a year's zip and `service_keys` are the keys under which the FBI's download
    service may have it, the likeliest first; all have `{year}` in them. `file_name_words` are words by which a file's name says its
    kind.
    """

    name: str
    title: str
    since: int
    zip_name: str
    year_field: str
    rejected: str
    records: Mapping[str, Record]
    service_keys: tuple[str, ...]
    file_name_words: tuple[str, ...]

    @property
    def cli_name(self) -> str:
        """The kind as the commands take it: `return-a`."""
        return self.name.replace("_", "-")

    @property
    def raw_asset(self) -> str:
        """The name of its master files as a table of the layer raw."""
        return f"{self.name}_master_file"

    def zip_of(self, year: int | str) -> str:
        """The name of the zip of `year`."""
        return self.zip_name.replace("{year}", str(year))

    def service_keys_of(self, year: int) -> tuple[str, ...]:
        """The keys under which the FBI's download service may have the zip of `year`, the likeliest first."""
        return tuple(key.replace("{year}", str(year)) for key in self.service_keys)

    def by_record_type(self) -> dict[str, Record]:
        """The records that are lines of their own, by the characters such a line begins with."""
        return {record.record_type: record for record in self.records.values() if not record.rows}

    def parts_of(self, segment: str) -> list[Record]:
        """The records that stand inside those of `segment`."""
        return [record for record in self.records.values() if record.rows and record.rows.parent == segment]


@dataclass(frozen=True)
class Layouts:
    """The kinds of master file and the code tables, by name, and where series break.

    `combinations` are the combinations of kinds that have a name of their own, each with its kinds in the order of `kinds`.
    """

    kinds: Mapping[str, FileKind]
    codes: Mapping[str, tuple[Code, ...]]
    series_breaks: tuple[SeriesBreak, ...] = ()
    combinations: Mapping[tuple[str, ...], str] = dataclasses.field(default_factory=dict)

    @cached_property
    def records(self) -> dict[str, Record]:
        """All records of all kinds by segment."""
        return {segment: record for kind in self.kinds.values() for segment, record in kind.records.items()}

    def name_of(self, kinds: Collection[str]) -> str:
        """What jobs and steps of these kinds of file are called: `nibrs`, `both_systems`, else the kinds joined by `_and_`."""
        in_order = self._in_order(kinds)
        return self.combinations.get(in_order, "_and_".join(in_order))

    def title_of(self, kinds: Collection[str]) -> str:
        """These kinds of file for people: `NIBRS and Return A`."""
        return " and ".join(self.kinds[kind].title for kind in self._in_order(kinds))

    def _in_order(self, kinds: Collection[str]) -> tuple[str, ...]:
        return tuple(sorted(kinds, key=list(self.kinds).index))
