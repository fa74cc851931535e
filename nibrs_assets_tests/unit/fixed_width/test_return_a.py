"""The Return A decoder against an independent slicer, cells read by hand and odd files; and the way back."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nibrs_assets.fixed_width import encode as encode_module
from nibrs_assets.fixed_width import lines
from nibrs_assets.fixed_width.decode import DecodeError, DecodeReport, decode
from nibrs_assets.fixed_width.encode import EncodeError, encode
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.decoding import decode_bytes, segments_in
from nibrs_assets_tests.support.return_a import (
    FILES,
    MONTH_BYTES,
    MONTHS,
    RECORD_BYTES,
    is_count,
    joined,
    positions,
    record_of,
    records_of,
    slice_of,
    text_of,
    with_cell,
    zoned,
)
from nibrs_assets_tests.support.samples import RETURN_A

Rows = list[dict[str, object]]
Decoded = Callable[..., dict[str, Rows]]

AGENCY, MONTH, IRREGULAR, REJECTED = SEGMENTS = (
    "return_a_agency",
    "return_a_month",
    "return_a_month_irregular",
    "return_a_rejected",
)
NOT_THE_LENGTH = "not the 7,385 bytes of a Return A record"


def trimmed(text: str) -> str | None:
    return text.rstrip(" ") or None


def encoded(folder: Path) -> bytes:
    output = io.BytesIO()
    encode(segments_in(folder, RETURN_A), shipped_layouts(), RETURN_A, output)
    return output.getvalue()


@dataclass(frozen=True)
class WholeFile:
    """A real file and what it was decoded to."""

    year: int
    records: list[str]
    report: DecodeReport
    folder: Path

    def segment(self, name: str) -> pa.Table:
        return pq.read_table(self.folder / f"{name}.parquet")


@pytest.fixture(scope="module", params=FILES)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WholeFile:
    year, folder = request.param, tmp_path_factory.mktemp("whole")
    report = decode_bytes(text_of(year), folder)
    return WholeFile(year, [record.decode("latin-1") for record in records_of(year)], report, folder)


def test_the_positions_fill_the_record() -> None:
    header, january = positions()
    assert (len(header), len(january)) == (40, 126)
    starts, ends = [start for _, start, _ in header + january], [end for *_, end in header + january]
    assert starts == [1, *(end + 1 for end in ends[:-1])]
    assert (header[-1][2], ends[-1] + 11 * MONTH_BYTES) == (305, RECORD_BYTES)


def test_every_header_field_is_a_slice_of_its_record(whole: WholeFile) -> None:
    table = whole.segment(AGENCY)
    header, _ = positions()
    assert table.schema.names == [*(field for field, *_ in header), "line_number", "excess"]
    assert table["line_number"].to_pylist() == list(range(1, len(whole.records) + 1))
    assert table["excess"].null_count == table.num_rows
    for field, start, end in header:
        assert table[field].to_pylist() == [trimmed(record[start - 1 : end]) for record in whole.records], field


def test_every_field_of_every_month_is_a_slice_of_its_record(whole: WholeFile) -> None:
    table = whole.segment(MONTH)
    _, january = positions()
    assert table.schema.names == ["line_number", "ori7", "month", *(field for field, *_ in january)]
    assert table["line_number"].to_pylist() == [n for n, _ in enumerate(whole.records, start=1) for _ in MONTHS]
    assert table["ori7"].to_pylist() == [record[3:10] for record in whole.records for _ in MONTHS]
    assert table["month"].to_pylist() == list(MONTHS) * len(whole.records)
    irregular = []
    for field, *_ in january:
        slices = [slice_of(month, field) for month in MONTHS]
        cells = [record[of_month] for record in whole.records for of_month in slices]
        if not is_count(field):
            assert table[field].to_pylist() == [trimmed(cell) for cell in cells], field
            continue
        read = [zoned(cell) for cell in cells]
        assert table[field].to_pylist() == [value for value, _ in read], field
        odd = [(divmod(i, 12), cell) for i, (cell, (_, is_odd)) in enumerate(zip(cells, read, strict=True)) if is_odd]
        irregular += [(line + 1, month + 1, field, trimmed(cell)) for (line, month), cell in odd]
    found = [tuple(row.values()) for row in whole.segment(IRREGULAR).to_pylist()]
    assert sorted(found) == sorted(irregular)


def test_the_report_and_the_schemas(whole: WholeFile) -> None:
    agencies = len(whole.records)
    irregular = {1964: 1, 1971: 0, 1974: 0, 2013: 0}[whole.year]
    rows = {AGENCY: agencies, MONTH: 12 * agencies, IRREGULAR: irregular, REJECTED: 0}
    assert segment_names(RETURN_A) == list(SEGMENTS)
    assert (whole.report.kind, whole.report.year, whole.report.lines) == (RETURN_A, whole.year, agencies)
    assert {name: segment.rows for name, segment in whole.report.segments.items()} == rows
    for name in SEGMENTS:
        table = whole.segment(name)
        assert table.num_rows == rows[name]
        assert table.schema.equals(segment_schema(RETURN_A, name)), name
    months = pq.read_schema(whole.folder / f"{MONTH}.parquet")
    types = {"line_number": "int64", "month": "int16"}
    for field in months:
        assert str(field.type) == types.get(field.name, "int32" if is_count(field.name) else "string"), field.name


def test_whole_files_come_back(whole: WholeFile) -> None:
    assert encoded(whole.folder) == joined(records_of(whole.year), b"\n")


# Cells of the FBI's files, read by hand.
READ_BY_HAND: dict[tuple[int, str, int], dict[str, object]] = {
    # The month that is included in March has March's counts all the same.
    (1964, "NC01100", 2): {
        **{"month_included_in": "03", "date_of_last_update": "080764", "card0_type": "0", "card1_type": "0"},
        **{"card4_type": "0", "card0_pt": None, "card1_pt": "P", "actual_rape_total": 1, "actual_larceny_total": 44},
        **{"actual_grand_total": 92, "actual_larceny_under_50": 23, "cleared_grand_total": 63},
        **{"cleared_under_18_burglary_total": 12, "officers_assaulted": 0},
    },
    (1964, "TNMPD00", 10): {
        **{"month_included_in": None, "card1_type": "5", "card3_type": "0", "card1_pt": "T", "card3_pt": "P"},
        **{"actual_murder": 7, "cleared_assault_total": 2, "cleared_assault_gun": -3, "cleared_assault_knife": 3},
    },
    (1964, "PA02337", 4): {
        **{"cleared_under_18_assault_total": 1, "cleared_under_18_assault_gun": 0},
        **{"cleared_under_18_assault_simple": 2, "card1_pt": "P", "card2_pt": "T"},
    },
    (1964, "AL05001", 1): {"month_included_in": "00", "card1_pt": "0", "card2_pt": "K", "card3_pt": "\x02"},
    (1964, "AL00113", 1): {"month_included_in": None, "card1_type": None, "card1_pt": None, "actual_murder": 0},
    (1971, "CA00404", 5): {"actual_assault_hands_feet": -1},
    (1971, "CA00704", 3): {"actual_assault_other_weapon": -2},
    (1971, "CA00714", 6): {
        **{"cleared_burglary_total": -3, "cleared_under_18_burglary_total": -4, "cleared_under_18_grand_total": -1},
        **{"actual_burglary_total": 40, "actual_grand_total": 121, "cleared_grand_total": 10, "card2_pt": "T"},
    },
    (1971, "MI39499", 3): {"actual_murder": -4, "actual_manslaughter": 0, "actual_robbery_total": 8},
    (1971, "MI73717", 8): {
        "actual_assault_hands_feet": -5,
        "cleared_assault_hands_feet": 4,
        "actual_larceny_total": 584,
    },
    (1971, "AR00903", 7): {"card0_type": "0", "card1_type": "4", "card3_type": "4", "card4_type": "0"},
    (1971, "MO03500", 7): {"card1_type": "1", "card2_type": "0", "card2_pt": None, "actual_murder": 1},
    (1971, "UTDI003", 6): {"month_included_in": "07", "card1_type": "5", "actual_larceny_total": 2},
    (1974, "CA01504", 4): {
        **{"month_included_in": "00", "date_of_last_update": "000000", "card1_type": "0", "card1_pt": "0"},
        **{"actual_burglary_total": 1, "actual_burglary_no_force": 1, "cleared_grand_total": 1},
    },
    (1974, "VA001SP", 1): {"month_included_in": "03", "card1_type": "5", "card4_type": "5", "actual_grand_total": 0},
    (1974, "MO02600", 1): {"month_included_in": "12", "date_of_last_update": "040875", "card1_type": "5"},
    (1974, "CO00101", 9): {"actual_robbery_knife": -2, "actual_robbery_gun": 5, "officers_assaulted": 1},
    (1974, "AL01101", 1): {"card1_pt": "T", "card2_pt": "T", "card3_pt": None, "cleared_assault_total": 16},
}


@pytest.mark.parametrize("cell", READ_BY_HAND, ids=str)
def test_cells_read_by_hand(decoded: Decoded, cell: tuple[int, str, int]) -> None:
    year, ori, month = cell
    row = decoded(record_of(year, ori))[MONTH][month - 1]
    assert (row["ori7"], row["month"]) == (ori, month)
    assert {name: row[name] for name in READ_BY_HAND[cell]} == READ_BY_HAND[cell]


def test_the_lowest_count_of_2013(decoded: Decoded, tmp_path: Path) -> None:
    """Its agency (FL01397) is of none of the sample's states: the count is put into a record of them."""
    record = records_of(2013)[100]
    text = with_cell(record, 12, "actual_assault_hands_feet", b"0001Q")
    assert text != record
    before, after = decoded(record)[MONTH], decoded(text)[MONTH]
    assert encoded(tmp_path) == text + b"\n"
    assert after[11].pop("actual_assault_hands_feet") == -18
    before[11].pop("actual_assault_hands_feet")
    assert after == before


