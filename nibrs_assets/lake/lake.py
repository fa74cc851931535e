"""The lake: raw copies and Parquet by layer, table and year, in a folder or in S3, through one code path (`pyarrow.fs`).

One object a partition: `<layer>/<table>/year=<YYYY>/part-0.parquet`. It is written beside the lake and put in place whole: there
is the old partition or the new one and nothing in between. Who reads several times, or by ranges as S3 is read, does so in
`unchanged`, which finds out if a partition was replaced meanwhile.
"""

import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pyarrow import fs

from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.lake.s3 import Bucket, S3Options
from nibrs_assets.lake.staging import staging_in

if TYPE_CHECKING:
    import pyarrow.dataset as ds

    from nibrs_assets.core.settings import Settings

PARQUET_NAME = "part-0.parquet"

_YEAR = re.compile(rf"year=(\d{{4}})/{re.escape(PARQUET_NAME)}")


@dataclass(frozen=True)
class Lake:
    """The lake at `root`; `local` is its folder, or None when it is in the bucket `s3`."""

    root: str
    local: Path | None
    s3: Bucket | None = None

    @classmethod
    def of(cls, settings: "Settings") -> "Lake":
        """The lake of the settings."""
        return cls.at(settings.lake_uri, S3Options.of(settings))

    @classmethod
    def at(cls, uri: str, options: S3Options = S3Options(), setting: str = "NIBRS_LAKE_URI") -> "Lake":  # noqa: B008 (it is frozen)
        """The lake at `uri`, a folder or `s3://bucket/prefix` by `setting`. Credentials come by AWS's usual ways."""
        scheme, separator, _ = uri.partition("://")
        if separator and scheme not in ("s3", "file"):
            raise NibrsError(f"{uri}: {setting} takes a folder or s3://bucket/prefix; {scheme}:// is neither")
        if uri.removeprefix("s3://").strip("/") == "":
            raise NibrsError(f"{uri}: {setting} names no bucket or folder")
        if not uri.startswith("s3://"):
            folder = Path(uri.removeprefix("file://")).expanduser().absolute()
            return cls(str(folder), folder)
        root = uri.removeprefix("s3://").strip("/")
        return cls(root, None, Bucket.of(root, options, setting))

    @property
    def filesystem(self) -> fs.FileSystem:
        """The filesystem that the lake's paths belong to."""
        return self.s3.filesystem if self.s3 else fs.LocalFileSystem()

    def _explained(self, path: str | None = None) -> AbstractContextManager[None]:
        return self.s3.explained(path) if self.s3 else nullcontext()

    def path(self, layer: str, table: str, year: int | None, name: str = PARQUET_NAME) -> str:
        """Where in the filesystem a file of a partition is, or of a table that has no years."""
        partition = "" if year is None else f"year={year}/"
        return f"{self.root}/{layer}/{table}/{partition}{name}"

    def years(self, layer: str, table: str) -> list[int]:
        """The years of which the Parquet of a table is there."""
        folder = f"{self.root}/{layer}/{table}"
        files = [info.path.removeprefix(f"{folder}/") for info in self.listing(folder)]
        found = [match for path in files if (match := _YEAR.fullmatch(path))]
        return sorted(int(match[1]) for match in found)

    def listing(self, folder: str, recursive: bool = True) -> list[fs.FileInfo]:
        """The files in a folder of the filesystem, which may not be there."""
        selector = fs.FileSelector(folder, allow_not_found=True, recursive=recursive)
        with self._explained():
            return [info for info in self.filesystem.get_file_info(selector) if info.type == fs.FileType.File]

    def clear(self, folder: str, keep: Collection[str] = ()) -> None:
        """Remove all files in `folder` of the lake, which may not be there, but for `keep`, paths from the lake's root."""
        for info in self.listing(f"{self.root}/{folder}"):
            if info.path.removeprefix(f"{self.root}/") not in keep:
                with self._explained(info.path):
                    self.filesystem.delete_file(info.path)

    def uri(self, path: str) -> str:
        """A path as people write it."""
        return path if self.local else f"s3://{path}"

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`."""
        with self._explained(path):
            return bool(self.filesystem.get_file_info(path).type == fs.FileType.File)

    def size(self, path: str) -> int:
        """The size of the file at `path` in bytes."""
        with self._explained(path):
            return int(self.filesystem.get_file_info(path).size)

    def require(self, layer: str, table: str, year: int | None, name: str = PARQUET_NAME) -> str:
        """The path of a partition's file, or of a table without years; raises `NibrsError` when it is not there."""
        path = self.path(layer, table, year, name)
        if not self.exists(path):
            of_year, for_year = ("", "") if year is None else (f" of {year}", f" for {year}")
            raise NibrsError(
                f"{self.uri(path)}: {layer}/{table}{of_year} is not in the lake; materialize {layer}/{table}{for_year} first"
            )
        return path

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Read a file of the lake, seekable; from S3 by ranges. What goes wrong because it was replaced is told as that."""
        versions = self._versions([path])
        with self.s3.open(path) if self.s3 else Path(path).open("rb") as file:
            try:
                yield file
            except Exception:
                self._refuse_replaced(versions)
                raise

    def dataset(self, path: str) -> "ds.Dataset":
        """The Parquet file at `path`, of which only what is asked for is read, a bit at a time."""
        with self._explained(path):
            # pyarrow's datasets bring pandas, half a second that most commands do without.
            from nibrs_assets.lake.dataset import bounded_dataset

            return bounded_dataset(path, self.filesystem)

    @contextmanager
    def unchanged(self, paths: Collection[str]) -> Iterator[Callable[[], None]]:
        """Inside, `paths` are read; whoever leaves it without an error has read one version of each.

        Raises `PassingError` when one was replaced meanwhile: at the end, or when what is yielded is called, or instead of the
        error that such a file leads to. What S3 refuses while DuckDB or another reads it becomes an error for people.
        """
        versions = self._versions(paths)
        is_checked = False

        def check() -> None:
            nonlocal is_checked
            self._refuse_replaced(versions)
            is_checked = True

        try:
            yield check
        except Exception as error:
            self._refuse_replaced(versions)
            if self.s3 and (explained := self.s3.explain(error)):
                raise explained from None
            raise
        if not is_checked:
            check()

    def _refuse_replaced(self, versions: Mapping[str, object]) -> None:
        for path, version in self._versions(versions).items():
            if version != versions[path]:
                raise PassingError(f"{self.uri(path)}: was replaced while it was read; run it again")

    def _versions(self, paths: Iterable[str]) -> dict[str, object]:
        """What changes, by path, when the file is replaced; None for one that is not there."""
        return {path: self.s3.etag(path) if self.s3 else _version(Path(path)) for path in paths}

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A local folder for files that will be published; gone afterwards, and what killed processes left of theirs with it."""
        # Beside the lake, so that putting a file in place is a rename; per user, where the place is everybody's.
        parent = self.local / ".staging" if self.local else Path(tempfile.gettempdir()) / f"nibrs_assets_{os.getuid()}"
        with staging_in(parent) as folder:
            yield folder

    def remove(self, path: str) -> None:
        """Take a file away, if it is there."""
        if self.exists(path):
            self.filesystem.delete_file(path)

    def publish(self, staged: Path, path: str) -> None:
        """Put the file `staged` in place at `path`, replacing what is there at once."""
        if self.s3:
            self.s3.upload(staged, path)
            staged.unlink()
        else:
            with staged.open("rb") as file:
                os.fsync(file.fileno())
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            staged.replace(path)


def _version(path: Path) -> object:
    with suppress(FileNotFoundError):
        status = path.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size
    return None
