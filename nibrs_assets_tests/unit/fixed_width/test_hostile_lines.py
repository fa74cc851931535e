"""Lines of any kind: each is decoded or rejected, never lost, and comes back; memory stays bounded."""

import io
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from nibrs_assets.cli.main import main
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.fixed_width.encode import encode
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind
from nibrs_assets_tests.support.decoding import decode_bytes, segments_in
from nibrs_assets_tests.support.lines import lines_of
from nibrs_assets_tests.support.positions import read_positions
from nibrs_assets_tests.support.return_a import records_of
from nibrs_assets_tests.support.samples import NIBRS, REAL_LINES, RETURN_A

REAL = REAL_LINES.read_bytes().splitlines()
LENGTHS = {record: positions[-1][2] for record, positions in read_positions().items() if len(record) == 2}
SLOWLY = settings(max_examples=25, deadline=None, derandomize=True, database=None)

any_bytes = st.binary(max_size=400).map(lambda line: line.replace(b"\n", b"\0"))


@st.composite
def damaged(draw: st.DrawFn, lines: list[bytes]) -> bytes:
    """A real line, cut or lengthened anywhere, some of its bytes replaced by any others."""
    line = bytearray(draw(st.sampled_from(lines)))
    for _ in range(draw(st.integers(0, 6))):
        line[draw(st.integers(0, len(line) - 1))] = draw(st.integers(0, 255).filter(lambda byte: byte != 0x0A))
    if draw(st.booleans()):
        return bytes(line[: draw(st.integers(0, len(line)))])
    return bytes(line) + draw(any_bytes)


def is_accounted_for(text: bytes, kind: FileKind, year: int) -> None:
    """Each line of `text` stands in one segment, and all come back when the segments are encoded."""
    expected = lines_of(text)
    with tempfile.TemporaryDirectory() as folder:
        report = decode_bytes(text, Path(folder), year)
        segments = segments_in(Path(folder), kind)
        own = [*(record.segment for record in kind.by_record_type().values()), kind.rejected]
        numbers = np.concatenate([pq.read_table(segments[name])["line_number"].to_numpy() for name in own])
        assert sorted(numbers) == list(range(1, len(expected) + 1))
        assert report.lines == len(expected) == sum(report.segments[name].rows for name in own)
        assert report.segments[kind.rejected].rows == report.rejected.total()
        output = io.BytesIO()
        encode(segments, shipped_layouts(), kind, output)
        # A CR that is left is the line's own.
        assert [line.rstrip(b" ") for line in output.getvalue().split(b"\n")[:-1]] == expected


@pytest.mark.slow
@SLOWLY
@given(st.data())
def test_any_nibrs_lines_are_decoded_or_rejected_and_come_back(data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.one_of(damaged(REAL), any_bytes), max_size=12))
    end = data.draw(st.sampled_from([b"\n", b"\r\n"]))
    last = data.draw(st.sampled_from([b"", end, end + b"\x1a"]))
    # A Ctrl-Z at the end of the last line would be the file's.
    lines = [*REAL * 8, *lines, REAL[0]]
    is_accounted_for(end.join(lines) + last, NIBRS, 2021)


@settings(SLOWLY, max_examples=10)
@given(st.data())
def test_any_return_a_lines_are_decoded_or_rejected_and_come_back(data: st.DataObject) -> None:
    records = records_of(1971)[:6]
    lines = data.draw(st.lists(damaged(records), max_size=4))
    is_accounted_for(b"\n".join([*records, *lines, records[0]]), RETURN_A, 1971)


@pytest.mark.parametrize("record_type", sorted(LENGTHS))
def test_a_line_cut_at_each_length_is_accounted_for(record_type: str) -> None:
    [line, *_] = [line for line in REAL if line.startswith(record_type.encode())] or [
        REAL[0][:2].replace(b"BH", record_type.encode()) + REAL[0][2:]
    ]
    line = line.ljust(LENGTHS[record_type], b"9")
    is_accounted_for(b"\n".join([*REAL * 4, *(line[:length] for length in range(len(line) + 3))]) + b"\n", NIBRS, 2021)


