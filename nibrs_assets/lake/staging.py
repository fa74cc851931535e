"""Folders for files in the making: gone when their process is, at the latest when the next one comes."""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_LOCK = ".lock"
_UNLOCKED = ".new-"
_MOMENT = 60  # seconds


@contextmanager
def staging_in(parent: Path) -> Iterator[Path]:
    """A folder in `parent`, removed afterwards; so is `parent` once empty, and what killed processes left in it."""
    _remove_abandoned(parent)
    folder, lock = _locked_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()
        with suppress(OSError):
            parent.rmdir()


def _locked_folder(parent: Path) -> tuple[Path, IO[str]]:
    """A new folder in `parent` and its lock, which this process holds for as long as it lives."""
    while True:
        parent.mkdir(parents=True, exist_ok=True)
        # Another process may remove the empty parent right now; a folder gets its final name once it is locked.
        with suppress(FileNotFoundError):
            new = Path(tempfile.mkdtemp(prefix=_UNLOCKED, dir=parent))
            lock = (new / _LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
            return new.rename(parent / new.name.removeprefix(_UNLOCKED)), lock


def _remove_abandoned(parent: Path) -> None:
    """Remove the folders whose process is gone, which is when their lock is free."""
    for folder in parent.glob("*"):
        try:
            # A living process locks its new folder within a moment.
            if folder.name.startswith(_UNLOCKED) and time.time() - folder.stat().st_mtime < _MOMENT:
                continue
            with (folder / _LOCK).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
