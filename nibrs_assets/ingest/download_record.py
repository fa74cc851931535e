"""What is known of a zip as the FBI publishes it, and the record beside a zip that was downloaded: `<zip>.fetched.json`."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Published:
    """A file as its server describes it: `url` without signature, `size` in bytes, `etag` and `last_modified` as it writes them."""

    url: str
    size: int | None
    etag: str | None
    last_modified: str | None

    def is_same(self, size: int | None, etag: str | None, last_modified: str | None) -> bool:
        """Whether a file of that size and description, as far as that is known, is this one."""
        if self.size is not None and size is not None and size != self.size:
            return False
        for ours, theirs in ((self.etag, etag), (self.last_modified, last_modified)):
            if ours and theirs:
                return ours.removeprefix("W/") == theirs.removeprefix("W/")
        return self.size is not None and size is not None


@dataclass(frozen=True)
class Fetched:
    """A zip that was downloaded. `fetched_at` is ISO 8601."""

    published: Published
    size: int
    sha256: str
    fetched_at: str


def record_name(zipped: str) -> str:
    """The name of the record of a zip."""
    return f"{zipped}.fetched.json"


def write_record(zipped: Path, fetched: Fetched) -> Path:
    """Write the record of `zipped` beside it; returns where."""
    path = zipped.with_name(record_name(zipped.name))
    path.write_text(json.dumps(asdict(fetched), indent=2) + "\n", encoding="utf-8")
    return path


def parse_record(text: bytes, sha256: str) -> Fetched | None:
    """What a record says of the zip with that SHA-256; None when it is of another one, or no record."""
    try:
        read = json.loads(text)
        fetched = Fetched(**read | {"published": Published(**read["published"])})
    except (ValueError, TypeError, KeyError):
        return None
    return fetched if fetched.sha256 == sha256 else None


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
