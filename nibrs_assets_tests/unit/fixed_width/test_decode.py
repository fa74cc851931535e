"""The decoder against an independent slicer on whole sample files, against lines read by hand, and against odd files."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nibrs_assets.fixed_width import lines
from nibrs_assets.fixed_width.decode import DecodeError
from nibrs_assets.fixed_width.segments import VARIANT_LINES, segment_schema
from nibrs_assets_tests.support.decoding import decode_bytes
from nibrs_assets_tests.support.lines import vermont, without_12_bytes
from nibrs_assets_tests.support.positions import read_positions
from nibrs_assets_tests.support.samples import NIBRS, SAMPLE, WHOLE_FILES, unpack_independently

Decoded = Callable[..., dict[str, list[dict[str, object]]]]

SEGMENTS = {
    "01": "administrative",
    "02": "offense",
    "03": "property",
    "04": "victim",
    "05": "offender",
    "06": "arrestee",
    "07": "group_b_arrest",
    "B1": "batch_header_1",
    "B2": "batch_header_2",
    "B3": "batch_header_3",
    "BH": "batch_header",
    "W1": "window_exceptional_clearance",
    "W3": "window_recovered_property",
    "W6": "window_arrestee",
}


def slice_line(line: bytes, positions: list[tuple[str, int, int]]) -> list[str | None]:
    text = line.decode("latin-1")
    return [text[start - 1 : end].rstrip(" ") or None for _, start, end in positions]


@pytest.mark.parametrize("year", WHOLE_FILES)
def test_every_column_of_every_segment_is_a_slice_of_its_line(tmp_path: Path, year: int) -> None:
    text = unpack_independently(SAMPLE / f"nibrs-{year}.zip")
    report = decode_bytes(text, tmp_path)
    positions = read_positions()
    by_type: dict[str, list[tuple[int, bytes]]] = {}
    for number, line in enumerate(text.split(b"\n")[:-1], start=1):
        by_type.setdefault(line[:2].decode(), []).append((number, line.removesuffix(b"\r")))
    assert report.year == year
    assert report.lines == sum(map(len, by_type.values()))
    for record_type, segment in SEGMENTS.items():
        expected = by_type.get(record_type, [])
        table = pq.read_table(tmp_path / f"{segment}.parquet")
        assert table.schema.equals(segment_schema(NIBRS, segment))
        assert table["line_number"].to_pylist() == [number for number, _ in expected]
        assert table["excess"].null_count == table.num_rows
        columns = list(zip(*(slice_line(line, positions[record_type]) for _, line in expected), strict=True))
        for (field, _, _), column in zip(positions[record_type], columns, strict=False):
            assert table[field].to_numpy().tolist() == list(column), (segment, field)


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# One line of each record type of the FBI's 2021 file, read by hand against the record descriptions; what is not named is blank.
READ_BY_HAND: dict[int, dict[str, str]] = {
    2: {
        **{"segment_level": "BH", "state_code": "50", "ori": "AK0010200", "incident_number": "000000000000"},
        **{
            "date_ori_went_nibrs": "20210101",
            "city_name": "FAIRBANKS",
            "state_abbreviation": "AK",
            "population_group": "4",
        },
        **{
            "country_division": "9",
            "country_region": "4",
            "agency_indicator": "1",
            "core_city": "Y",
            "fbi_field_office": "3030",
        },
        **{
            "judicial_district": "020A",
            "agency_nibrs_flag": "A",
            "current_population_1": "000030598",
            "ucr_county_code_1": "00",
        },
        **{"msa_code_1": "258", "last_population_1": "000000000"},
        **{f"current_population_{n}": "000000000" for n in (2, 3, 4, 5)},
        **{f"last_population_{n}": "000000000" for n in (2, 3, 4, 5)},
        **{"ind_01_06_12": "12", "number_of_months_reported": "12", "master_file_year": "2021"},
        **{f"{month}_zero_report": "N" for month in MONTHS},
        **{f"{month}_group_ab": "Y" for month in MONTHS},
        **{f"{month}_window": "N" for month in MONTHS},
        "fips_county_1": "090",
    },
    6: {
        **{"segment_level": "01", "state_code": "10", "ori": "GA0220200", "incident_number": "202104000863"},
        **{"incident_date": "20210416", "incident_date_hour": "13", "total_offense_segments": "01"},
        **{"total_victim_segments": "002", "total_offender_segments": "01", "total_arrestee_segments": "00"},
        **{"cleared_exceptionally": "N", "cargo_theft_indicator": "N"},
    },
    8: {
        **{"segment_level": "02", "state_code": "01", "ori": "AL0010200", "incident_number": "2E7F551B0EB0"},
        **{"incident_date": "20210426", "ucr_offense_code": "23H", "attempted_completed": "C"},
        **{"offender_suspected_using_1": "N", "location_type": "20", "bias_motivation": "88"},
    },
    11: {
        **{"segment_level": "03", "state_code": "01", "ori": "AL0010200", "incident_number": "7F90C983385D"},
        **{"incident_date": "20210709", "property_loss_type": "7", "property_description": "77"},
        "value_of_property": "000000001",
    },
    14: {
        **{"segment_level": "04", "state_code": "01", "ori": "AL0010200", "incident_number": "451B32E2525C"},
        **{
            "incident_date": "20210514",
            "victim_sequence_number": "004",
            "victim_offense_code_1": "26F",
            "victim_type": "I",
        },
        **{
            "victim_age": "56",
            "victim_sex": "F",
            "victim_race": "W",
            "victim_ethnicity": "N",
            "victim_resident_status": "R",
        },
    },
    17: {
        **{"segment_level": "05", "state_code": "01", "ori": "AL0010200", "incident_number": "474AA46F2176"},
        **{"incident_date": "20210708", "offender_sequence_number": "01", "offender_age": "16", "offender_sex": "M"},
        **{"offender_race": "B", "offender_ethnicity": "N"},
    },
    20: {
        **{"segment_level": "06", "state_code": "01", "ori": "AL0281200", "incident_number": "75AB42761DE8"},
        **{"incident_date": "20210106", "arrestee_sequence_number": "01", "arrest_transaction_number": "78EAA9D876E3"},
        **{
            "arrest_date": "20210106",
            "arrest_type": "T",
            "multiple_arrestee_indicator": "N",
            "arrest_offense_code": "35B",
        },
        **{"armed_with_1": "01", "arrestee_age": "38", "arrestee_sex": "F", "arrestee_race": "W"},
        **{"arrestee_ethnicity": "N", "arrestee_resident_status": "R"},
    },
    22: {
        **{"segment_level": "07", "state_code": "50", "ori": "AK0010200", "arrest_transaction_number": "46075"},
        **{
            "arrest_date": "20210101",
            "arrestee_sequence_number": "01",
            "arrest_type": "O",
            "arrest_offense_code": "90J",
        },
        **{"armed_with_1": "01", "arrestee_age": "33", "arrestee_sex": "M", "arrestee_race": "I"},
        **{"arrestee_ethnicity": "N", "arrestee_resident_status": "R"},
    },
    26: {
        **{"segment_level": "W1", "state_code": "07", "ori": "DE0020300", "incident_number": "3219011670"},
        **{"incident_date": "20190205", "report_date_indicator": "R", "incident_date_hour": "00"},
        **{"total_offense_segments": "00", "total_victim_segments": "000", "total_offender_segments": "00"},
        **{"total_arrestee_segments": "00", "cleared_exceptionally": "B", "exceptional_clearance_date": "20210106"},
        "cargo_theft_indicator": "N",
    },
    28: {
        **{"segment_level": "W3", "state_code": "04", "ori": "CA0370000", "incident_number": "20139593"},
        **{"property_loss_type": "5", "property_description": "03", "value_of_property": "000004000"},
        **{"date_recovered": "20210119", "number_recovered_vehicles": "01"},
    },
    31: {
        **{"segment_level": "W6", "state_code": "07", "ori": "DE0020200", "incident_number": "3419007198"},
        **{"arrestee_sequence_number": "01", "arrest_transaction_number": "21001006AWS", "arrest_date": "20210125"},
        **{"arrest_type": "T", "multiple_arrestee_indicator": "N", "arrest_offense_code": "23D", "arrestee_age": "32"},
        **{"arrestee_sex": "M", "arrestee_race": "W", "arrestee_ethnicity": "N", "arrestee_resident_status": "N"},
        "window_clearance_flag": "Y",
    },
}


def test_real_lines_decode_as_a_person_reads_them(decoded: Decoded, real_lines: bytes) -> None:
    rows = decoded(real_lines)
    assert {name: len(found) for name, found in rows.items() if found} == {
        **{
            "batch_header": 2,
            "administrative": 4,
            "offense": 3,
            "property": 3,
            "victim": 3,
            "offender": 3,
            "arrestee": 3,
        },
        **{
            "group_b_arrest": 3,
            "window_exceptional_clearance": 2,
            "window_recovered_property": 3,
            "window_arrestee": 2,
        },
    }
    by_line = {row["line_number"]: row for found in rows.values() for row in found}
    assert by_line.keys() == set(range(1, 32))
    for number, expected in READ_BY_HAND.items():
        found = {name: value for name, value in by_line[number].items() if value is not None and name != "line_number"}
        assert found == expected, number


def test_blanks_before_a_value_and_zeros_are_kept(decoded: Decoded, real_lines: bytes) -> None:
    rows = decoded(real_lines.replace(b"46075       ", b"  46075     ").replace(b"FAIRBANKS ", b" FAIRBANKS"))
    anchorage, fairbanks = rows["batch_header"]
    assert (anchorage["msa_code_1"], anchorage["ucr_county_code_1"], anchorage["current_population_2"]) == (
        " 39",
        "00",
        "000000000",
    )
    assert fairbanks["city_name"] == " FAIRBANKS"
    assert rows["group_b_arrest"][0]["arrest_transaction_number"] == "  46075"


def test_padded_and_trimmed_lines_decode_alike(decoded: Decoded, real_lines: bytes) -> None:
    expected = decoded(real_lines)
    for odd in (
        b"".join(line.ljust(300) + b"\r\n" for line in real_lines.splitlines()),
        b"".join(line.rstrip() + b"\n" for line in real_lines.splitlines()),
        b"\n".join(real_lines.splitlines()),
        real_lines.replace(b"\n", b"\r\n") + b"\x1a",
        real_lines + b"\x1a\r\n",
        real_lines.rstrip(b"\n") + b"\x1a",
    ):
        assert decoded(odd) == expected


@pytest.mark.parametrize("block_bytes", [300, 301, 700, 5000])
def test_blocks_may_end_anywhere(
    decoded: Decoded, real_lines: bytes, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = decoded(real_lines)
    monkeypatch.setattr(lines.blocks, "__defaults__", (block_bytes,))
    for text in (real_lines, real_lines.replace(b"\n", b"\r\n") + b"\x1a"):
        assert decoded(text) == expected


@pytest.mark.parametrize("filling", [b"\0" * 12, b" " * 12, b"0" * 12])
def test_header_bytes_14_to_25_are_kept_whatever_they_are(decoded: Decoded, real_lines: bytes, filling: bytes) -> None:
    text = b"".join(
        line[:13] + filling + line[25:] if line[:2] == b"BH" else line for line in real_lines.splitlines(keepends=True)
    )
    [first, second] = decoded(text)["batch_header"]
    assert first["incident_number"] == (filling.decode().rstrip(" ") or None)
    assert (first["city_name"], first["master_file_year"]) == ("ANCHORAGE", "2021")
    assert (second["date_ori_went_nibrs"], second["fips_county_1"]) == ("20210101", "090")


def test_headers_that_lack_12_bytes(decoded: Decoded, real_lines: bytes) -> None:
    expected = decoded(real_lines)
    rows = decoded(without_12_bytes(real_lines))
    for row in expected["batch_header"]:
        row["incident_number"] = None
    assert rows == expected


def test_old_headers_that_lack_12_bytes(decoded: Decoded, tmp_path: Path) -> None:
    text = b"".join(unpack_independently(SAMPLE / "nibrs-2012.zip").splitlines(keepends=True)[:900])
    expected = decoded(text)
    rows = decoded(without_12_bytes(text))
    for segment in ("batch_header_1", "batch_header_2", "batch_header_3"):
        assert expected[segment]
        for row in expected[segment]:
            assert row.pop("incident_number") == "\0" * 12
        assert [{k: v for k, v in row.items() if k != "incident_number"} for row in rows[segment]] == expected[segment]
    footer = pq.ParquetFile(tmp_path / "batch_header_2.parquet").metadata.metadata
    assert footer is not None
    noted = json.loads(footer[VARIANT_LINES.encode()])
    assert list(noted) == ["without_incident_number"]


@pytest.mark.parametrize("record_type", [b"06", b"W6"])
@pytest.mark.parametrize("number", [b"2015-00012345", b"15A1"])
def test_vermont_2015(decoded: Decoded, real_lines: bytes, record_type: bytes, number: bytes) -> None:
    [usual, *_] = [line for line in real_lines.splitlines() if line[:2] == record_type]
    shifted, elsewhere = vermont(usual, number), vermont(usual, number, b"45")
    segment = SEGMENTS[record_type.decode()]
    text = b"\n".join([usual, shifted, usual, elsewhere, shifted])
    first, second, third, other, last = decoded(text, 2015)[segment]
    assert second["arrest_transaction_number"] == number.decode()
    same = [name for name in first if name not in ("state_code", "ori", "arrest_transaction_number", "line_number")]
    assert {name: second[name] for name in same} == {name: first[name] for name in same}
    assert (third["line_number"], last["line_number"]) == (3, 5)
    assert third["arrest_date"] == last["arrest_date"] == first["arrest_date"]
    assert other["arrest_date"] != first["arrest_date"], "another state's record is read as it stands"
    assert decoded(text, 2016)[segment][1]["arrest_date"] != first["arrest_date"], "and so is another year's"


def test_a_non_ascii_name_shifts_nothing_and_is_counted(real_lines: bytes, tmp_path: Path) -> None:
    text = real_lines.replace(b"FAIRBANKS", "PEÑASCO ".encode("latin-1") + b"\xff")
    report = decode_bytes(text, tmp_path)
    header = pq.read_table(tmp_path / "batch_header.parquet").to_pylist()[1]
    assert (header["city_name"], header["fips_county_1"]) == ("PEÑASCO ÿ", "090")
    assert report.segments["batch_header"].non_ascii_lines == 1
    assert sum(counts.non_ascii_lines for counts in report.segments.values()) == 1


def test_non_ascii_in_wide_and_narrow_fields(decoded: Decoded, real_lines: bytes) -> None:
    text = real_lines.replace(b"2E7F551B0EB02021042623HCN", b"2E7F\xe9\xe9 B0EB\xa02021042623\xc9\xdfN")
    row = decoded(text)["offense"][1]
    assert row["incident_number"] == "2E7F\xe9\xe9 B0EB\xa0"
    assert (row["ucr_offense_code"], row["attempted_completed"]) == ("23\xc9", "\xdf")


def test_one_long_line_among_many_takes_no_more_memory_than_it_is_long(tmp_path: Path) -> None:
    line = b"0550AK001020021000004    202101010164MBN"
    text = b"\n".join([line] * 20_000 + [line + b"x" * 400_000])
    program = f"""
