"""The FBI's download service: what it publishes of a year, and its zips, streamed into the raw folder.

`GET <service>/s3/signedurl?key=<key>` answers `{key: url}`. The URL is signed, for GET alone, and lives 15 minutes; of a year that
is not published there is none. What a URL says behind its `?` is a secret: no message, log or record has it.
"""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.http_session import quiet_session
from nibrs_assets.fixed_width.source import inspect, open_master
from nibrs_assets.ingest.download_record import Fetched, Published, record_name, sha256_of, write_record
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.layouts.model import FileKind

_CHUNK = 256 << 10
_LONGEST_PAUSE = 60
_PASSING = (408, 425, 429, 500, 502, 503, 504)
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
_NO_FILE = re.compile(r"(text/|application/(json|xml|xhtml))")


class Fetch(Enum):
    """When the service is asked for a zip: never, when there is none, or also when it may have another."""

    NEVER = "never"
    MISSING = "missing"
    NEWEST = "newest"


Progress = Callable[[int, int | None], None]


class NotPublishedError(NibrsError):
    """The FBI has no file of the year; nothing is wrong, and asking again now gives the same."""


class _PassingError(Exception):
    """What may go well the next time: a cut connection, a server that is busy."""

    def __init__(self, problem: str, response: requests.Response | None = None) -> None:
        super().__init__(problem)
        self.response = response


class _ExpiredError(_PassingError):
    """The link is not accepted any more."""


@dataclass(frozen=True)
class FbiService:
    """The service at `url`.

    What passes is tried `tries` times without a byte of progress, with growing pauses that begin at twice `pause` seconds;
    `timeout` is the seconds to connect and to wait for the next bytes.
    """

    url: str
    tries: int = 8
    pause: float = 1.0
    timeout: tuple[float, float] = (10.0, 60.0)

    def published(self, kind: FileKind, year: int) -> Published:
        """How the file of `year` is described now, without downloading it. Raises as `download` does."""
        with quiet_session() as session:
            attempts, link = _Attempts(self), _Link(self, session, kind, year)
            while True:
                try:
                    # Not HEAD: the link is signed for GET.
                    with link.get({"Range": "bytes=0-0"}) as response:
                        return _described(response, link.url)
                except _PassingError as error:
                    attempts.failed(error, f"{kind.zip_of(year)}: {self._host} can't tell what it has: ")

    def download(
        self, kind: FileKind, year: int, target: Path, progress: Progress = lambda done, size: None
    ) -> Fetched:
        """Stream the zip of `year` to `target`, replacing what is there once the new one has come whole and unpacks well.

        What has come is in `<target>.part`; when the connection fails for good it stays there, and the next download goes on
        with it. `progress` is told the bytes that have come and those there are, if that is known. Raises `NotPublishedError`,
        or `NibrsError` when the service can't be reached or what it gives is no sound zip; of that nothing is left.
        """
        with quiet_session() as session, _Part.locked(target) as part:
            attempts, link = _Attempts(self), _Link(self, session, kind, year)
            while True:
                try:
                    with link.get(part.request_headers()) as response:
                        published = part.take(response, link.url, progress)
                    break
                except _PassingError as error:
                    attempts.failed(error, f"{target.name}: the download from {self._host} failed: ", part)
            _read_through(part.file, target.name)
            fetched = Fetched(
                published, part.size, sha256_of(part.path), datetime.now(UTC).isoformat(timespec="seconds")
            )
            # The record names the SHA-256: until its zip is in place it is a record of nothing.
            write_record(target, fetched)
            part.put_in_place(target)
            return fetched

    @property
    def _host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


def fetch_zip(
    service: FbiService,
    raw: RawFolder,
    kind: FileKind,
    year: int,
    replace: bool = False,
    progress: Progress = lambda done, size: None,
) -> Fetched | None:
    """Have the FBI's zip of `year` in the raw folder; None when what is there is what the FBI publishes.

    A zip that was downloaded is replaced when the FBI has published another; one that somebody put there only with `replace`,
    otherwise `NibrsError` says so.
    """
    name = kind.zip_of(year)
    if there := raw.find().get(name):
        published, record = service.published(kind, year), raw.record(name, raw.sha256(name))
        known = record.published if record else None
        etag, last_modified = (known.etag, known.last_modified) if known else (None, None)
        if published.is_same(there.size, etag, last_modified):
            return None
        if not record and not replace:
            raise NibrsError(
                f"{raw.place(name)}: was put there by hand and is not what the FBI publishes ({there.size:,} bytes, "
                f"not {published.size or 0:,}); remove it, or fetch with --replace"
            )
    raw.landing.mkdir(parents=True, exist_ok=True)
    target = raw.landing / name
    fetched = service.download(kind, year, target, progress)
    for landed in (target.with_name(record_name(name)), target):
        raw.put(landed)
    return fetched


