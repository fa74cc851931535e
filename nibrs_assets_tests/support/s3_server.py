"""An S3 that tests start: moto's server, which keeps count of what is asked and fails as it is told to."""

import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from nibrs_assets.lake.lake import Lake
from nibrs_assets.lake.s3 import S3Options

BUCKET = "lake"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI+K7MDENG/bPxRfiCYEXAMPLEKEY"

_ANSWERS = {
    "500": ("InternalError", "500 Internal Server Error"),
    "503": ("SlowDown", "503 Slow Down"),
}
_SLOW_SECONDS = 1.5


@dataclass(frozen=True)
class Request:
    """What was asked of the server: method, path, query, the range of bytes, and with which access key."""

    method: str
    path: str
    query: str
    range: str
    key: str


@dataclass
class S3Server:
    """A running server with the bucket `BUCKET`. To a request happens what `fault` says: `500`, `503`, `cut`, `slow`, nothing."""

    application: Any
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    fault: Callable[[Request], str | None] = lambda request: None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_RANGE")
        credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2]
        request = Request(*[*(environ.get(name, "") for name in names), credential.partition("/")[0]])
        self.requests.append(request)
        match self.fault(request):
            case "500" | "503" as status:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                code, said = _ANSWERS[status]
                start_response(said, [("Content-Type", "application/xml")])
                return [f"<Error><Code>{code}</Code><Message>told to fail</Message></Error>".encode()]
            case "slow":
                time.sleep(_SLOW_SECONDS)
            case "cut":
                return _first_half(self.application(environ, start_response))
        return self.application(environ, start_response)

    def lake(self, prefix: str = "prefix", **options: Any) -> Lake:
        return Lake.at(f"s3://{BUCKET}/{prefix}", S3Options(self.url, **options))

    @property
    def client(self) -> Any:
        return boto3.client("s3", endpoint_url=self.url)

    def objects(self) -> dict[str, bytes]:
        """Every object of the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return {key: self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def parts_left(self) -> list[str]:
        """The keys of uploads that were begun and neither completed nor aborted."""
        return [begun["Key"] for begun in self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]


def _first_half(chunks: Any) -> Iterator[bytes]:
    body = b"".join(chunks)
    yield body[: len(body) // 2]
    raise ConnectionAbortedError("told to cut the connection")


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """An S3 with an empty bucket, and AWS's variables set for it; of this machine's AWS settings nothing is read."""
    s3 = S3Server(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, s3, threaded=True, request_handler=_Quiet)
    s3.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            environment.delenv(name, raising=False)
        environment.setenv("AWS_CONFIG_FILE", str(folder / "aws_config"))
        environment.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "aws_credentials"))
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_ACCESS_KEY_ID", KEY)
        environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        # What moto holds belongs to the process, not to the server.
        urllib.request.urlopen(urllib.request.Request(f"{s3.url}/moto-api/reset", method="POST")).close()
        s3.client.create_bucket(Bucket=BUCKET)
        try:
            yield s3
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
