"""The keys that each kind of layout file may have, as pydantic models.

These models are the reference of the format: the loader validates the files with them, and `schema.py` turns them into the JSON
schemas with which an editor shows the descriptions below. What keys mean together (positions, years, names) `placement.py` checks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    PlainValidator,
    PrivateAttr,
    RootModel,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from nibrs_assets.layouts.errors import shown
from nibrs_assets.layouts.model import FieldType

HAS_TO_BE = "has_to_be"
"""The type of the error of a value; its message says what the value has to be."""
UNKNOWN_KEY = "unknown_key"
NO_ENTRY = "no_entry"
"""The types of the errors of a key that nothing knows, and of an item that is none of those that may stand there."""


@dataclass(frozen=True)
class _HasToBe:
    """Says what a value has to be, in the words of the error for any other."""

    wanted: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(handler(source), HAS_TO_BE, custom_error_message=self.wanted)


class Position(NamedTuple):
    """The bytes `start` to `end` of a line, counted from 1, both included."""

    start: int
    end: int


def _position(given: object) -> Position:
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", str(given), re.ASCII) if type(given) in (int, str) else None
    start = int(match[1]) if match else 0
    end = int(match[2] or start) if match else 0
    if not 1 <= start <= end:
        raise PydanticCustomError(HAS_TO_BE, "a position such as 34 or 34-36")
    return Position(start, end)


_POSITION_SCHEMA = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+(-[0-9]+)?$"}],
}

_Text = Annotated[str, _HasToBe("a text")]
_Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$"), _HasToBe("a name of lower-case letters, digits and _")]
_Word = Annotated[str, Field(pattern="^[a-z]+$"), _HasToBe("a word of lower-case letters")]
_WithYear = Annotated[
    str,
    Field(pattern=r"^[^{}]*\{year\}[^{}]*$"),
    _HasToBe("a text with {year} in it once, and nothing else in braces"),
]
_RecordType = Annotated[
    str, Field(pattern="^[!-~]{1,2}$"), _HasToBe("one or two characters, in quotes when they are digits")
]
_StateCode = Annotated[str, Field(pattern="^[0-9]{2}$"), _HasToBe("two digits in quotes")]
_Year = Annotated[int, Field(ge=1900, le=2100), _HasToBe("a year, such as 2013")]
_Type = Annotated[FieldType, _HasToBe(f"one of {', '.join(get_args(FieldType))}")]
_At = Annotated[Position, PlainValidator(_position), WithJsonSchema(_POSITION_SCHEMA)]
_Width = Annotated[int, Field(ge=1), _HasToBe("a number of bytes, 1 or more")]
_VariantWidth = Annotated[int, Field(ge=0), _HasToBe("a number of bytes, 0 or more")]
_Times = Annotated[int, Field(ge=1, le=1000), _HasToBe("a number from 1 to 1000")]
_First = Annotated[int, Field(ge=0), _HasToBe("a number, 0 or more")]


class _Entry(BaseModel):
    """A mapping of a layout file. It may have no other keys than these."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    _line: int = PrivateAttr(1)

    @property
    def line(self) -> int:
        """The line it begins on."""
        return self._line

    @model_validator(mode="wrap")
    @classmethod
    def _of_yaml(cls, given: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        known = cls.model_fields.keys()
        if isinstance(given, dict) and (unknown := given.keys() - known):
            message = f"unknown key {shown(min(unknown, key=str))}; known are {', '.join(sorted(known))}"
            raise PydanticCustomError(UNKNOWN_KEY, "{message}", {"message": message})
        entry = validate(given)
        entry._line = getattr(given, "line", 1)
        return entry


def _by_key(tags: Mapping[str, str | None], message: str) -> Discriminator:
    """Tells the items of a list apart by the key that only one kind of them has; a mapping without such a key is a field."""

    def tag_of(given: object) -> str | None:
        if not isinstance(given, Mapping):
            return None
        return next((tag for key, tag in tags.items() if key in given), "a field")

    return Discriminator(tag_of, NO_ENTRY, custom_error_message=message)


class _FieldEntry(_Entry):
    name: _Name = Field(description="The field's name; its column in the segment is called so.")
    type: _Type = Field(
        default="text",
        description=(
            "How it is written: text; integer; date, as YYYYMMDD; short_date, as MMDDYY; flag, Y or N; count, digits whose "
            "last one may carry a sign (only in a repeat with rows); filler, for bytes that hold nothing."
        ),
    )
    codes: _Name | None = Field(default=None, description="The code table of its values, codes/<name>.csv.")
    since: _Year | None = Field(default=None, description="The first data year it is filled in, if not the record's.")
    until: _Year | None = Field(default=None, description="The last data year it is filled in, if not the record's.")
    description: _Text = Field(default="", description="What it holds, as data dictionary and column comments say it.")
    note: _Text | None = Field(default=None, description="What its readers should beware of.")
    source: _Text | None = Field(
        default=None,
        description="The documents its position comes from, if not the record's; short names of README.md.",
    )


class PlacedFieldEntry(_FieldEntry):
    """A field at bytes of its own."""

    at: _At = Field(description="Its first and last byte, counted from 1: 34-36, or 34 for a single byte.")


class RepeatedFieldEntry(_FieldEntry):
    """A field of a repeat. It follows the field before it."""

    width: _Width = Field(description="How many bytes wide it is.")


class IncludeEntry(_Entry):
    """The fields of another file, put in here."""

    include: _Name = Field(description="The file: the fields of _<name>.yaml in the same folder are put in here.")


class LabelEntry(_Entry):
    """What the fields of one repetition have in common."""

    since: _Year | None = Field(default=None, description="The first data year they are filled in.")
    description: _Text = Field(
        default="", description="What they have in common; stands before each field's description."
    )


def _list_or_mapping(given: object) -> str | None:
    kinds = {list: "a list", dict: "a mapping"}
    return next((tag for kind, tag in kinds.items() if isinstance(given, kind)), None)


_Labels = Annotated[
    Annotated[list[_Name], Field(min_length=1), Tag("a list")]
    | Annotated[dict[_Name, LabelEntry], Field(min_length=1), Tag("a mapping")],
    Discriminator(_list_or_mapping, HAS_TO_BE, custom_error_message="a list or a mapping of names"),
]

_RepeatedField = Annotated[
    Annotated[RepeatedFieldEntry, Tag("a field")] | Annotated[IncludeEntry, Tag("an include")],
    _by_key({"include": "an include", "rows": None, "repeat": None}, "is neither a field nor an include"),
]


class _RepeatEntry(_Entry):
    repeat: _Name = Field(description="The name of the group of fields that is repeated.")
    times: _Times = Field(description="How many repetitions there are.")
    first: _First = Field(default=1, description="The number of the first repetition.")
    labels: _Labels | None = Field(
        default=None,
        description=(
            "A name for each repetition, in a list, or in a mapping that gives its `since` and `description`. Columns are then "
            "called <label>_<name> instead of <name>_1, <name>_2, …"
        ),
    )

    def named_labels(self) -> list[tuple[str, LabelEntry]]:
        """The labels with what is said of them."""
        if isinstance(self.labels, dict):
            return list(self.labels.items())
        return [(name, LabelEntry()) for name in self.labels or ()]


class InnerRepeatEntry(_RepeatEntry):
    """A group of fields that stands several times in a row, inside a repeat with rows. It follows the field before it."""

    fields: list[_RepeatedField] = Field(min_length=1, description="The fields of one repetition, in their order.")


class RepeatEntry(InnerRepeatEntry):
    """A group of fields that stands several times in a row."""

    at: _At = Field(description="The first byte of the first repetition and the last byte of the last one.")


class RowsEntry(_Entry):
    """The segment whose rows the repetitions are."""

    segment: _Name = Field(description="The name of the segment: its Parquet dataset and its asset.")
    title: _Text = Field(description="What the segment is called.")
    description: _Text = Field(description="What a row is.")
    carries: list[_Name] = Field(min_length=1, description="Fields of the record that each row repeats.")


class RowsRepeatEntry(_RepeatEntry):
    """A repeat whose repetitions are rows of a segment of their own. `repeat` names the column that counts the rows."""

    at: _At = Field(description="The first byte of the first repetition and the last byte of the last one.")
    rows: RowsEntry = Field(description="Makes each repetition a row of a segment of its own.")
    fields: list[
        Annotated[
            Annotated[RepeatedFieldEntry, Tag("a field")]
            | Annotated[IncludeEntry, Tag("an include")]
            | Annotated[InnerRepeatEntry, Tag("a repeat")],
            _by_key(
                {"include": "an include", "rows": None, "repeat": "a repeat"},
                "is neither a field, a repeat without rows nor an include",
            ),
        ]
    ] = Field(min_length=1, description="The fields of one repetition, in their order.")


_PlacedField = Annotated[
    Annotated[PlacedFieldEntry, Tag("a field")]
    | Annotated[IncludeEntry, Tag("an include")]
    | Annotated[RowsRepeatEntry, Tag("a repeat with rows")]
    | Annotated[RepeatEntry, Tag("a repeat")],
    _by_key(
        {"include": "an include", "rows": "a repeat with rows", "repeat": "a repeat"},
        "is neither a field, a repeat nor an include",
    ),
]


class VariantEntry(_Entry):
    """Another shape in which the record has been seen: some fields have another width, which moves all that follow."""

    name: _Name = Field(description="A name for the shape.")
    widths: dict[_Name, _VariantWidth] = Field(
        min_length=1, description="The fields of another width, in bytes; 0 where the field is left out."
    )
    matches: _Text = Field(
        description="A line of this shape matches this regular expression (RE2 over Latin-1, from the first byte on)."
    )
    unless: _Text = Field(description="A line of this shape does not match this one.")
    year: _Year | None = Field(default=None, description="The only data year it is looked for in.")
    state_code: _StateCode | None = Field(default=None, description="The only state it is looked for in.")


class FieldsFile(_Entry):
    """Fields that several records have at the same bytes: `_<name>.yaml`, included in their files."""

    fields: list[_PlacedField] = Field(min_length=1, description="The fields, in the order of their bytes.")


class RepeatedFieldsFile(_Entry):
    """Fields that several repeats have: `_<name>.yaml`, included in them."""

    fields: list[
        Annotated[
            Annotated[RepeatedFieldEntry, Tag("a field")],
            _by_key({"include": None, "rows": None, "repeat": None}, "is no field; a repeat includes nothing else"),
        ]
    ] = Field(min_length=1, description="The fields of one repetition, in their order.")


class RecordFile(FieldsFile):
    """A record type: `<kind>/<segment>.yaml`."""

    segment: _Name = Field(description="The name of the segment: its Parquet dataset and its asset.")
    record_type: _RecordType = Field(description="The one or two characters that every such record begins with.")
    title: _Text = Field(description="What the record is called.")
    description: _Text = Field(default="", description="What a record is.")
    since: _Year = Field(description="The first data year whose master file holds such records.")
    until: _Year | None = Field(default=None, description="The last one; without it they still do.")
    key: list[_Name] = Field(
        min_length=1,
        description="The fields that tell one record from another. A line too short to hold them is rejected.",
    )
    line_bytes: _Width | None = Field(
        default=None,
        description="The one length its lines may have, trailing blanks aside; without it they may be shorter or longer.",
    )
    source: _Text = Field(description="The documents the positions come from; short names of README.md.")
    variants: Annotated[list[VariantEntry], Field(min_length=1)] | None = Field(
        default=None, description="Other shapes in which the record has been seen."
    )


class KindFile(_Entry):
    """A kind of master file: `<kind>.yaml`. Its records stand in the folder of the same name."""

    title: _Text = Field(description="What the kind is called.")
    since: _Year = Field(description="The first data year there is a file of.")
    zip_name: _WithYear = Field(description="What the zip of a year is called in the raw folder, with {year} in it.")
    service_keys: list[_WithYear] = Field(
        min_length=1,
        description="Where the FBI's download service has the zip, with {year} in it; the first that it has is taken.",
    )
    file_name_words: list[_Word] = Field(
        min_length=1, description="Words by which the name of a file says that it is of this kind."
    )
    year_field: _Name = Field(description="The field that holds a record's data year, in four digits or two.")
    rejected: _Name = Field(description="The segment of the lines that are no known record.")


class CombinationsFile(RootModel[dict[_Name, Annotated[list[_Name], Field(min_length=2)]]]):
    """Names for kinds of master file that tables are made from together: `combinations.yaml`.

    Each key is a name, its value the kinds, in the order of their names.
    """

    model_config = ConfigDict(strict=True, frozen=True)
