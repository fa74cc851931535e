"""The version of the code that makes models of clearance."""

import hashlib
import importlib.metadata
from pathlib import Path

LIBRARIES = ("lightgbm", "numpy", "scikit-learn", "scipy")
"""The libraries that models are made with."""

_FOLDER = Path(__file__).parent


def code_version() -> str:
    """Changes with the code of this package and the libraries that models are made with."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    for name in LIBRARIES:
        try:
            digest.update(f"{name} {importlib.metadata.version(name)}".encode())
        except importlib.metadata.PackageNotFoundError:
            digest.update(f"{name} none".encode())
    return digest.hexdigest()[:12]
