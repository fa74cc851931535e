"""The layouts against the positions of the FBI's record descriptions, and the loader against layouts that are wrong."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.layouts.loader import LayoutError, load_layouts, shipped_layouts
from nibrs_assets.layouts.schema import schemas
from nibrs_assets_tests.support.positions import read_positions
from nibrs_assets_tests.support.samples import NIBRS


def test_every_field_is_where_the_record_descriptions_say() -> None:
    positions = read_positions()
    for record in NIBRS.records.values():
        assert [(f.name, f.start, f.end) for f in record.fields] == positions[record.record_type], record.segment
    assert set(positions) == set(NIBRS.by_record_type()) | {"06_vermont_2015", "W6_vermont_2015"}


@pytest.mark.parametrize(("segment", "record_type"), [("arrestee", "06"), ("window_arrestee", "W6")])
def test_vermont_2015_is_shifted_from_byte_48(segment: str, record_type: str) -> None:
    [variant] = shipped_layouts().records[segment].variants
    assert [(f.name, f.start, f.end) for f in variant.fields] == read_positions()[f"{record_type}_vermont_2015"]


def test_every_field_tells_what_it_is() -> None:
    for record in shipped_layouts().records.values():
        assert all(f.description and f.source for f in record.fields), record.segment


def test_a_code_may_change_its_meaning() -> None:
    asian = [
        (code.label, code.valid_from, code.valid_to) for code in shipped_layouts().codes["race"] if code.code == "A"
    ]
    assert asian == [("Asian/Pacific Islander", 1991, 2012), ("Asian", 2013, None)]


def test_layout_and_code_table_give_an_offense_the_same_years() -> None:
    since: dict[str, int] = {}
    until: dict[str, int | None] = {}
    for code in shipped_layouts().codes["summary_offense"]:
        since[code.code] = min(since.get(code.code, 9999), code.valid_from)
        until[code.code] = code.valid_to
    for field in shipped_layouts().records["return_a_month"].fields:
        if field.repetition and field.repetition.label == "actual" and field.repetition.name != "unused":
            name = field.repetition.name
            assert (field.since or 1960, field.until) == (since[name], until[name]), name


_EDITS = [
    # file, text to replace, replacement, line of the error, part of the message
    ("nibrs/offender.yaml", "at: 36-37", "at: 35-37", 16, "overlaps the field before it, 'offender_sequence_number'"),
    ("nibrs/offender.yaml", "at: 36-37", "at: 37", 16, "bytes 36-36 before 'offender_age' are not declared"),
    ("nibrs/offender.yaml", "name: offender_sex", "name: offender_age", 21, "used twice"),
    ("nibrs/offender.yaml", "codes: race", "codes: colour", 22, "there is no codes/colour.csv"),
    (
        "nibrs/offender.yaml",
        "type: integer",
        "type: number",
        11,
        "type is 'number'; it has to be one of text, integer, date, short_date, flag, count, filler",
    ),
    ("nibrs/offender.yaml", "since: 2013", "since: 1990", 23, "contradict"),
    ("nibrs/offender.yaml", "at: 38,", "at: 38, wide: 1,", 21, "unknown key 'wide'"),
    ("nibrs/offender.yaml", "key: [ori,", "key: [agency,", 2, "key names 'agency', which is no field"),
    ("nibrs/offender.yaml", "include: incident_key", "include: incident", 10, "there is no _incident.yaml"),
    ("nibrs/offender.yaml", 'record_type: "05"', 'record_type: "01"', 1, "stands in another file too"),
    ("nibrs/offender.yaml", "since: 1991", "since: [", 8, "not readable as YAML"),
    ("nibrs/victim.yaml", "at: 79-83", "at: 79-84", 29, "5 times 1 bytes do not fill 79-84"),
    ("nibrs/arrestee.yaml", "matches: '.", "matches: '(", 14, "is no regular expression"),
    (
        "nibrs/arrestee.yaml",
        "number: 13",
        "number: -1",
        15,
        "arrest_transaction_number is -1; it has to be a number of bytes",
    ),
    ("nibrs/arrestee.yaml", "year: 2015", 'year: "2015"', 14, "year is '2015'; it has to be a year, such as 2013"),
    (
        "nibrs/arrestee.yaml",
        'state_code: "44"',
        "state_code: 44",
        14,
        "state_code is 44; it has to be two digits in quotes",
    ),
    ("nibrs/offender.yaml", "since: 2013", "since: later", 23, "since is 'later'; it has to be a year, such as 2013"),
    ("nibrs/offender.yaml", "name: offender_sex", "name: excess", 21, "every segment has of its own"),
    ("nibrs/victim.yaml", "name: injury,", "nam: injury,", 33, "unknown key 'nam'; known are codes,"),
    ("codes/sex.csv", ",pdf1995;xlsx20231017", ",", 2, "must not be empty"),
    ("codes/race.csv", "1991,2012", "1991,2013", 6, "code 'A' stands twice in the same years"),
    ("codes/race.csv", "1991,2012", "1991,1990", 5, "before it is valid from 1991"),
    ("codes/sex.csv", "M,Male,1991", "M,Male,always", 2, "are not years; valid_from has to be one"),
    ("codes/sex.csv", "code,label", "key,label", 1, "begins with the columns"),
    ("nibrs/offender.yaml", "at: 36-37", "at: 37-36", 16, "at is '37-36'; it has to be a position such as 34 or 34-36"),
    ("nibrs/offender.yaml", "key: [ori,", "key: [3,", 7, "3 in key has to be a name of lower-case letters"),
    ("nibrs/offender.yaml", "  - {name: offender_sex", "  - 3\n  - {name: offender_sex", 21, "3 in fields is neither"),
    ("nibrs/offender.yaml", "segment: offender\n", "", 2, "'segment' is missing"),
    ("nibrs/offender.yaml", "since: 2013", "since: 99999", 23, "since is 99999; it has to be a year"),
    ("nibrs/_month_flags.yaml", "width: 1", "width: true", 4, "width is True; it has to be a number of bytes"),
    ("nibrs/_month_flags.yaml", "width: 1", "at: 1", 4, "unknown key 'at'"),
    ("nibrs/victim.yaml", "times: 5", "times: 0", 29, "times is 0; it has to be a number from 1 to 1000"),
    ("nibrs/batch_header.yaml", "labels: [jan, feb,", "labels: [jan,", 24, "11 labels for 12 times"),
    ("nibrs/batch_header.yaml", "labels: [jan,", "labels: [Jan,", 27, "'Jan' in labels has to be a name"),
    ("nibrs/arrestee.yaml", "{arrest_transaction_number: 13}", "{}", 15, "widths is empty"),
    ("nibrs/arrestee.yaml", "{arrest_transaction_number: 13}", "{3: 13}", 15, "the key 3 has to be a name"),
    ("return_a/return_a_agency.yaml", "cleared: {since: 1964", "cleared: {since: later", 103, "since is 'later'"),
    (
        "return_a/return_a_agency.yaml",
        "assaulted, width: 7",
        "assaulted, width: 10",
        109,
        "must be at most 9 bytes wide",
    ),
    ("return_a/return_a_agency.yaml", "carries: [ori7]", "carries: [ori9]", 70, "carries names 'ori9'"),
    (
        "return_a/return_a_agency.yaml",
        "      - repeat: card_pt",
        "      - repeat: 1",
        89,
        "repeat is 1; it has to be a name",
    ),
    (
        "return_a.yaml",
        "reta/reta-{year}",
        "reta/reta",
        6,
        "'master_files/reta/reta.zip' in service_keys has to be a text",
    ),
    ("return_a.yaml", "since: 1960", "since: early", 3, "since is 'early'; it has to be a year"),
    ("return_a.yaml", "year_field: year2", "year_field: year", 3, "year_field 'year' is no field of its records"),
    ("combinations.yaml", "return_a]", "return_b]", 3, "both_systems names 'return_b'; the kinds are nibrs, return_a"),
    ("combinations.yaml", "[nibrs, return_a]", "[return_a, nibrs]", 3, "in this order: nibrs, return_a"),
    ("combinations.yaml", "[nibrs, return_a]", "[nibrs]", 3, "it has to be 2 or more"),
    ("combinations.yaml", "both_systems", "nibrs", 3, "'nibrs' is the name of a kind"),
    (
        "combinations.yaml",
        "return_a]",
        "return_a]\nboth: [nibrs, return_a]",
        4,
        "both and both_systems name the same kinds",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "message"), _EDITS, ids=[f"{edit[2]}: {edit[4]}" for edit in _EDITS]
)
def test_a_wrong_layout_is_refused_with_file_and_line(
    tmp_path: Path, file: str, old: str, new: str, line: int, message: str
) -> None:
    folder = tmp_path / "layouts"
    shutil.copytree(shipped_folder("layouts"), folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    with pytest.raises(LayoutError) as caught:
        load_layouts(folder)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{folder / file}:{line}: "), str(caught.value)


def test_kinds_and_their_combinations_have_names() -> None:
    layouts = shipped_layouts()
    assert layouts.name_of(("nibrs",)) == "nibrs"
    assert layouts.name_of(("nibrs", "return_a")) == layouts.name_of(("return_a", "nibrs")) == "both_systems"
    assert replace(layouts, combinations={}).name_of(("nibrs", "return_a")) == "nibrs_and_return_a"
    assert layouts.title_of(("return_a",)) == "Return A"
    assert layouts.title_of(("return_a", "nibrs")) == "NIBRS and Return A"
    assert [kind.cli_name for kind in layouts.kinds.values()] == ["nibrs", "return-a"]
    assert layouts.kinds["return_a"].service_keys_of(2013) == ("master_files/reta/reta-2013.zip",)


def test_the_schemas_for_editors_are_made_from_the_models() -> None:
    folder = shipped_folder("layouts") / "schema"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert committed == schemas(), "run python -m nibrs_assets.layouts.schema"


def _schema_of(path: Path) -> dict[str, Any]:
    """The schema that the first line of a layout file names, as an editor finds it."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema: dict[str, Any] = json.loads(
        (path.parent / first.removeprefix("# yaml-language-server: $schema=")).read_text()
    )
    return schema


@pytest.mark.parametrize("path", sorted(shipped_folder("layouts").rglob("*.yaml")), ids=lambda path: path.name)
def test_every_layout_names_its_schema_and_is_valid_by_it(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), _schema_of(path))


@pytest.mark.parametrize(("file", "key"), [("nibrs/victim.yaml", "key"), ("nibrs.yaml", "service_keys")])
def test_an_editor_sees_what_the_loader_would_refuse(file: str, key: str) -> None:
    path = shipped_folder("layouts") / file
    schema, content = _schema_of(path), yaml.safe_load(path.read_text(encoding="utf-8"))
    assert schema["properties"][key]["description"]
    for wrong in ({**content, key: []}, {**content, key: None}, {**content, "kee": 1}, {**content, "since": "1991"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
    without = {name: value for name, value in content.items() if name != key}
    with pytest.raises(jsonschema.ValidationError, match="is a required property"):
        jsonschema.validate(without, schema)


def test_every_key_is_described() -> None:
    for name, text in schemas().items():
        schema = json.loads(text)
        for shape in (schema, *schema.get("$defs", {}).values()):
            for key, facts in shape.get("properties", {}).items():
                assert facts.get("description"), f"{name}: {key}"