# What a count may look like: its number, and whether its text has to be kept.
COUNTS: list[tuple[str, bytes, int | None, bool]] = [
    ("actual_murder", b"00000", 0, False),
    ("actual_murder", b"00123", 123, False),
    ("actual_murder", b"99999", 99999, False),
    ("actual_murder", b"0000J", -1, False),
    ("actual_murder", b"0001Q", -18, False),
    ("actual_murder", b"0001}", -10, False),
    ("actual_murder", b"1234R", -12349, False),
    ("actual_murder", b"0000}", 0, True),
    ("actual_murder", b"0001A", 11, True),
    ("actual_murder", b"0000{", 0, True),
    ("actual_murder", b"0002I", 29, True),
    ("actual_murder", b"    5", 5, True),
    ("actual_murder", b"   1J", -11, True),
    ("actual_murder", b"    }", 0, True),
    ("actual_murder", b"     ", None, False),
    ("actual_murder", b"12 45", None, True),
    ("actual_murder", b"1234 ", None, True),
    ("actual_murder", b"5    ", None, True),
    ("actual_murder", b"00O1Q", None, True),
    ("actual_murder", b"Q0000", None, True),
    ("actual_murder", b"-0001", None, True),
    ("actual_murder", b"0000j", None, True),
    ("actual_murder", b"0000\x80", None, True),
    ("actual_murder", b"\xff0000", None, True),
    ("actual_murder", b"\0\0\0\0\0", None, True),
    ("actual_murder", b"0000\0", None, True),
    ("unfounded_murder", b"0000K", -2, False),
    ("cleared_under_18_unused", b"0000L", -3, False),
    ("cleared_under_18_unused", b"    L", -3, True),
    ("officers_killed_felony", b"00J", -1, False),
    ("officers_killed_felony", b" 12", 12, True),
    ("officers_killed_accident", b"99R", -999, False),
    ("officers_assaulted", b"9999999", 9_999_999, False),
    ("officers_assaulted", b"999999R", -9_999_999, False),
    ("officers_assaulted", b"1 34567", None, True),
]


