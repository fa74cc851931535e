"""A server on this machine that behaves like the FBI's download service and its storage, failures included."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from nibrs_assets.ingest.fbi import FbiService

SECRET = "c0ffee5ecre7"
"""The signature of all links; it must turn up nowhere."""


@dataclass
class StoredFile:
    """A file in the storage. Bodies end after `cut_after` bytes, `cuts` times."""

    content: bytes
    etag: str | None = '"first"'
    last_modified: str = "Mon, 02 Nov 2026 10:00:00 GMT"
    content_type: str = "application/zip"
    cut_after: int = 0
    cuts: int = 0
    after_cut: Callable[[], None] = field(default=lambda: None)
    knows_ranges: bool = True
    heeds_if_range: bool = True


@dataclass
class FbiServer:
    """`files` by key; `answers` are statuses given, in turn, before anything else is; `requests` what was asked for."""

    url: str
    files: dict[str, StoredFile] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    signing_answers: list[tuple[int, str, bytes]] = field(default_factory=list)
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    links: int = 0
    oldest_valid_link: int = 0
    signs_what_is_missing: bool = False

    @property
    def service(self) -> FbiService:
        return FbiService(self.url, tries=4, pause=0.001, timeout=(5, 5))

    def put(self, year: int, content: bytes, kind: str = "nibrs", **how: object) -> StoredFile:
        stored = StoredFile(content, **how)  # type: ignore[arg-type]
        self.files[f"master_files/{kind}/{kind}-{year}.zip"] = stored
        return stored

    def expire_links(self) -> None:
        self.oldest_valid_link = self.links + 1

    @property
    def downloads(self) -> list[tuple[str | None, str | None]]:
        """Range and If-Range of each request for a file."""
        return [(range_, if_range) for path, range_, if_range in self.requests if path.startswith("/storage/")]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fbi: ClassVar[FbiServer]

    def do_HEAD(self) -> None:
        # Links are signed for GET.
        self._answer(403, "application/xml", b"")

    def do_GET(self) -> None:
        fbi, address = self.fbi, urlsplit(self.path)
        fbi.requests.append((address.path, self.headers["Range"], self.headers["If-Range"]))
        if address.path == "/LATEST/s3/signedurl":
            return self._sign(parse_qs(address.query)["key"][0])
        if fbi.answers:
            return self._answer(fbi.answers.pop(0), "text/plain", b"busy")
        asked = parse_qs(address.query)
        if asked.get("X-Amz-Signature") != [SECRET] or int(asked["link"][0]) < fbi.oldest_valid_link:
            return self._answer(403, "application/xml", b"<Error><Message>Request has expired</Message></Error>")
        stored = fbi.files.get(address.path.removeprefix("/storage/"))
        if not stored:
            return self._answer(404, "application/xml", b"<Error><Code>NoSuchKey</Code></Error>")
        return self._give(stored)

    def _sign(self, key: str) -> None:
        fbi = self.fbi
        if fbi.signing_answers:
            return self._answer(*fbi.signing_answers.pop(0))
        fbi.links += 1
        storage = fbi.url.removesuffix("/LATEST")
        url = f"{storage}/storage/{key}?link={fbi.links}&X-Amz-Signature={SECRET}"
        answer = {key: url} if key in fbi.files or fbi.signs_what_is_missing else {}
        return self._answer(200, "application/json", json.dumps(answer).encode())

    def _give(self, stored: StoredFile) -> None:
        size, first = len(stored.content), 0
        asked = self.headers["Range"] if stored.knows_ranges else None
        if_range = self.headers["If-Range"]
        if if_range and stored.heeds_if_range and if_range not in (stored.etag, stored.last_modified):
            asked = None
        last = size - 1
        if asked:
            start, _, end = asked.removeprefix("bytes=").partition("-")
            first, last = int(start), min(int(end or last), last)
        body = stored.content[first : last + 1]
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        if stored.etag:
            self.send_header("ETag", stored.etag)
        self.send_header("Last-Modified", stored.last_modified)
        self.send_header("Content-Type", stored.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if stored.cuts and len(body) > stored.cut_after:
            stored.cuts -= 1
            self.wfile.write(body[: stored.cut_after])
            self.close_connection = True
            stored.after_cut()
        else:
            self.wfile.write(body)

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a test says what is wrong."""


@contextmanager
def fbi_server() -> Iterator[FbiServer]:
    """The server, for as long as the context lasts."""
    handler = type("Handler", (_Handler,), {})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        fbi = handler.fbi = FbiServer(f"http://127.0.0.1:{server.server_address[1]}/LATEST")  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield fbi
        finally:
            server.shutdown()
            thread.join()
