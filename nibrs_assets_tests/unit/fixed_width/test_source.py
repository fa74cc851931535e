"""Zips of every method and every kind of damage."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nibrs_assets.fixed_width.source import SourceError
from nibrs_assets_tests.support.samples import SAMPLE, SAMPLE_YEARS, unpack_independently
from nibrs_assets_tests.support.zips import TEXT, deflated, ppmd, read, zipped


@pytest.mark.parametrize("year", SAMPLE_YEARS)
def test_sample_zips_deflate_and_deflate64(year: int) -> None:
    path = SAMPLE / f"nibrs-{year}.zip"
    assert read(path.read_bytes()) == unpack_independently(path)


@pytest.mark.parametrize(("method", "pack"), [(0, bytes), (8, deflated), (98, ppmd)], ids=["stored", "Deflate", "PPMd"])
def test_other_methods(method: int, pack: Callable[[bytes], bytes]) -> None:
    assert read(zipped(pack(TEXT), method)) == TEXT


def test_a_text_file_is_read_as_it_is() -> None:
    assert read(TEXT, "2021.txt") == TEXT


@pytest.mark.parametrize(("method", "name"), [(6, "Implode"), (14, "LZMA"), (77, "method 77")])
def test_a_method_nobody_reads_is_named(method: int, name: str) -> None:
    with pytest.raises(SourceError, match=f"2021.txt is compressed with {name}, .* zip it again with Deflate"):
        read(zipped(TEXT, method))


_REFUSALS = {
    "empty": (b"", "is empty"),
    "not a zip": (b"<html>Service unavailable</html>", "not a zip file"),
    "truncated": (zipped(deflated(), 8)[:-30_000], "truncated or damaged"),
    "encrypted": (zipped(deflated(), 8, flags=1), "is encrypted"),
    "parent folder": (zipped(deflated(), 8, b"../2021.txt"), "outside its folder"),
    "absolute": (zipped(deflated(), 8, b"/etc/2021.txt"), "outside its folder"),
    "windows drive": (zipped(deflated(), 8, b"C:\\2021.txt"), "outside its folder"),
    "no master": (zipped(deflated(), 8, b"readme.pdf"), "holds 0: none"),
    "wrong CRC": (zipped(deflated(), 8, crc=1), "do not match their checksum"),
    "wrong size": (zipped(deflated(TEXT + b"more"), 8), "unpacks to more bytes"),
    "short": (zipped(deflated(TEXT[:-9]), 8), "unpacks to 1,019,991 bytes, the zip says 1,020,000"),
    "stream ends early": (zipped(deflated()[:-500], 8), "ends before its Deflate stream does"),
    "Deflate64 ends early": (zipped(deflated()[:-500], 9), "ends before its Deflate64 stream does"),
    "PPMd ends early": (zipped(ppmd()[:500], 98), "ends before its PPMd stream does"),
    "damaged": (zipped(b"\xff" * 4000, 8), "can't be unpacked"),
    "Deflate64 damaged": (zipped(b"\xff" * 4000, 9), "can't be unpacked"),
}


@pytest.mark.parametrize(("data", "message"), _REFUSALS.values(), ids=_REFUSALS)
def test_refusals_say_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=r"^nibrs-2021.zip: ") as caught:
        read(data)
    assert message in str(caught.value)


def test_bits_flipped_anywhere_end_in_an_error_or_the_same_text() -> None:
    good = (SAMPLE / "nibrs-2018.zip").read_bytes()
    text = unpack_independently(SAMPLE / "nibrs-2018.zip")
    for position in range(7, len(good), len(good) // 9):
        flipped = bytearray(good)
        flipped[position] ^= 0x10
        try:
            assert read(bytes(flipped)) == text
        except SourceError:
            continue


def test_more_than_one_master_is_refused_and_other_files_are_not_masters(tmp_path: Path) -> None:
    def archive(*names: str) -> bytes:
        with zipfile.ZipFile(tmp_path / "some.zip", "w") as file:
            for name in names:
                file.writestr(name, TEXT)
        return (tmp_path / "some.zip").read_bytes()

    assert read(archive("2021.txt", "readme.pdf", "__MACOSX/._2021.txt", ".DS_Store", "docs/layout.xlsx")) == TEXT
    with pytest.raises(SourceError, match=r"holds 2: 2020.txt, 2021.txt"):
        read(archive("2020.txt", "2021.txt"))
