"""The layouts against the positions of the FBI's record descriptions, and the loader against layouts that are wrong."""

import shutil
from pathlib import Path

import pytest

from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.layouts.loader import LayoutError, load_layouts, shipped_layouts
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
    ("nibrs/offender.yaml", "at: 36-37", "at: 35-37", 15, "overlaps the field before it, which ends at 35"),
    ("nibrs/offender.yaml", "at: 36-37", "at: 37", 15, "bytes 36-36 before 'offender_age' are not declared"),
    ("nibrs/offender.yaml", "name: offender_sex", "name: offender_age", 20, "used twice"),
    ("nibrs/offender.yaml", "codes: race", "codes: colour", 21, "there is no codes/colour.csv"),
    (
        "nibrs/offender.yaml",
        "type: integer",
        "type: number",
        10,
        "is none of text, integer, date, short_date, flag, count, filler",
    ),
    ("nibrs/offender.yaml", "since: 2013", "since: 1990", 22, "contradict"),
    ("nibrs/offender.yaml", "at: 38,", "at: 38, wide: 1,", 20, "unknown key 'wide'"),
    ("nibrs/offender.yaml", "key: [ori,", "key: [agency,", 1, "key names 'agency', which is no field"),
    ("nibrs/offender.yaml", "include: incident_key", "include: incident", 9, "there is no _incident.yaml"),
    ("nibrs/offender.yaml", 'record_type: "05"', 'record_type: "01"', 1, "stands in another file too"),
    ("nibrs/offender.yaml", "since: 1991", "since: [", 7, "not readable as YAML"),
    ("nibrs/victim.yaml", "at: 79-83", "at: 79-84", 28, "5 times 1 bytes do not fill 79-84"),
    ("nibrs/arrestee.yaml", "matches: '.", "matches: '(", 13, "is no regular expression"),
    ("nibrs/arrestee.yaml", "number: 13", "number: -1", 13, "is no number of bytes"),
    ("nibrs/arrestee.yaml", "year: 2015", 'year: "2015"', 13, "year is a number"),
    ("nibrs/arrestee.yaml", 'state_code: "44"', "state_code: 44", 13, "two digits in quotes"),
    ("nibrs/offender.yaml", "since: 2013", "since: later", 22, "are years, such as 2013"),
    ("nibrs/offender.yaml", "name: offender_sex", "name: excess", 20, "every segment has of its own"),
    ("nibrs/victim.yaml", "name: injury,", "nam: injury,", 28, "is neither a field nor an include"),
    ("codes/sex.csv", ",pdf1995;xlsx20231017", ",", 2, "must not be empty"),
    ("codes/race.csv", "1991,2012", "1991,2013", 6, "code 'A' stands twice in the same years"),
    ("codes/race.csv", "1991,2012", "1991,1990", 5, "before it is valid from 1991"),
    ("codes/sex.csv", "M,Male,1991", "M,Male,always", 2, "are not years"),
    ("codes/sex.csv", "code,label", "key,label", 1, "begins with the columns"),
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
