"""Encoding gives the file back that was decoded."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nibrs_assets.fixed_width import encode as encode_module
from nibrs_assets.fixed_width.encode import EncodeError, encode
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.decoding import decode_bytes, segments_in
from nibrs_assets_tests.support.lines import lines_of, vermont, without_12_bytes
from nibrs_assets_tests.support.samples import NIBRS, SAMPLE, WHOLE_FILES, unpack_independently


def round_trip(text: bytes, folder: Path, year: int | None = None) -> bytes:
    decode_bytes(text, folder, year)
    output = io.BytesIO()
    encode(segments_in(folder), shipped_layouts(), NIBRS, output)
    return output.getvalue()


@pytest.mark.parametrize("year", WHOLE_FILES)
def test_sample_files_come_back(tmp_path: Path, year: int) -> None:
    text = unpack_independently(SAMPLE / f"nibrs-{year}.zip")
    assert lines_of(round_trip(text, tmp_path)) == lines_of(text)


def test_odd_files_come_back(tmp_path: Path, real_lines: bytes) -> None:
    arrestee = next(line for line in real_lines.splitlines() if line[:2] == b"06")
    trailing = b"\n".join([b"", b"xx", b"\x00\r\xff", vermont(arrestee, b"1234"), b"0501", b"  lead", b"last"])
    odd = real_lines.replace(b"FAIRBANKS", b"FAIR\xc9ANKS") + trailing
    for text in (
        odd,
        odd.replace(b"\n", b"\r\n"),
        odd + b"\n\x1a",
        without_12_bytes(odd),
        odd.replace(b"MBN", b"MBN more"),
    ):
        of_2015 = text.replace(b"2021N", b"2015N").replace(b"002021", b"002015").replace(b"122021", b"122015")
        assert lines_of(round_trip(of_2015, tmp_path, 2015)) == lines_of(of_2015)


def test_windows_may_end_anywhere(tmp_path: Path, real_lines: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode_module, "WINDOW_BYTES", 7 * 400)
    monkeypatch.setattr(encode_module, "_BATCH_ROWS", 2)
    assert lines_of(round_trip(real_lines, tmp_path)) == lines_of(real_lines)


def test_a_missing_line_is_told(tmp_path: Path, real_lines: bytes) -> None:
    decode_bytes(real_lines, tmp_path)
    path = tmp_path / "victim.parquet"
    table = pq.read_table(path)
    pq.write_table(table.filter(table["line_number"].to_numpy() != 14), path)
    with pytest.raises(EncodeError, match="line 14 is in no segment"):
        encode(segments_in(tmp_path), shipped_layouts(), NIBRS, io.BytesIO())


def test_a_line_that_stands_twice_is_told(tmp_path: Path, real_lines: bytes) -> None:
    decode_bytes(real_lines, tmp_path)
    path = tmp_path / "victim.parquet"
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table.slice(0, 1), table]), path)
    with pytest.raises(EncodeError, match="line 13 stands twice"):
        encode(segments_in(tmp_path), shipped_layouts(), NIBRS, io.BytesIO())


def test_a_missing_segment_is_told(tmp_path: Path, real_lines: bytes) -> None:
    decode_bytes(real_lines, tmp_path)
    (tmp_path / "victim.parquet").unlink()
    with pytest.raises(EncodeError, match="encoding needs every segment"):
        encode(segments_in(tmp_path), shipped_layouts(), NIBRS, io.BytesIO())
