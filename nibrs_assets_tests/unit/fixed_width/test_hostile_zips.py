"""Zips that are damaged, or made to do harm: an error in a line, the same text, or none of it; never much memory."""

import random
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import inflate64
import pytest
from click.testing import CliRunner

from nibrs_assets.cli.main import main
from nibrs_assets.fixed_width.source import SourceError
from nibrs_assets_tests.support.samples import REAL_LINES, make_zip
from nibrs_assets_tests.support.zips import deflated, ppmd, read, zipped

TEXT = b"".join(b"0150AK0010200%012d20210101 03010010100    N\n" % n for n in range(2_000))
MEGABYTE = 1 << 20


def deflated64(text: bytes) -> bytes:
    packer = inflate64.Deflater()
    return bytes(packer.deflate(text)) + bytes(packer.flush())


_PACKED = {0: TEXT, 8: deflated(TEXT), 9: deflated64(TEXT), 98: ppmd(TEXT, megabytes=1)}


def outcome(data: bytes) -> bytes | None:
    """The text in a zip, or None when it is refused as it should be: in a line that names the file."""
    try:
        return read(data)
    except SourceError as error:
        assert str(error).startswith("nibrs-2021.zip: ")
        assert str(error).isprintable(), error
        return None


@pytest.mark.parametrize("method", _PACKED)
def test_cut_anywhere_and_flipped_anywhere_it_is_whole_or_refused(method: int) -> None:
    good, rng = zipped(_PACKED[method], method, text=TEXT), random.Random(method)
    assert outcome(good) == TEXT
    header, tail = range(64), range(len(good) - 130, len(good))
    inside = [rng.randrange(len(good)) for _ in range(30)]
    # PPMd starts a process each time.
    step = 15 if method == 98 else 1
    for length in [*header, *inside, *tail][::step]:
        assert outcome(good[:length]) is None, length
    for position in ([*header, *tail, *inside] * 2)[::step]:
        damaged = bytearray(good)
        for index in (position, *rng.sample(tail, rng.randrange(2))):
            damaged[index] = rng.choice([damaged[index] ^ 1 << rng.randrange(8), 0, 255])
        assert outcome(bytes(damaged)) in (None, TEXT), position


def test_damaged_ppmd_does_not_take_the_process_along() -> None:
    rng = random.Random(5)
    packed = ppmd(TEXT, megabytes=1)
    for _ in range(15):
        damaged = bytearray(packed)
        damaged[rng.randrange(2, len(packed))] ^= 1 << rng.randrange(8)
        assert outcome(zipped(bytes(damaged), 98, text=TEXT)) in (None, TEXT)


def test_ppmd_of_more_than_a_piece_comes_back() -> None:
    rng = random.Random(1)
    text = b"".join(b"0150AK0010200%012d20210101 03010010100    N\n" % rng.randrange(10**12) for _ in range(30_000))
    packed = ppmd(text)
    assert len(packed) > 100_000
    assert read(zipped(packed, 98, text=text)) == text


def directory(entries: list[tuple[bytes, int]], packed: bytes) -> bytes:
    """A zip of one Deflate member, listed under these names, each at an offset of one's choice."""
    sizes = struct.pack("<III", zlib.crc32(TEXT), len(packed), len(TEXT))
    local = struct.pack("<4sHHHHH", b"PK\3\4", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", 8, 0) + b"2021.txt"
    central = b""
    for name, offset in entries:
        central += struct.pack("<4sHHHHHH", b"PK\1\2", 20, 20, 0, 8, 0, 33) + sizes
        central += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, offset) + name
    count = min(len(entries), 0xFFFF)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(central), len(local) + len(packed), 0)
    return local + packed + central + end


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([(b"2021.txt", 0), (b"2021.txt", 0)], "holds 2: 2021.txt, 2021.txt"),
        ([(b"a%d.txt" % n, 0) for n in range(9)], "holds 9: a0.txt, a1.txt, a2.txt, a3.txt, a4.txt, …"),
        ([(b"2021\nnibrs: all is well.txt", 0)], r"'2021\nnibrs: all is well.txt' is no name of a file"),
        ([(b"\x1b[2J.txt", 0)], "is no name of a file"),
        ([(b"", 0)], "damaged"),
        ([(b"x" * 300 + b".txt", 0)], "is no name of a file"),
        ([(b"a/../../2021.txt", 0)], "would be unpacked outside its folder"),
        ([(b"..\\2021.txt", 0)], "would be unpacked outside its folder"),
        ([(b"2021.txt", 7)], "points to no member"),
        ([(b"2021.txt", 0xFFFFFFF0)], "points to no member"),
        ([(b"%030d.txt" % n, 0) for n in range(20_000)], "a directory of 1,6"),
    ],
    ids=[
        "overlapping",
        "many",
        "two lines",
        "escape",
        "no name",
        "long",
        "up",
        "up backwards",
        "inside",
        "beyond",
        "long directory",
    ],
)
def test_directories_that_lie(entries: list[tuple[bytes, int]], told: str) -> None:
    data = directory(entries, deflated(TEXT))
    with pytest.raises(SourceError) as caught:
        read(data)
    assert told in str(caught.value)
    assert outcome(data) is None