@pytest.fixture(scope="module")
def three_records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """What an agency between two others is decoded to."""
    folder = tmp_path_factory.mktemp("three")
    decode_bytes(joined([record_of(1974, ori) for ori in ("CO00101", "AL01101", "CO00101")]), folder)
    return {name: pq.read_table(path).to_pylist() for name, path in segments_in(folder, RETURN_A).items()}


@pytest.mark.parametrize(("column", "cell", "value", "irregular"), COUNTS, ids=str)
def test_counts(
    decoded: Decoded,
    tmp_path: Path,
    three_records: dict[str, Rows],
    column: str,
    cell: bytes,
    value: int | None,
    irregular: bool,
) -> None:
    usual, other = record_of(1974, "AL01101"), record_of(1974, "CO00101")
    text = joined([other, with_cell(usual, 8, column, cell), other], b"\n")
    rows = decoded(text)
    assert encoded(tmp_path) == text
    kept = {"line_number": 2, "month": 8, "column_name": column, "value": trimmed(cell.decode("latin-1"))}
    expected = [dict(row) for row in three_records[MONTH]]
    expected[12 + 7][column] = value
    assert rows == {**three_records, MONTH: expected, IRREGULAR: [kept] if irregular else []}


def with_irregular_counts(records: list[bytes]) -> list[bytes]:
    """One irregular count in each record."""
    return [with_cell(record, 1 + i % 12, "actual_murder", b"    %d" % (i % 10)) for i, record in enumerate(records)]


