"""The master file that `make bench` measures with holds what it says, and the package finds all of it."""

from pathlib import Path

from nibrs_assets.ingest.decoding import decode_to_lake
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.bench import deflate64
from nibrs_assets_tests.bench.master_file import YEAR, master_file
from nibrs_assets_tests.support.samples import NIBRS, unpack_independently

SIZE = 3_000_000


def test_every_line_of_a_generated_file_is_decoded_or_rejected(tmp_path: Path) -> None:
    written = master_file(tmp_path, SIZE)
    text = unpack_independently(written.path)
    assert len(text) == written.size >= SIZE
    assert text.count(b"\r\n") == sum(written.lines.values())
    with written.path.open("rb") as file:
        report = decode_to_lake(file, written.path.name, Lake.at(str(tmp_path / "lake")), list(NIBRS.records))
    assert (report.kind.name, report.year, report.lines) == (NIBRS.name, YEAR, text.count(b"\n"))
    segments = {kind: record.segment for kind, record in shipped_layouts().kinds["nibrs"].by_record_type().items()}
    found = {kind: report.segments[segment].rows for kind, segment in segments.items()}
    assert {kind: rows for kind, rows in found.items() if rows} == {
        kind: lines for kind, lines in written.lines.items() if kind != "rejected"
    }
    assert report.rejected.total() == written.lines["rejected"] == text.count(b"\nZZ") > 0
    assert written.lines["04"] > written.lines["01"] > written.lines["06"]


def test_a_file_is_made_the_same_again(tmp_path: Path) -> None:
    first, second = (unpack_independently(master_file(tmp_path / name, 200_000).path) for name in "ab")
    assert first == second
    other_seed = unpack_independently(master_file(tmp_path, 200_000, seed=2).path)
    assert other_seed != first


def test_a_zip_is_written_without_7zip_too(tmp_path: Path) -> None:
    chunks = [b"0" * 70_000, b"1 and 2", bytes(range(256)) * 300]
    path = tmp_path / "file.zip"
    assert deflate64.by_inflate64(path, "file.txt", chunks) == sum(map(len, chunks))
    assert unpack_independently(path) == b"".join(chunks)
