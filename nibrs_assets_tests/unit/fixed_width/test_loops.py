"""The compiled loops against those of NumPy: the same files, to the byte, whatever the lines are."""

import random
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from nibrs_assets.core import parquet
from nibrs_assets.fixed_width import gathering, lines, segments
from nibrs_assets.fixed_width.forms import Form, Place
from nibrs_assets.fixed_width.gathering import Gathering
from nibrs_assets.fixed_width.loops import Loops
from nibrs_assets.fixed_width.loops_chosen import using
from nibrs_assets.fixed_width.loops_compiled import Compiled, compiled
from nibrs_assets.fixed_width.loops_numpy import Plain
from nibrs_assets_tests.support.decoding import decode_bytes
from nibrs_assets_tests.support.lines import vermont, without_12_bytes
from nibrs_assets_tests.support.return_a import FILES, text_of
from nibrs_assets_tests.support.samples import REAL_LINES, SAMPLE, unpack_independently

REAL = REAL_LINES.read_bytes().splitlines()


@pytest.fixture(scope="module")
def in_c() -> Compiled:
    found = compiled()
    if found:
        return found
    if compiler := shutil.which("cc") or shutil.which("gcc"):
        pytest.fail(
            f"the loops are not compiled, or of earlier code, though there is {compiler}; install the package again"
        )
    pytest.skip("there is no C compiler (cc, gcc) on this machine, so the package decodes by NumPy")


def decoded_by(loops: Loops, text: bytes, folder: Path, year: int | None = None) -> tuple[str, dict[str, bytes]]:
    folder.mkdir()
    with using(loops):
        report = decode_bytes(text, folder, year)
    return repr(report), {path.name: path.read_bytes() for path in folder.iterdir()}


def are_the_same(in_c: Loops, text: bytes, folder: Path, year: int | None = None) -> None:
    report, files = decoded_by(in_c, text, folder / "compiled", year)
    plain_report, plain_files = decoded_by(Plain(), text, folder / "plain", year)
    assert report == plain_report
    assert files.keys() == plain_files.keys()
    assert [name for name, content in files.items() if content != plain_files[name]] == []


def odd_lines(seed: int) -> list[bytes]:
    """Real lines, and such with other bytes, cut, lengthened, and of other shapes."""
    rng, found = random.Random(seed), []
    for line in REAL * 40:
        odd = bytearray(line)
        for _ in range(rng.randrange(6)):
            odd[rng.randrange(len(odd))] = rng.choice(b"\x00\xe9\xff\x20A\r\x80" + b"09}JZ")
        odd = odd[: rng.randrange(len(odd) + 1)] if rng.random() < 0.3 else odd
        odd += rng.choice([b"", b"", b"  ", b"more \xe9", b"x" * 500, b"\0", b"x" * 9000])
        found += [line, bytes(odd), vermont(line, b"%013d" % rng.randrange(10**13)) if line[:2] == b"06" else line]
    return found


@pytest.mark.parametrize("year", [2016, 2020])
def test_a_year_gives_the_same_files(tmp_path: Path, in_c: Compiled, year: int) -> None:
    are_the_same(in_c, unpack_independently(SAMPLE / f"nibrs-{year}.zip"), tmp_path)


@pytest.mark.parametrize("year", FILES)
def test_a_year_of_return_a_gives_the_same_files(tmp_path: Path, in_c: Compiled, year: int) -> None:
    are_the_same(in_c, text_of(year), tmp_path)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r\n"])
def test_odd_lines_give_the_same_files(tmp_path: Path, in_c: Compiled, end: bytes) -> None:
    are_the_same(in_c, end.join(odd_lines(7)) + b"\x1a", tmp_path, 2021)


def test_lines_of_several_shapes_give_the_same_files(tmp_path: Path, in_c: Compiled) -> None:
    text = b"\n".join(odd_lines(8)).replace(b"2021", b"2015")
    are_the_same(in_c, without_12_bytes(text) + b"\n" + text, tmp_path, 2015)


def test_blocks_and_row_groups_cut_anywhere_give_the_same_files(
    tmp_path: Path, in_c: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"\r\n".join(odd_lines(9))
    monkeypatch.setattr(lines, "BLOCK_LINES", 333)
    for module in (parquet, gathering):
        monkeypatch.setattr(module, "ROW_GROUP_ROWS", 77)
    are_the_same(in_c, text, tmp_path, 2021)


def test_much_text_beyond_the_layout_gives_the_same_rows(
    tmp_path: Path, in_c: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = b"\n".join([line + b"x%d" % row for row, line in enumerate(odd_lines(10))])
    with using(in_c):
        (tmp_path / "whole").mkdir()
        decode_bytes(text, tmp_path / "whole", 2021)
        monkeypatch.setattr(lines, "BLOCK_LINES", 100)
        monkeypatch.setattr(segments, "MOST_EXCESS_BYTES", 1 << 12)
        (tmp_path / "often").mkdir()
        decode_bytes(text, tmp_path / "often", 2021)
    for path in (tmp_path / "whole").iterdir():
        assert pq.read_table(path).equals(pq.read_table(tmp_path / "often" / path.name)), path.name


def test_many_distinct_values_give_the_same_files(tmp_path: Path, in_c: Compiled) -> None:
    rng, line = random.Random(3), next(line for line in REAL if line[:2] == b"04")
    values = [rng.randbytes(30).replace(b"\n", b" ") for _ in range(6_000)]
    varied = [line[:4] + value[:9] + line[13:35] + value[9:] + line[56:] for value in values]
    are_the_same(in_c, b"\n".join([*REAL, *varied]), tmp_path, 2021)


@pytest.mark.parametrize("is_compiled", [True, False])
def test_a_line_may_hold_a_thousand_rows(in_c: Compiled, is_compiled: bool) -> None:
    times = 1000
    form = Form((Place("letter", 0, 1, is_count=False),), tuple(((row, 1, 0),) for row in range(times)))
    line = bytes(ord("A") + row % 26 for row in range(times))
    data = np.frombuffer(line + b" " * lines.PADDING, np.uint8)
    block = lines.Block(data, np.zeros(1, np.int64), np.array([times]), first_line=1)
    with using(in_c if is_compiled else Plain()):
        gathered = Gathering(form)
        gathered.add(block, np.zeros(times, np.int64), np.arange(times, dtype=np.uint16))
    assert gathered.take()["letter"].to_pylist() == list(line.decode())


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (Place("many", 0, 10, is_count=True), "many can't be 10 bytes wide"),
        (Place("none", 0, 0, is_count=False), "none can't be 0 bytes wide"),
        (Place("wide", 0, 1 << 13, is_count=False), "a row must be shorter than 8,192 bytes"),
    ],
)
def test_a_form_that_the_loops_have_no_room_for_is_refused(place: Place, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Form((place,), (((0, place.width, 0),),))


def test_counts_that_nothing_reads_are_refused() -> None:
    with pytest.raises(ValueError, match="counts need a format"):
        Gathering(Form((Place("many", 0, 9, is_count=True),), (((0, 9, 0),),)))