def with_irregular_columns(records: list[bytes]) -> list[bytes]:
    """Two in each, the earlier columns in the later records: their order by column is not that by line."""
    columns = [field for field, start, end in reversed(positions()[1]) if is_count(field) and end - start == 4]
    cells = zip(with_irregular_counts(records), columns, strict=False)
    return [with_cell(record, 12 - i % 12, column, b"0000}") for i, (record, column) in enumerate(cells)]


def test_line_ends_and_ctrl_z(decoded: Decoded, tmp_path: Path) -> None:
    text = text_of(1971)
    assert text.endswith(b"\r\n\x1a")
    expected = decoded(text)
    lines_only = joined(records_of(1971), b"\n")
    for same in (
        text.removesuffix(b"\x1a"),
        text + b"\r\n",
        text.removesuffix(b"\r\n\x1a"),
        text.removesuffix(b"\r\n\x1a") + b"\x1a",
        lines_only,
        lines_only.removesuffix(b"\n"),
        lines_only + b"\x1a",
    ):
        assert decoded(same) == expected
        assert encoded(tmp_path) == lines_only


def test_lines_in_another_order_and_an_agency_that_stands_twice(decoded: Decoded, tmp_path: Path) -> None:
    records = with_irregular_columns(records_of(1971))
    expected = decoded(joined(records))
    order = [*reversed(range(len(records))), 3, 3, 0]
    text = joined([records[i] for i in order], b"\n")
    rows = decoded(text)
    assert encoded(tmp_path) == text
    for segment in (AGENCY, MONTH, IRREGULAR):
        moved = [
            {**row, "line_number": number}
            for number, i in enumerate(order, start=1)
            for row in expected[segment]
            if row["line_number"] == i + 1
        ]
        assert unordered(rows[segment]) == unordered(moved), segment
    assert rows[REJECTED] == []


def unordered(rows: Rows) -> list[str]:
    return sorted(str(sorted(row.items())) for row in rows)


@pytest.mark.parametrize(("damaged", "non_ascii_lines"), [(b"\xc9", 1), (b"\x80", 1), (b"\0", 0), (b"\x02", 0)])
def test_damaged_bytes_shift_nothing(tmp_path: Path, damaged: bytes, non_ascii_lines: int) -> None:
    records = records_of(1971)[:5]
    decode_bytes(joined(records), tmp_path)
    expected = {name: pq.read_table(path).to_pylist() for name, path in segments_in(tmp_path, RETURN_A).items()}
    records[3] = with_cell(records[3], 7, "card1_pt", damaged)
    text = joined(records, b"\n")
    report = decode_bytes(text, tmp_path)
    assert report.segments[AGENCY].non_ascii_lines == non_ascii_lines
    assert sum(segment.non_ascii_lines for segment in report.segments.values()) == non_ascii_lines
    expected[MONTH][3 * 12 + 6]["card1_pt"] = damaged.decode("latin-1")
    assert {name: pq.read_table(path).to_pylist() for name, path in segments_in(tmp_path, RETURN_A).items()} == expected
    assert encoded(tmp_path) == text


