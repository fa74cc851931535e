"""Opens what the FBI publishes: a zip with one master file inside, or the master file itself as text.

The FBI's zips use Deflate64 and others use PPMd, neither of which Python's zipfile unpacks: the zip's directory is read by
zipfile, the bytes are unpacked here, checked against size and CRC as they stream by.
"""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Protocol

import inflate64
from isal import igzip_lib, isal_zlib

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.fixed_width import ppmd

CHUNK = 1 << 14
"""Bytes read from the file, and given to its unpacker, at a time."""

DEFLATE64_CHUNK = 1 << 12
"""The same for Deflate64, which makes up to 26,000 bytes of one and takes no limit: this is how a zip bomb stays below 110 MB."""

DIRECTORY_BYTES = 1 << 20
"""The directory of a zip is not longer, and is in memory."""

_IsalError: Any = igzip_lib.IsalError

_METHODS = {
    0: "stored",
    6: "Implode",
    8: "Deflate",
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    98: "PPMd",
}
_NOT_MASTERS = {".pdf", ".doc", ".docx", ".xls", ".xlsx", ".htm", ".html", ".md", ".rtf", ".csv", ".sps", ".sas"}
_ENCRYPTED = 0x1
_DEFLATE64 = 9
_PPMD_ENDED = "the data are no PPMd"
_LONGEST_NAME = 255
_NAMES_SHOWN = 5


class SourceError(NibrsError):
    """A file that can't be taken: not a zip, truncated, damaged, encrypted, ambiguous."""


@dataclass(frozen=True)
class MasterFile:
    """What is known of a master file before it is read. `crc` is None for a file that is not in a zip."""

    name: str
    member: str
    compression: str
    size: int
    compressed_size: int
    crc: int | None
    modified: datetime | None
    _method: int
    _offset: int

    @property
    def is_zipped(self) -> bool:
        """Whether the master file is a member of a zip."""
        return self.crc is not None


def inspect(file: BinaryIO, name: str) -> MasterFile:
    """Find the one master file in `file`, a zip or a text file (decided by its first bytes, then by `name`).

    Raises `SourceError` when it is empty, not a zip though named so, truncated, encrypted, holds no or several master files, or a
    member whose name would leave the folder it is unpacked in.
    """
    file.seek(0)
    start = file.read(4)
    if not start:
        raise SourceError(f"{name}: the file is empty")
    if start[:2] == b"PK":
        return _inspect_zip(file, name)
    if name.lower().endswith((".zip", ".zipx")):
        raise SourceError(f"{name}: not a zip file (it begins with {start!r}); download it again")
    size = file.seek(0, io.SEEK_END)
    return MasterFile(name, PurePosixPath(name).name, "none", size, size, None, None, 0, 0)


def _inspect_zip(file: BinaryIO, name: str) -> MasterFile:
    try:
        with zipfile.ZipFile(_Modest(file)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, LookupError, struct.error) as error:
        raise SourceError(f"{name}: the zip is truncated or damaged ({error}); download it again") from None
    for member in members:
        _refuse_escaping(name, member.filename)
        if member.header_offset < 0:
            raise SourceError(f"{name}: the zip's directory points before its beginning; it is damaged")
    masters = [member for member in members if _may_be_master(member)]
    if len(masters) != 1:
        found = ", ".join(member.filename for member in masters[:_NAMES_SHOWN]) or "none"
        found += ", …" if len(masters) > _NAMES_SHOWN else ""
        raise SourceError(f"{name}: must hold exactly one master file, holds {len(masters)}: {found}")
    [member] = masters
    if member.flag_bits & _ENCRYPTED:
        raise SourceError(f"{name}: {member.filename} is encrypted; unpack it with its password and zip it again")
    return MasterFile(
        name=name,
        member=member.filename,
        compression=_METHODS.get(member.compress_type, f"method {member.compress_type}"),
        size=member.file_size,
        compressed_size=member.compress_size,
        crc=member.CRC,
        modified=_modified(member),
        _method=member.compress_type,
        _offset=member.header_offset,
    )


