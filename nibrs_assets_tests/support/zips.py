"""Zips made byte by byte, and their text as the package reads it."""

import io
import struct
import zlib

import pyppmd

from nibrs_assets.fixed_width.source import inspect, open_master

TEXT = b"".join(b"0150AK0010200%012d20210101 03010010100    N\n" % n for n in range(20_000))


def read(data: bytes, name: str = "nibrs-2021.zip") -> bytes:
    file = io.BytesIO(data)
    master = inspect(file, name)
    pieces, buffer = [], bytearray(100_000)
    with open_master(file, master) as stream:
        while count := stream.readinto(memoryview(buffer)):
            pieces.append(bytes(buffer[:count]))
    return b"".join(pieces)


def zipped(
    packed: bytes, method: int, member: bytes = b"2021.txt", text: bytes = TEXT, flags: int = 0, crc: int | None = None
) -> bytes:
    """A zip with one member, made byte by byte as PKWARE's APPNOTE says."""
    crc = zlib.crc32(text) if crc is None else crc
    sizes = struct.pack("<III", crc, len(packed), len(text))
    local = (
        struct.pack("<4sHHHHH", b"PK\3\4", 20, flags, method, 0, 33)
        + sizes
        + struct.pack("<HH", len(member), 0)
        + member
    )
    central = struct.pack("<4sHHHHHH", b"PK\1\2", 20, 20, flags, method, 0, 33) + sizes
    central += struct.pack("<HHHHHII", len(member), 0, 0, 0, 0, 0, 0) + member
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local) + len(packed), 0)
    return local + packed + central + end


def deflated(text: bytes = TEXT) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(text) + packer.flush()


def ppmd(text: bytes = TEXT, order: int = 8, megabytes: int = 16) -> bytes:
    encoder = pyppmd.Ppmd8Encoder(order, megabytes << 20, 0)
    return struct.pack("<H", order - 1 | (megabytes - 1) << 4) + bytes(encoder.encode(text) + encoder.flush())