def test_records_of_another_length_are_rejected(decoded: Decoded, tmp_path: Path) -> None:
    good = records_of(1971)[:7]
    odd = {
        2: (good[0][:-1], NOT_THE_LENGTH),
        3: (good[1] + b"x", NOT_THE_LENGTH),
        4: (b"", "empty line"),
        6: (good[2] + b"   \xe9", NOT_THE_LENGTH),
        7: (good[2] + good[3], NOT_THE_LENGTH),
        8: (b"1", "too short to hold a record type"),
        9: (b"101", NOT_THE_LENGTH),
        10: (b"2" + good[0][1:], "unknown record type"),
        11: (good[2] + b"\0", NOT_THE_LENGTH),
        12: (b" " + good[2], "unknown record type"),
    }
    all_lines = [odd[n][0] if n in odd else good[{1: 0, 5: 1}.get(n, n - 11)] for n in range(1, 18)]
    text = joined(all_lines, b"\n")
    rows = decoded(text)
    assert encoded(tmp_path) == text
    assert rows[REJECTED] == [{"line_number": n, "bytes": line, "reason": reason} for n, (line, reason) in odd.items()]
    expected = decoded(joined(good))
    for segment in (AGENCY, MONTH):
        numbers = {1: 1, 2: 5, **{n: n + 10 for n in range(3, 8)}}
        moved = [{**row, "line_number": numbers[int(str(row["line_number"]))]} for row in expected[segment]]
        assert rows[segment] == moved, segment


def test_a_file_mostly_of_another_length_is_refused(tmp_path: Path) -> None:
    short = [record[:-1] for record in records_of(1971)[1:6]]
    with pytest.raises(DecodeError, match="line 2 has 7,384 bytes, and a record of Return A has 7,385"):
        decode_bytes(joined([records_of(1971)[0], *short]), tmp_path)


@pytest.mark.parametrize("blanks", [1, 15, 3000, 20_000])
def test_blanks_behind_a_record_are_no_length(decoded: Decoded, tmp_path: Path, blanks: int) -> None:
    records = records_of(1971)[:3]
    expected = decoded(joined(records))
    assert decoded(joined([records[0], records[1] + b" " * blanks, records[2]])) == expected
    assert encoded(tmp_path) == joined(records, b"\n")


@pytest.mark.parametrize("blank_bytes", [1, 7, 573, 3 * MONTH_BYTES])
def test_a_record_that_ends_with_blanks_comes_back(decoded: Decoded, tmp_path: Path, blank_bytes: int) -> None:
    """What encode writes is to be decoded to the same again, also where the blanks belong to the record."""
    record = records_of(1971)[4]
    expected = decoded(joined([record[:-blank_bytes] + b" " * blank_bytes, record]))
    assert expected[REJECTED] == []
    assert expected[MONTH][11]["officers_assaulted"] is None or blank_bytes < 7
    assert decoded(encoded(tmp_path)) == expected


@pytest.mark.parametrize(
    ("line", "length"),
    [(records_of(1971)[0][:-1], "7,384"), (records_of(1971)[0] + b"x", "7,386"), (b"101AL00102", "10")],
    ids=["shorter", "longer", "header only"],
)
def test_a_file_of_records_of_another_length_is_refused(tmp_path: Path, line: bytes, length: str) -> None:
    with pytest.raises(DecodeError, match=f"line 1 has {length} bytes, and a record of Return A has 7,385"):
        decode_bytes(line + b"\r\n", tmp_path)


def test_the_year_is_that_of_the_records(tmp_path: Path) -> None:
    for year in FILES:
        text = joined(records_of(year)[:3])
        for name in ("file.txt", f"reta-{year}.txt", f"RETA{year}.txt"):
            assert decode_bytes(text, tmp_path, None, name).year == year
        assert decode_bytes(text, tmp_path, year, "file.txt").year == year
        assert decode_bytes(text, tmp_path, year, "reta-2005.txt").year == year