class _Attempts:
    """Counts what failed since something last came, and waits before the next attempt."""

    def __init__(self, service: FbiService) -> None:
        self._fresh = Retry(
            total=service.tries - 1,
            backoff_factor=service.pause,
            backoff_jitter=service.pause,
            backoff_max=_LONGEST_PAUSE,
        )
        self._left, self._most = self._fresh, 0

    def failed(self, error: _PassingError, what: str, part: "_Part | None" = None) -> None:
        """Wait; raises `NibrsError` when it was the last attempt."""
        if part and part.size > self._most:
            self._left, self._most = self._fresh, part.size
        try:
            self._left = self._left.increment("GET", "")
        except MaxRetryError:
            kept = f"; the {part.size:,} bytes that came are kept, fetch again to go on" if part and part.size else ""
            raise NibrsError(f"{what}{error}{kept}") from None
        self._left.sleep(error.response.raw if error.response is not None else None)


class _Link:
    """The signed URL of a file, asked for when there is none or it has expired."""

    def __init__(self, service: FbiService, session: requests.Session, kind: FileKind, year: int) -> None:
        self._service, self._session, self._kind, self._year = service, session, kind, year
        self._name, self._where = kind.zip_of(year), f"{service.url}/s3/signedurl"
        self._signed: str | None = None

    @property
    def url(self) -> str:
        """Without its signature."""
        parts = urlsplit(self._signed or "")
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @contextmanager
    def get(self, headers: dict[str, str]) -> Iterator[requests.Response]:
        """The file, or the part of it that `headers` ask for; the body is not read yet."""
        is_new = self._signed is None
        self._signed = self._signed or self._ask()
        name = self._name
        with self._get(self._signed, headers=headers, stream=True) as response:
            if response.status_code == 403:
                self._signed = None
                if is_new:
                    raise NibrsError(f"{name}: {_host_of(response)} refuses (403) the link that it was given for")
                raise _ExpiredError("the link has expired", response)
            if response.status_code in (404, 410):
                raise NotPublishedError(
                    f"{name}: the FBI's service has a link for {self._year}, but no file behind it ({response.status_code})"
                )
            if response.status_code not in (200, 206, 416):
                raise NibrsError(f"{name}: {_host_of(response)} answered {response.status_code}")
            if response.status_code != 416 and _NO_FILE.match(response.headers.get("Content-Type", "")):
                raise _no_zip(name, response)
            yield response

    def _ask(self) -> str:
        """A link to the file, under the first of the kind's keys that the service has."""
        for key in self._kind.service_keys_of(self._year):
            if url := self._ask_for(key):
                return url
        title = f"{self._kind.title} {self._year}"
        raise NotPublishedError(f"{self._name}: the FBI has not published {title} ({self._where})")

    def _ask_for(self, key: str) -> str | None:
        with self._get(self._where, params={"key": key}) as response:
            if response.status_code != 200:
                raise NibrsError(f"{self._where}: answered {response.status_code}; is NIBRS_CDE_URL the FBI's service?")
            try:
                answer = response.json()
            except ValueError:
                kind = response.headers.get("Content-Type", "something")
                raise NibrsError(f"{self._where}: answered {kind} instead of JSON; try again later") from None
        url = answer.get(key) if isinstance(answer, dict) else None
        if not url:
            return None
        if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
            raise NibrsError(f"{self._where}: gave a link for {self._name} that is no web address")
        return url

    @contextmanager
    def _get(self, url: str, **how: object) -> Iterator[requests.Response]:
        try:
            with self._session.get(url, timeout=self._service.timeout, **how) as response:  # type: ignore[arg-type]
                if response.status_code in _PASSING:
                    raise _PassingError(f"it answered {response.status_code}", response)
                yield response
        except requests.exceptions.SSLError:
            raise NibrsError(f"{urlsplit(url).hostname}: its certificate is not trusted here") from None
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            # What these say themselves has the link in it.
            raise _PassingError(_cause(error)) from None
        except requests.RequestException as error:
            raise NibrsError(f"{urlsplit(url).hostname}: can't be asked ({type(error).__name__})") from None


