"""The raw folder: where the FBI's zips are dropped or downloaded to; a folder, or a prefix of a bucket."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pyarrow import fs

from nibrs_assets.ingest.download_record import Fetched, parse_record, record_name
from nibrs_assets.lake.lake import Lake
from nibrs_assets.lake.s3 import S3Options
from nibrs_assets.layouts.model import FileKind

if TYPE_CHECKING:
    from nibrs_assets.core.settings import Settings


@dataclass(frozen=True)
class RawFolder:
    """The raw folder, reached as the lake is. `landing`: the folder of this machine that downloads come to first."""

    files: Lake
    landing: Path

    @classmethod
    def of(cls, settings: "Settings") -> "RawFolder":
        """The raw folder of the settings."""
        files = Lake.at(settings.raw_uri, S3Options.of(settings), "NIBRS_RAW_DIR")
        return cls(files, files.local or settings.raw_dir)

    def place(self, name: str = "") -> str:
        """A file of the raw folder as people write it."""
        return self.files.uri(self._path(name).rstrip("/"))

    def _path(self, name: str) -> str:
        return f"{self.files.root}/{name}"

    def is_there(self) -> bool:
        """Whether there is such a folder; a prefix of a bucket always is."""
        return self.files.local is None or self.files.local.is_dir()

    def find(self) -> dict[str, fs.FileInfo]:
        """The files in the raw folder by name: size in bytes, time of modification in nanoseconds."""
        return {info.base_name: info for info in self.files.listing(self.files.root, recursive=False)}

    def years(self, kind: FileKind) -> list[int]:
        """The years that it holds a zip of this kind of."""
        pattern = re.compile(re.escape(kind.zip_of("{}")).replace(r"\{\}", r"(\d{4})"))
        return sorted(int(match[1]) for name in self.find() if (match := pattern.fullmatch(name)))

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Read a file of the raw folder, seekable."""
        with self.files.open(self._path(name)) as file:
            yield file

    def sha256(self, name: str) -> str:
        """The SHA-256 of a file of the raw folder, in hexadecimal."""
        with self.open(name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    def record(self, name: str, sha256: str) -> Fetched | None:
        """How the zip `name`, which has that SHA-256, was downloaded; None when another file was, or none."""
        path = self._path(record_name(name))
        if not self.files.exists(path):
            return None
        with self.files.open(path) as file:
            return parse_record(file.read(), sha256)

    def add(self, file: Path) -> None:
        """Have a copy of `file` in the raw folder, unless something of its name is there."""
        if file.name in self.find():
            return
        with self.files.staging() as folder:
            staged = folder / file.name
            shutil.copy(file, staged)
            self.files.publish(staged, self._path(file.name))

    def put(self, file: Path) -> None:
        """Have `file` of the landing folder in the raw folder, and in a bucket no longer here."""
        if self.files.local is None:
            self.files.publish(file, self._path(file.name))