@pytest.mark.parametrize(
    ("records", "year", "name", "message"),
    [
        (1971, None, "reta-2013.txt", "its records name 1971, not 2013"),
        (2013, None, "reta-1971.txt", "its records name 2013, not 1971"),
        (2013, 1971, "file.txt", "its records name 2013, not 1971"),
        (1971, 1974, "reta-1971.txt", "its records name 1971, not 1974"),
    ],
)
def test_records_of_another_year_are_refused(
    tmp_path: Path, records: int, year: int | None, name: str, message: str
) -> None:
    with pytest.raises(DecodeError, match=message):
        decode_bytes(joined(records_of(records)[:3]), tmp_path, year, name)


def test_the_year_of_most_records_counts(decoded: Decoded, tmp_path: Path) -> None:
    digits = (b"71", b"74", b"  ", b"xx", b"71", b"7 ")
    records = [record[:13] + year + record[15:] for record, year in zip(records_of(1971), digits, strict=False)]
    assert decode_bytes(joined(records), tmp_path).year == 1971
    assert [row["year2"] for row in decoded(joined(records))[AGENCY]] == ["71", "74", None, "xx", "71", "7"]


@pytest.mark.parametrize(
    ("records", "name", "year"), [(2013, "reta-1913.txt", None), (1971, "reta-2071.txt", None), (1971, "text", 2071)]
)
def test_a_century_without_return_a_is_refused(tmp_path: Path, records: int, name: str, year: int | None) -> None:
    with pytest.raises(DecodeError, match=r"there is no Return A of (1913|2071)"):
        decode_bytes(joined(records_of(records)[:2]), tmp_path, year, name)


def test_no_year_at_all_is_told(tmp_path: Path) -> None:
    record = records_of(1971)[0]
    text = record[:13] + b"  " + record[15:]
    with pytest.raises(DecodeError, match="neither its records nor its name tell the year"):
        decode_bytes(text, tmp_path, None, "file.txt")
    assert decode_bytes(text, tmp_path, None, "reta-1971.txt").year == 1971
    assert decode_bytes(text, tmp_path, 1971, "file.txt").year == 1971


def test_files_of_another_kind_are_refused(tmp_path: Path, real_lines: bytes) -> None:
    with pytest.raises(DecodeError, match="holds NIBRS, not Return A"):
        decode_bytes(real_lines, tmp_path, None, "reta-2021.txt")
    with pytest.raises(DecodeError, match="holds Return A, not NIBRS"):
        decode_bytes(joined(records_of(2013)[:3]), tmp_path, None, "nibrs-2013.txt")


def test_the_kind_is_told_by_the_lines(tmp_path: Path, real_lines: bytes) -> None:
    records = records_of(2013)[:3]
    assert decode_bytes(real_lines, tmp_path, None, "file.txt").kind.name == "nibrs"
    assert decode_bytes(joined(records), tmp_path, None, "file.txt").kind == RETURN_A
    mixed = decode_bytes(joined(records) + real_lines[: real_lines.index(b"\n") + 1], tmp_path, None, "file.txt")
    assert (mixed.kind, mixed.rejected) == (RETURN_A, {"unknown record type": 1})


def with_odd_lines(records: list[bytes]) -> list[bytes]:
    return [*records[:5], b"", records[0][:-1], *records[5:]]


