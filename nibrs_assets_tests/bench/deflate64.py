"""Writes a zip of one member with Deflate64, as the FBI's are.

With 7-Zip where the machine has it: it packs about as well as the FBI's zips are packed. Elsewhere with `inflate64`, which packs
less than half as well, so that they are slower to unpack; its zip is written here, as Python's zipfile writes no Deflate64.
"""

import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import inflate64

_VERSION, _METHOD = 45, 9
_DATE, _TIME = 0x21, 0  # 1980-01-01: the same bytes for the same text
_MANY = 0xFFFFFFFF  # stands in where the number is in the zip64 field


def write_zip(path: Path, member: str, chunks: Iterable[bytes]) -> int:
    """Write `chunks` as the member of a zip at `path`; returns their bytes."""
    path.unlink(missing_ok=True)
    if found := shutil.which("7z") or shutil.which("7zz"):
        return _by_7zip(found, path, member, chunks)
    return by_inflate64(path, member, chunks)


def _by_7zip(program: str, path: Path, member: str, chunks: Iterable[bytes]) -> int:
    command = [program, "a", "-tzip", "-mm=Deflate64", "-mx=1", f"-si{member}", str(path)]
    size = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as packing:
        assert packing.stdin
        for chunk in chunks:
            size += packing.stdin.write(chunk)
        packing.stdin.close()
    if packing.returncode:
        raise RuntimeError(f"{program} ended with {packing.returncode}")
    return size


def by_inflate64(path: Path, member: str, chunks: Iterable[bytes]) -> int:
    """With zip64 fields, which files of more than 4 GB need."""
    name = member.encode("ascii")
    with path.open("wb") as file:
        file.write(bytes(len(_local_header(name, 0, 0, 0))))
        crc, size, packed = _compress(file, chunks)
        _write_directory(file, name, crc, size, packed)
        file.seek(0)
        file.write(_local_header(name, crc, size, packed))
    return size


def _compress(file: BinaryIO, chunks: Iterable[bytes]) -> tuple[int, int, int]:
    deflater, crc, size, packed = inflate64.Deflater(), 0, 0, 0
    for chunk in chunks:
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        packed += file.write(deflater.deflate(chunk))
    return crc, size, packed + file.write(deflater.flush())


def _local_header(name: bytes, crc: int, size: int, packed: int) -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, size, packed)
    fields = (0x04034B50, _VERSION, 0, _METHOD, _TIME, _DATE, crc, _MANY, _MANY, len(name), len(extra))
    return struct.pack("<IHHHHHIIIHH", *fields) + name + extra


def _write_directory(file: BinaryIO, name: bytes, crc: int, size: int, packed: int) -> None:
    start = file.tell()
    extra = struct.pack("<HHQQ", 1, 16, size, packed)
    fields = (0x02014B50, _VERSION, _VERSION, 0, _METHOD, _TIME, _DATE, crc, _MANY, _MANY, len(name), len(extra))
    file.write(struct.pack("<IHHHHHHIIIHHHHHII", *fields, 0, 0, 0, 0, 0) + name + extra)
    end = file.tell()
    file.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, _VERSION, _VERSION, 0, 0, 1, 1, end - start, start))
    file.write(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
    file.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, end - start, min(start, _MANY), 0))
