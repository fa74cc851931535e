"""What a record layout and a code table are: plain data, as `layouts.py` reads them from `layouts/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FieldType = Literal["text", "integer", "date", "flag", "filler"]


@dataclass(frozen=True)
class Repetition:
    """Where a field stands in a repeated group: `group` relationship, `number` 1 to 10, `name` without its number."""

    group: str
    number: int
    name: str


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
class Record:
    """A record type: its fields in the order of their bytes, without gap or overlap."""

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

    @property
    def width(self) -> int:
        return self.fields[-1].end

    @property
    def key_end(self) -> int:
        """The last byte of the key: a shorter line cannot be told from others."""
        return max(self.field(name).end for name in self.key)

    def field(self, name: str) -> Field:
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
class Layouts:
    """All records of one kind of master file by segment, in the order of their record types, and the code tables by name."""

    records: Mapping[str, Record]
    codes: Mapping[str, tuple[Code, ...]]

    def by_record_type(self) -> dict[str, Record]:
        return {record.record_type: record for record in self.records.values()}
