"""The lake: raw copies and Parquet by layer, table and year, in a folder or in S3, through one code path (`pyarrow.fs`).

One object a partition: `<layer>/<table>/year=<YYYY>/part-0.parquet`. It is written beside the lake and put in place whole, so that
a reader sees the old partition or the new one and nothing in between.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import pyarrow.dataset as ds
from pyarrow import fs

from nibrs_assets.errors import NibrsError

PARQUET_NAME = "part-0.parquet"

_YEAR = re.compile(r"year=(\d{4})")
_LOCK = ".lock"
_UNLOCKED = ".new-"


@dataclass(frozen=True)
class Lake:
    """The lake at `root` of `filesystem`; `local` is its folder, or None when it is in S3."""

    filesystem: fs.FileSystem
    root: str
    local: Path | None

    @classmethod
    def at(cls, uri: str, s3_endpoint: str | None = None) -> "Lake":
        """The lake at `uri`, a folder or `s3://bucket/prefix`. Credentials come by AWS's usual ways."""
        scheme, separator, _ = uri.partition("://")
        if separator and scheme not in ("s3", "file"):
            raise NibrsError(
                f"{uri}: a lake is a folder or s3://bucket/prefix; {scheme}:// is neither (NIBRS_LAKE_URI)"
            )
        if uri.removeprefix("s3://").strip("/") == "":
            raise NibrsError(f"{uri}: names no bucket or folder (NIBRS_LAKE_URI)")
        if not uri.startswith("s3://"):
            folder = Path(uri.removeprefix("file://")).expanduser().absolute()
            return cls(fs.LocalFileSystem(), str(folder), folder)
        # pyarrow ignores AWS_ENDPOINT_URL, so it is handed over.
        filesystem = fs.S3FileSystem(endpoint_override=s3_endpoint) if s3_endpoint else fs.S3FileSystem()
        return cls(filesystem, uri.removeprefix("s3://").rstrip("/"), None)

    def path(self, layer: str, table: str, year: int | None, name: str = PARQUET_NAME) -> str:
        """Where in the filesystem a file of a partition is, or of a table that has no years."""
        partition = "" if year is None else f"year={year}/"
        return f"{self.root}/{layer}/{table}/{partition}{name}"

    def years(self, layer: str, table: str) -> list[int]:
        """The years of which the Parquet of a table is there."""
        selector = fs.FileSelector(f"{self.root}/{layer}/{table}", allow_not_found=True)
        found = [
            match for info in self.filesystem.get_file_info(selector) if (match := _YEAR.fullmatch(info.base_name))
        ]
        years = sorted(int(match[1]) for match in found)
        return [year for year in years if self.exists(self.path(layer, table, year))]

    def clear(self, folder: str) -> None:
        """Remove everything in `folder` of the lake, which may not be there."""
        self.filesystem.delete_dir_contents(f"{self.root}/{folder}", missing_dir_ok=True)

    def uri(self, path: str) -> str:
        """A path as people write it."""
        return path if self.local else f"s3://{path}"

    def exists(self, path: str) -> bool:
        return bool(self.filesystem.get_file_info(path).type == fs.FileType.File)

    def size(self, path: str) -> int:
        return int(self.filesystem.get_file_info(path).size)

    def require(self, layer: str, table: str, year: int, name: str = PARQUET_NAME) -> str:
        """The path of a partition's file; raises `NibrsError` when it is not there."""
        path = self.path(layer, table, year, name)
        if not self.exists(path):
            raise NibrsError(
                f"{self.uri(path)}: {layer}/{table} of {year} is not in the lake; materialize {layer}/{table} for {year} first"
            )
        return path

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Read a file of the lake, seekable."""
        with self.filesystem.open_input_file(path) as file:
            yield file

    def dataset(self, path: str) -> ds.Dataset:
        return ds.dataset(path, filesystem=self.filesystem, format="parquet")

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A local folder for files that will be published; gone afterwards, and what killed processes left of theirs with it."""
        # Beside the lake, so that putting a file in place is a rename; per user, where the place is everybody's.
        parent = self.local / ".staging" if self.local else Path(tempfile.gettempdir()) / f"nibrs_assets_{os.getuid()}"
        _remove_abandoned(parent)
        folder, lock = _locked_folder(parent)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.close()
            with suppress(OSError):
                parent.rmdir()

    def remove(self, path: str) -> None:
        """Take a file away, if it is there."""
        if self.exists(path):
            self.filesystem.delete_file(path)

    def publish(self, staged: Path, path: str) -> None:
        """Put the file `staged` in place at `path`, replacing what is there at once."""
        if self.local:
            with staged.open("rb") as file:
                os.fsync(file.fileno())
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            staged.replace(path)
        else:
            # An object appears when its upload is complete, and only then.
            fs.copy_files(
                str(staged), path, source_filesystem=fs.LocalFileSystem(), destination_filesystem=self.filesystem
            )
            staged.unlink()


def _locked_folder(parent: Path) -> tuple[Path, IO[str]]:
    """A new folder in `parent` and its lock, which its process holds for as long as it lives."""
    while True:
        parent.mkdir(parents=True, exist_ok=True)
        # Another process may take the empty parent away right now; a folder gets its final name when it is locked.
        with suppress(FileNotFoundError):
            new = Path(tempfile.mkdtemp(prefix=_UNLOCKED, dir=parent))
            lock = (new / _LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
            return new.rename(parent / new.name.removeprefix(_UNLOCKED)), lock


def _remove_abandoned(parent: Path) -> None:
    """Remove the folders whose process is gone: the lock that it held can be had."""
    for folder in parent.glob("[!.]*"):
        try:
            with (folder / _LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