@pytest.mark.slow
def test_lines_of_ten_megabytes_are_accounted_for() -> None:
    long = [b"04" + b"x" * (10 << 20), REAL[5] + bytes(10 << 20), b"\xff" * (10 << 20)]
    is_accounted_for(b"\n".join([*REAL * 8, *long, REAL[0]]), NIBRS, 2021)


def test_a_file_without_line_ends_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nibrs-2021.txt"
    for text in (b"".join(REAL * 10), b"\r".join(REAL * 10), b"".join(REAL * 10_000), bytes(20 << 20)):
        path.write_bytes(text)
        result = CliRunner().invoke(main, ["decode", str(path), "--out", str(tmp_path / "out")])
        assert (result.exit_code, result.output.count("\n")) == (1, 1), result.output
        assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_whole_file_at_random_is_refused_or_accounted_for(tmp_path: Path) -> None:
    rng = random.Random(7)
    good = b"\n".join(REAL * 20) + b"\n"
    for _ in range(12):
        text = bytearray(good)
        for _ in range(rng.randrange(1, 60)):
            index = rng.randrange(len(text))
            text[index : index + rng.choice([0, 1, 1, 200])] = rng.choice(
                [b"", b"\n", b"\0", b"\xe9", b"\r", rng.randbytes(50)]
            )
        try:
            decode_bytes(bytes(text), tmp_path)
        except NibrsError as error:
            assert "\n" not in str(error)
            continue
        is_accounted_for(bytes(text), NIBRS, 2021)


MEMORY = """
import resource, sys
from pathlib import Path
from nibrs_assets.fixed_width.decode import decode
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.layouts.loader import shipped_layouts
start, line, left = Path(sys.argv[1]).read_bytes(), eval(sys.argv[2]), int(sys.argv[3])
class Stream:
    rest = start
    def readinto(self, buffer):
        global left
        filled = 0
        while filled < len(buffer):
            if not self.rest:
                if not left:
                    break
                take = min(left, 100_000)
                self.rest, left = line * take, left - take
            take = min(len(self.rest), len(buffer) - filled)
            buffer[filled : filled + take] = self.rest[:take]
            self.rest, filled = self.rest[take:], filled + take
        return filled
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
outputs = {name: Path(sys.argv[4]) / name for name in segment_names(shipped_layouts().kinds["nibrs"])}
before = peak()
report = decode(Stream(), "stream", shipped_layouts(), outputs)
print(report.lines, report.rejected.total(), peak() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "lines"),
    [(b"\n", 17_000_000), (b"ZZ12345\n", 2_500_000)],
    ids=["empty", "unknown"],
)
def test_millions_of_lines_that_are_no_record_take_bounded_memory(tmp_path: Path, line: bytes, lines: int) -> None:
    arguments = [str(REAL_LINES), repr(line), str(lines), str(tmp_path)]
    run = subprocess.run([sys.executable, "-c", MEMORY, *arguments], capture_output=True, text=True, check=True)
    found, rejected, megabytes = map(int, run.stdout.split())
    assert (found, rejected) == (lines + len(REAL), lines)
    # A block of 16 MB of line ends took 2,800 when it was handled at once.
    assert megabytes < 700


@pytest.mark.parametrize("name", [b"\xff.zip", b"nibrs-2021\xe9.txt"])
def test_files_with_strange_names_are_told(tmp_path: Path, name: bytes) -> None:
    path = bytes(tmp_path) + b"/" + name
    Path(path.decode(errors="surrogateescape")).write_bytes(b"no zip and no record")
    nibrs = Path(sys.executable).with_name("nibrs")
    run = subprocess.run([nibrs, "decode", path, "--out", bytes(tmp_path) + b"/out"], capture_output=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith(b"nibrs: ")
    assert b"Traceback" not in run.stderr
    assert run.stderr.count(b"\n") == 1
