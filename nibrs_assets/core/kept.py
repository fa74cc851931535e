"""Keeps what is derived from the package's own files beside its compiled modules, until one of these files changes."""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from nibrs_assets.core.paths import PACKAGE

_Value = TypeVar("_Value")
_FOLDER = PACKAGE / "__pycache__"


def kept(name: str, inputs: Iterable[Path], versions: str, make: Callable[[], _Value]) -> _Value:
    """What `make` returns, read from the package's `__pycache__` if it was derived from the same `inputs` before.

    `inputs` are the files that it depends on, modules included; `versions` names everything else that it depends on. Nothing is
    kept if that folder can't be written to. It holds pickles: as with bytecode, whoever can write there can run code anyway.
    """
    digest = hashlib.sha256(f"{sys.version} {versions}".encode())
    for path in sorted(inputs):
        digest.update(f"\0{path.name}\0".encode())
        digest.update(path.read_bytes())
    file = _FOLDER / f"{name}-{digest.hexdigest()[:24]}.pickle"
    with suppress(OSError, EOFError, pickle.UnpicklingError):
        value: _Value = pickle.loads(file.read_bytes())  # noqa: S301 (our own, see above)
        return value
    value = make()
    with suppress(OSError):
        _write(file, pickle.dumps(value))
    return value


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    staged = file.with_name(f"{file.name}.{os.getpid()}")
    staged.write_bytes(content)
    staged.replace(file)
    prefix = file.name.rpartition("-")[0]
    for old in file.parent.glob(f"{prefix}-*.pickle"):
        if old != file:
            old.unlink(missing_ok=True)