@pytest.mark.parametrize("block_bytes", [7387, 20_000, 100_000])
def test_blocks_may_end_anywhere(
    decoded: Decoded, tmp_path: Path, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = with_odd_lines(with_irregular_columns(records_of(1971)))
    expected = {segment: unordered(rows) for segment, rows in decoded(joined(records)).items()}
    monkeypatch.setattr(lines.blocks, "__defaults__", (block_bytes,))
    for text in (joined(records, b"\n"), joined(records) + b"\x1a"):
        assert {segment: unordered(rows) for segment, rows in decoded(text).items()} == expected
        assert encoded(tmp_path) == joined(records, b"\n")


def encoded_in_windows(folder: Path, records: int, rows: int) -> bytes:
    """Encoded so many records at a time, so many rows of a segment being read at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode_module, "WINDOW_BYTES", records * RECORD_BYTES)
        patch.setattr(encode_module, "_BATCH_ROWS", rows)
        return encoded(folder)


WINDOWS = [(1, 1), (1, 100), (3, 5), (10, 7), (10, 12)]


@pytest.mark.parametrize("odd", [with_irregular_counts, with_irregular_columns])
def test_windows_may_end_anywhere(tmp_path: Path, odd: Callable[[list[bytes]], list[bytes]]) -> None:
    text = joined(with_odd_lines(odd(records_of(1971))), b"\n")
    decode_bytes(text, tmp_path)
    for records, rows in WINDOWS:
        assert encoded_in_windows(tmp_path, records, rows) == text, (records, rows)


def test_segments_that_nobody_wants_are_only_counted(tmp_path: Path) -> None:
    text = joined(with_odd_lines(with_irregular_counts(records_of(1971)[:8])))
    whole = decode_bytes(text, tmp_path)
    for wanted in ([], [AGENCY], [MONTH], [IRREGULAR], [REJECTED]):
        folder = tmp_path / "-".join(["only", *wanted])
        folder.mkdir()
        outputs = {name: folder / f"{name}.parquet" for name in wanted}
        assert decode(io.BytesIO(text), "file.txt", shipped_layouts(), outputs) == whole
        assert [path.stem for path in folder.iterdir()] == wanted
        for name in wanted:
            assert pq.read_table(outputs[name]).equals(pq.read_table(tmp_path / f"{name}.parquet"))


def rewrite(folder: Path, segment: str, change: Callable[[pa.Table], pa.Table]) -> None:
    path = folder / f"{segment}.parquet"
    pq.write_table(change(pq.read_table(path)), path)


def without_a_month(table: pa.Table) -> pa.Table:
    is_it = np.logical_and(table["line_number"].to_numpy() == 3, table["month"].to_numpy() == 4)
    return table.filter(~is_it)


CHANGES: dict[str, tuple[str, Callable[[pa.Table], pa.Table], str]] = {
    "a month missing": (MONTH, without_a_month, "have not each month 1 to 12, in this order"),
    "the last month missing": (MONTH, lambda table: table.slice(0, len(table) - 1), "have not each month 1 to 12"),
    "a month twice": (MONTH, lambda table: pa.concat_tables([table.slice(0, 1), table]), "have not each month 1 to 12"),
    "months out of order": (MONTH, lambda table: table.take([1, 0, *range(2, len(table))]), "in this order"),
    "no months": (MONTH, lambda table: table.slice(0, 0), "have not each month 1 to 12"),
    "an agency missing": (
        AGENCY,
        lambda table: table.take([0, 1, 3, 4]),
        "have not each month|line 3 is in no segment",
    ),
    "the last agency missing": (AGENCY, lambda table: table.slice(0, 4), "decode the file again"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_rows_that_make_no_file_are_told(tmp_path: Path, change: str) -> None:
    segment, changed, message = CHANGES[change]
    decode_bytes(joined(records_of(1971)[:5]), tmp_path)
    rewrite(tmp_path, segment, changed)
    with pytest.raises(EncodeError, match=message):
        encoded(tmp_path)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_missing_segment_is_told(tmp_path: Path, segment: str) -> None:
    decode_bytes(joined(records_of(1971)[:5]), tmp_path)
    (tmp_path / f"{segment}.parquet").unlink()
    with pytest.raises(EncodeError, match="encoding needs every segment"):
        encoded(tmp_path)


def test_a_count_too_large_for_its_field_is_told(tmp_path: Path) -> None:
    decode_bytes(joined(records_of(1971)[:5]), tmp_path)
    rewrite(tmp_path, MONTH, lambda table: with_column(table, "actual_murder", 100_000))
    with pytest.raises(EncodeError, match="column actual_murder: 100000 has more than 5 digits"):
        encoded(tmp_path)


def with_column(table: pa.Table, name: str, value: int) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, pa.array([value] * len(table), pa.int32()))