import resource
from pathlib import Path
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.fixed_width.encode import encode
from nibrs_assets_tests.support.decoding import decode_bytes, segments_in
from nibrs_assets_tests.support.samples import NIBRS
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
folder = Path({str(tmp_path)!r})
decode_bytes((folder / "text").read_bytes(), folder, 2021)
with (folder / "back").open("wb") as back:
    encode(segments_in(folder), shipped_layouts(), NIBRS, back)
"""
    (tmp_path / "text").write_bytes(text)
    subprocess.run([sys.executable, "-c", program], check=True)
    assert (tmp_path / "back").read_bytes() == text + b"\n"


def test_what_is_no_record_is_rejected_with_its_bytes(decoded: Decoded, real_lines: bytes) -> None:
    odd = [b"99 unknown", b"", b"0", b"04 short", b"0450AK001020021000004    2021010100", b"\x00\r\xff", b"BH50AK001"]
    rows = decoded(real_lines + b"\n".join(odd) + b"\n")["rejected"]
    assert [(row["line_number"], row["bytes"]) for row in rows] == [(32 + i, line) for i, line in enumerate(odd)]
    assert [row["reason"] for row in rows] == [
        "unknown record type",
        "empty line",
        "too short to hold a record type",
        "too short to hold the key of victim (36 bytes)",
        "too short to hold the key of victim (36 bytes)",
        "unknown record type",
        "too short to hold the key of batch_header (13 bytes)",
    ]


def test_bytes_beyond_the_layout_are_kept(decoded: Decoded, real_lines: bytes) -> None:
    long = b"x" * 3000
    text = real_lines.replace(b"0116MBN", b"0116MBN  beyond \xe9  ").replace(b"0164MBN", b"0164MBN" + long)
    assert [row["excess"] for row in decoded(text)["offender"]] == [long.decode(), "  beyond é", None]
    text = real_lines.replace(b"0116MBN", b"0116MBN  beyond ")
    assert [row["excess"] for row in decoded(text)["offender"]] == [None, "  beyond", None]


@pytest.mark.parametrize(
    ("text", "year", "message"),
    [
        (b"code,label\n1,2\n", None, "not a master file of NIBRS or Return A"),
        (b"0150AK001020021000004    20210101 03010010100    N", None, "give it with --year"),
        (b"", None, "is empty"),
        (b"\x1a", None, "holds no lines"),
    ],
)
def test_files_that_are_none(tmp_path: Path, text: bytes, year: int | None, message: str) -> None:
    with pytest.raises(Exception, match=message):
        decode_bytes(text, tmp_path, year, "file.txt")


def test_headers_of_another_year_are_refused(real_lines: bytes, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="its records name 2021, not 2020"):
        decode_bytes(real_lines, tmp_path, 2020)


def test_an_endless_line_is_refused(real_lines: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines.blocks, "__defaults__", (1 << 14,))
    with pytest.raises(Exception, match="line 32 is longer than 16,384 bytes"):
        decode_bytes(real_lines + b"0" * 40_000, tmp_path)


def test_segments_are_text(tmp_path: Path, real_lines: bytes) -> None:
    decode_bytes(real_lines, tmp_path)
    schema = pq.read_schema(tmp_path / "victim.parquet")
    assert {str(field.type) for field in schema if field.name != "line_number"} == {"string"}
    assert pq.read_schema(tmp_path / "rejected.parquet").field("bytes").type == pa.binary()