def test_a_directory_that_begins_before_the_file_is_refused() -> None:
    data = bytearray(directory([(b"2021.txt", 0)], deflated(TEXT)))
    struct.pack_into("<I", data, len(data) - 6, len(data) + 100)
    with pytest.raises(SourceError, match=r"points before its beginning|truncated or damaged"):
        read(bytes(data))


def test_a_zip_in_a_zip_is_no_master(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", REAL_LINES.read_bytes())
    outer = make_zip(tmp_path / "nibrs-2021.zip", inner.read_bytes(), "inner.zip")
    result = CliRunner().invoke(main, ["decode", str(outer), "--out", str(tmp_path / "out")])
    assert (result.exit_code, result.output.count("\n")) == (1, 1), result.output
    assert "no line begins with a known record type" in result.output
    assert not (tmp_path / "out").exists()


MEMORY = """
import resource, sys
from nibrs_assets.fixed_width.source import SourceError, inspect, open_master
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
before, buffer = peak(), memoryview(bytearray(1 << 20))
with open(sys.argv[1], "rb") as file:
    try:
        with open_master(file, inspect(file, "bomb.zip")) as stream:
            while stream.readinto(buffer):
                pass
    except SourceError as error:
        print(error, file=sys.stderr)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", [8, 9, 98])
@pytest.mark.parametrize("declared", [1, 400], ids=["more than it says", "as much as it says"])
def test_a_bomb_takes_little_memory(tmp_path: Path, method: int, declared: int) -> None:
    zeros = bytes((400 if method != 98 else 12) * MEGABYTE)
    packed = {8: deflated, 9: deflated64, 98: ppmd}[method](zeros)
    assert len(packed) < len(zeros) / 400
    data = bytearray(zipped(packed, method, text=b"", crc=0))
    for offset in (22, data.rindex(b"PK\1\2") + 24):
        struct.pack_into("<I", data, offset, declared * MEGABYTE)
    (tmp_path / "bomb.zip").write_bytes(data)
    del zeros
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "bomb.zip")], capture_output=True, text=True, check=True
    )
    assert run.stderr.startswith("bomb.zip: "), run.stderr
    # Fed in pieces of 256 KB, Deflate64 took all 400.
    assert int(run.stdout) < 250


_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "cut in its local header": lambda good: good[:20],
    "cut in its data": lambda good: good[:500],
    "cut in its directory": lambda good: good[:-60],
    "cut in its end": lambda good: good[:-10],
    "checksum": lambda good: good.replace(good[14:18], bytes(4)),
    "of zeros": lambda good: bytes(len(good)),
    "in the middle": lambda good: good[:300] + bytes(40) + good[340:],
}


@pytest.mark.parametrize("damage", _DAMAGE)
def test_the_command_tells_it_in_one_line_and_leaves_nothing(tmp_path: Path, damage: str) -> None:
    good = make_zip(tmp_path / "nibrs-2021.zip", REAL_LINES.read_bytes() * 20)
    good.write_bytes(_DAMAGE[damage](good.read_bytes()))
    result = CliRunner().invoke(main, ["decode", str(good), "--out", str(tmp_path / "out")])
    assert (result.exit_code, result.output.count("\n")) == (1, 1), result.output
    assert result.output.startswith(f"nibrs: {good}: ")
    assert not (tmp_path / "out").exists()


def test_what_zipfile_reads_is_read_alike(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "nibrs-2021.zip", TEXT)
    with zipfile.ZipFile(path) as archive:
        assert read(path.read_bytes()) == archive.read(archive.namelist()[0]) == TEXT