class _Part:
    """What has come of a file so far, `<target>.part`, and beside it what it is a part of."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file, self.path = file, path
        self._about = path.with_name(f"{path.name}.json")
        self._is_in_place = False

    @classmethod
    @contextmanager
    def locked(cls, target: Path) -> Iterator["_Part"]:
        """The part of `target`, nobody else's meanwhile. Left for the next download when the connection failed."""
        path = target.with_name(f"{target.name}.part")
        with path.open("a+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Whoever had it may just have put it in place.
                is_current = os.path.samestat(os.fstat(file.fileno()), path.stat())
            except OSError:
                is_current = False
            if not is_current:
                raise NibrsError(f"{target}: is being fetched already")
            part = cls(file, path)
            try:
                yield part
            finally:
                part.leave()

    @property
    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def put_in_place(self, target: Path) -> None:
        os.fsync(self.file.fileno())
        self._about.unlink(missing_ok=True)
        self.path.replace(target)
        self._is_in_place = True

    def leave(self) -> None:
        """Leave behind only what another download can go on with."""
        known = self._published()
        if not self._is_in_place and not (self.size and known and _validator(known)):
            for path in (self._about, self.path):
                path.unlink(missing_ok=True)

    def request_headers(self) -> dict[str, str]:
        """Ask for the rest, if the file is still the same; for all of it when nothing can say so."""
        known = self._published()
        validator = known and _validator(known)
        if not known or not validator or not 0 < self.size < (known.size or 0):
            self._begin(None)
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": validator}

    def take(self, response: requests.Response, url: str, progress: Progress) -> Published:
        """Add the body. Raises `_PassingError` when it isn't all, `NibrsError`, with nothing left, when it is no zip."""
        if response.status_code == 416:
            self._begin(None)
            raise _PassingError("it does not have the bytes asked for")
        published = _described(response, url)
        known = self._published()
        if response.status_code == 200:
            self._begin(published)
        elif (
            not known
            or not published.is_same(known.size, known.etag, known.last_modified)
            or _range(response)[0] != self.size
        ):
            self._begin(None)
            raise _PassingError("the file has changed meanwhile")
        for chunk in response.iter_content(_CHUNK):
            if self.size == 0 and not chunk.startswith(b"PK"):
                raise _no_zip(self.path.stem, response)
            self.file.write(chunk)
            self.file.flush()
            progress(self.size, published.size)
        if published.size is not None and self.size != published.size:
            if self.size > published.size:
                self._begin(None)
            raise _PassingError(f"{self.size:,} of {published.size:,} bytes came")
        return published

    def _begin(self, published: Published | None) -> None:
        """Throw away what there is, and begin with what is `published`, if that is known."""
        self.file.truncate(0)
        if published:
            self._about.write_text(json.dumps(asdict(published)), encoding="utf-8")
        else:
            self._about.unlink(missing_ok=True)

    def _published(self) -> Published | None:
        try:
            return Published(**json.loads(self._about.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def _host_of(response: requests.Response) -> str:
    return urlsplit(response.url).hostname or "the server"


def _no_zip(name: str, response: requests.Response) -> NibrsError:
    kind = response.headers.get("Content-Type", "something")
    return NibrsError(f"{name}: {_host_of(response)} answered with {kind} that is no zip; try again later")


def _validator(published: Published) -> str | None:
    """What `If-Range` takes: a strong ETag, else the date."""
    if published.etag and not published.etag.startswith("W/"):
        return published.etag
    return published.last_modified


def _described(response: requests.Response, url: str) -> Published:
    size = _range(response)[1] if response.status_code == 206 else response.headers.get("Content-Length")
    return Published(
        url,
        int(size) if size is not None else None,
        response.headers.get("ETag"),
        response.headers.get("Last-Modified"),
    )


def _range(response: requests.Response) -> tuple[int, int]:
    """The first byte of the part and the size of the whole; (-1, -1) when the server doesn't say."""
    match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    return (int(match[1]), int(match[2])) if match else (-1, -1)


def _read_through(file: BinaryIO, name: str) -> None:
    """Unpack everything, which checks size and CRC; empties `file` and raises `NibrsError` when it is no sound zip."""
    try:
        master = inspect(file, name)
        with open_master(file, master) as stream:
            buffer = memoryview(bytearray(1 << 20))
            while stream.readinto(buffer) == len(buffer):
                pass
    except NibrsError:
        file.truncate(0)
        raise


def _cause(error: BaseException) -> str:
    """What a failed request comes down to, without the address that the error itself tells."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    seen: BaseException | None = error
    while seen:
        found = next((a for a in seen.args if isinstance(a, BaseException)), None) or getattr(seen, "reason", None)
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror
        seen = found if isinstance(found, BaseException) else seen.__cause__ or seen.__context__
    return "the connection was cut"