class _Modest:
    """A file as zipfile reads it, which gives nobody more than a zip's directory may have at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"a directory of {size:,} bytes")
        return self._file.read(size)


def _refuse_escaping(name: str, member: str) -> None:
    if not member.isprintable() or not 0 < len(member) <= _LONGEST_NAME:
        shown = repr(member[:_LONGEST_NAME])
        raise SourceError(f"{name}: {shown} is no name of a file; the zip is damaged, or not the FBI's")
    parts = PurePosixPath(member.replace("\\", "/")).parts
    if member.startswith(("/", "\\")) or ".." in parts or (parts and parts[0].endswith(":")):
        raise SourceError(f"{name}: member {member!r} would be unpacked outside its folder; the zip is not the FBI's")


def _may_be_master(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename)
    hidden = path.name.startswith(".") or path.parts[:1] == ("__MACOSX",)
    return not (member.is_dir() or hidden or path.suffix.lower() in _NOT_MASTERS)


def _modified(member: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*member.date_time)  # noqa: DTZ001 (zips know no time zone)
    except ValueError:
        return None


@contextmanager
def open_master(file: BinaryIO, master: MasterFile) -> Iterator["MasterStream"]:
    """Stream the bytes of `master` out of `file`; reading to the end checks size and CRC (`SourceError`)."""
    yield MasterStream(file, master)


class MasterStream:
    """The unpacked bytes of a master file, read once from front to back in bounded memory."""

    def __init__(self, file: BinaryIO, master: MasterFile) -> None:
        self.master = master
        self.position = 0
        self._crc = 0
        self._pending = memoryview(b"")
        self._chunks = self._checked(_unpacked(file, master))

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` as far as there are bytes; fewer than its length only at the end of the file."""
        filled = 0
        while filled < len(buffer):
            if not self._pending:
                self._pending = memoryview(next(self._chunks, b""))
                if not self._pending:
                    break
            take = min(len(self._pending), len(buffer) - filled)
            buffer[filled : filled + take] = self._pending[:take]
            self._pending = self._pending[take:]
            filled += take
        return filled

    def _checked(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        master = self.master
        for chunk in chunks:
            self.position += len(chunk)
            if self.position > master.size:
                break
            if master.is_zipped:
                self._crc = isal_zlib.crc32(chunk, self._crc)
            yield chunk
        where = f"{master.name}: {master.member}" if master.is_zipped else master.name
        if self.position != master.size:
            unpacked = "more" if self.position > master.size else f"{self.position:,}"
            raise SourceError(
                f"{where}: unpacks to {unpacked} bytes, the zip says {master.size:,}; it is truncated or damaged"
            )
        if master.is_zipped and self._crc != master.crc:
            found = f"CRC {self._crc:08x}, the zip says {master.crc:08x}"
            raise SourceError(f"{where}: the bytes do not match their checksum ({found}); download it again")


class _Decompressor(Protocol):
    """What the unpackers have in common: bytes in, bytes out, and whether the end was reached."""

    def unpack(self, data: bytearray) -> Iterator[bytes]: ...

    @property
    def finished(self) -> bool: ...

    def close(self) -> None: ...


class _Stored:
    def __init__(self, size: int) -> None:
        self._left = size

    def unpack(self, data: bytearray) -> Iterator[bytes]:
        self._left -= len(data)
        yield bytes(data)

    @property
    def finished(self) -> bool:
        return self._left <= 0

    def close(self) -> None:
        pass


class _Deflate:
    def __init__(self) -> None:
        self._inflater = isal_zlib.decompressobj(-zlib.MAX_WBITS)

    def unpack(self, data: bytearray) -> Iterator[bytes]:
        yield bytes(self._inflater.decompress(data))

    @property
    def finished(self) -> bool:
        return bool(self._inflater.eof)

    def close(self) -> None:
        pass


class _Deflate64:
    def __init__(self) -> None:
        self._inflater = inflate64.Inflater()

    def unpack(self, data: bytearray) -> Iterator[bytes]:
        yield bytes(self._inflater.inflate(data))

    @property
    def finished(self) -> bool:
        return bool(self._inflater.eof)

    def close(self) -> None:
        pass


class _Ppmd:
    """PPMd with the two bytes of parameters that a zip puts in front (APPNOTE 5.10), unpacked by a process of its own."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._process: subprocess.Popen[bytes] | None = None
        self._head = b""

    def unpack(self, data: bytearray) -> Iterator[bytes]:
        packed = bytes(data)
        if self._process is None:
            self._head += packed
            if len(self._head) < 2:
                return
            self._start(*struct.unpack_from("<H", self._head))
            packed = self._head[2:]
        assert self._process and self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(ppmd.LENGTH.pack(len(packed)) + packed)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise ValueError(_PPMD_ENDED) from None
        while unpacked := self._read(*ppmd.LENGTH.unpack(self._read(ppmd.LENGTH.size))):
            self._left -= len(unpacked)
            yield unpacked

    def _start(self, parameters: int) -> None:
        order, megabytes, restore = (parameters & 15) + 1, ((parameters >> 4) & 255) + 1, parameters >> 12
        command = [sys.executable, ppmd.__file__, *map(str, (order, megabytes, restore, self._left))]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def _read(self, size: int) -> bytes:
        assert self._process and self._process.stdout
        found = self._process.stdout.read(size)
        if len(found) < size:
            raise ValueError(_PPMD_ENDED)
        return found

    @property
    def finished(self) -> bool:
        return self._left <= 0

    def close(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()


def _decompressor(master: MasterFile) -> _Decompressor:
    makers: dict[int, Callable[[], _Decompressor]] = {
        0: lambda: _Stored(master.size),
        8: _Deflate,
        _DEFLATE64: _Deflate64,
        98: lambda: _Ppmd(master.size),
    }
    if master._method not in makers:
        raise SourceError(
            f"{master.name}: {master.member} is compressed with {master.compression}, which no kept library reads. "
            "Unpack it with 7-Zip (or unzip) and zip it again with Deflate, or decode the unpacked .txt"
        )
    return makers[master._method]()


def _unpacked(file: BinaryIO, master: MasterFile) -> Iterator[bytes]:
    decompressor = _decompressor(master)
    left = master.compressed_size
    file.seek(_data_offset(file, master) if master.is_zipped else 0)
    # inflate64 leaks what it is fed unless it is fed from one and the same bytearray.
    chunk = DEFLATE64_CHUNK if master._method == _DEFLATE64 else CHUNK
    buffer = bytearray(chunk)
    try:
        while left > 0 and not decompressor.finished:
            wanted = min(chunk, left)
            if wanted < len(buffer):
                buffer = bytearray(wanted)
            got = file.readinto(buffer)  # type: ignore[attr-defined]
            if not got:
                raise SourceError(f"{master.name}: ends {left:,} bytes early; the file is truncated")
            left -= got
            yield from filter(None, decompressor.unpack(buffer if got == len(buffer) else buffer[:got]))
    except (zlib.error, _IsalError, ValueError, MemoryError, RuntimeError) as error:
        raise SourceError(f"{master.name}: {master.member} can't be unpacked ({error}); the zip is damaged") from None
    finally:
        decompressor.close()
    if not decompressor.finished:
        raise SourceError(
            f"{master.name}: {master.member} ends before its {master.compression} stream does; it is truncated"
        )


def _data_offset(file: BinaryIO, master: MasterFile) -> int:
    file.seek(master._offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise SourceError(f"{master.name}: the zip's directory points to no member; it is damaged")
    name_length, extra_length = map(int, struct.unpack_from("<HH", header, 26))
    return master._offset + 30 + name_length + extra_length
