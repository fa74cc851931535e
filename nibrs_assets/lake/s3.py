"""A bucket of S3, of Amazon's or another that speaks its protocol.

pyarrow reads: Parquet and zips by ranges, without the objects being held in memory. boto3 does what pyarrow can't: it finds out
what is wrong with a bucket before an answer "not found" is believed, finds credentials in all of AWS's ways, and takes an upload
that fails back, so that no parts of it are left.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal
from urllib.parse import urlsplit

from pyarrow import fs

from nibrs_assets.core.errors import NibrsError, PassingError

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials
    from mypy_boto3_s3 import S3Client

    from nibrs_assets.core.settings import Settings

PART_BYTES = 16 << 20
"""Files above that are uploaded in parts of that size, a few at a time."""

READ_BYTES = 8 << 20
"""What a reader of raw zips asks for at a time."""

ABANDONED_AFTER = timedelta(days=1)
"""An upload in parts that was begun so long ago belongs to a process that was killed."""

_CONNECT_SECONDS = 5
_READ_SECONDS = 60
_ATTEMPTS = 3

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_AMAZON = re.compile(r"https://s3\.([a-z0-9-]+\.)?amazonaws\.com(\.cn)?/?")
_RENEWED_BY_PYARROW = {"iam-role", "container-role", "assume-role-with-web-identity", "sso"}
"""Sources of temporary credentials, as boto3 calls them, that pyarrow knows too and asks again by itself."""

_PERMISSIONS = (
    "s3:ListBucket of the bucket, and s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload in it"
)
_REASONS = {
    "nosuchbucket": "there is no such bucket; create it, or correct the setting that names it",
    "accessdenied": f"access denied; the credentials are wrong, or don't allow {_PERMISSIONS}",
    "invalidaccesskeyid": "the access key is not known there; check AWS's credentials and endpoint",
    "signaturedoesnotmatch": "the secret key does not belong to the access key; check AWS's credentials",
    "expiredtoken": "the credentials have expired; get new ones",
    "permanentredirect": "the bucket is of another region; set AWS_REGION to it",
    "nosuchkey": "is not there any more; it was removed while it was read",
}
_SAME_REASON = {
    **{"404": "nosuchbucket", "403": "accessdenied", "forbidden": "accessdenied", "301": "permanentredirect"},
    **{"authorizationheadermalformed": "permanentredirect", "invalidclienttokenid": "invalidaccesskeyid"},
    **{"invalidtoken": "expiredtoken", "resourcenotfound": "nosuchkey"},
}


@dataclass(frozen=True)
class S3Options:
    """How to reach S3. `endpoint`: another than Amazon's, with its scheme; `virtual_hosts`: a bucket is a host name there."""

    endpoint: str | None = None
    region: str | None = None
    virtual_hosts: bool = False

    @classmethod
    def of(cls, settings: "Settings") -> "S3Options":
        """The options of the settings."""
        return cls(settings.s3_endpoint, settings.s3_region, settings.s3_virtual_hosts)


@dataclass
class Bucket:
    """The bucket `name`. Nothing is asked of it, and no credentials are looked for, before it is used."""

    name: str
    options: S3Options
    _keys: "ReadOnlyCredentials | None" = field(default=None, repr=False)
    _filesystem: fs.S3FileSystem | None = field(default=None, repr=False)

    @classmethod
    def of(cls, path: str, options: S3Options, setting: str) -> "Bucket":
        """The bucket of `bucket/prefix` in `setting`; for what is none `NibrsError`, which shows nothing that might be a secret."""
        name = path.partition("/")[0]
        if not _BUCKET.fullmatch(name) or "?" in path:
            advice = "it is written s3://bucket/prefix; credentials and endpoint go into AWS's own variables"
            raise NibrsError(f"{setting} names no bucket that there can be; {advice}")
        _refuse_malformed(options.endpoint)
        return cls(name, options)

    @cached_property
    def client(self) -> "S3Client":
        """boto3's client, once credentials, endpoint and bucket were found to be right; `NibrsError` says which is not."""
        # Half a second, which only lakes in S3 need.
        import boto3
        from botocore.config import Config

        with self.explained():
            session = boto3.Session()
            credentials = session.get_credentials()
            if credentials is None:
                raise NibrsError(
                    f"s3://{self.name}: there are no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                    "or AWS_PROFILE, or run where a role gives them"
                )
            client = session.client(
                "s3",
                endpoint_url=self.options.endpoint,
                region_name=self.options.region or session.region_name or "us-east-1",
                config=Config(
                    connect_timeout=_CONNECT_SECONDS,
                    read_timeout=_READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                    s3={"addressing_style": self._addressing} if self._addressing else {},
                ),
            )
            # pyarrow says of everything in a bucket that is not there that it is not there.
            self._region = client.head_bucket(Bucket=self.name).get("BucketRegion") or client.meta.region_name
            self._credentials: Credentials = credentials
        return client

    @property
    def _addressing(self) -> Literal["virtual", "path"] | None:
        if self.options.virtual_hosts:
            return "virtual"
        return "path" if self.options.endpoint else None

    @property
    def filesystem(self) -> fs.S3FileSystem:
        """The same as pyarrow sees it, with the credentials of now."""
        client = self.client
        handed_over = self._credentials.method not in _RENEWED_BY_PYARROW
        with self.explained():
            keys = self._credentials.get_frozen_credentials() if handed_over else None
        if self._filesystem is None or keys != self._keys:
            self._keys, self._filesystem = keys, self._connected(client.meta.endpoint_url, keys)
        return self._filesystem

    def _connected(self, endpoint_url: str, keys: "ReadOnlyCredentials | None") -> fs.S3FileSystem:
        place: dict[str, Any] = {}
        if not _AMAZON.fullmatch(endpoint_url):
            # pyarrow does not read AWS_ENDPOINT_URL, nor a profile's endpoint_url.
            endpoint = urlsplit(endpoint_url)
            place = {"scheme": endpoint.scheme, "endpoint_override": endpoint.netloc + endpoint.path.rstrip("/")}
        if keys:
            place |= {"access_key": keys.access_key, "secret_key": keys.secret_key, "session_token": keys.token}
        return fs.S3FileSystem(
            region=self._region,
            connect_timeout=_CONNECT_SECONDS,
            retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
            force_virtual_addressing=self.options.virtual_hosts,
            **place,
        )

    def etag(self, path: str) -> str | None:
        """What changes when the object at `bucket/key` is replaced; None when there is none."""
        from botocore.exceptions import ClientError

        with self.explained(path):
            try:
                return str(self.client.head_object(Bucket=self.name, Key=self._key(path))["ETag"])
            except ClientError as error:
                if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                    return None
                raise

    def upload(self, file: Path, path: str) -> None:
        """Put `file` at `bucket/key`, at once; if it fails, what was there stays and no parts are left."""
        from boto3.s3.transfer import TransferConfig

        key = self._key(path)
        in_parts = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4)
        with self.explained(path), file.open("rb") as content:
            if file.stat().st_size >= PART_BYTES:
                self._abort_abandoned(key)
            self.client.upload_fileobj(content, self.name, key, Config=in_parts)

    def _abort_abandoned(self, key: str) -> None:
        """Remove the parts that killed processes left of `key`; without the permission to look for them they stay."""
        from botocore.exceptions import ClientError

        with suppress(ClientError):
            begun = self.client.list_multipart_uploads(Bucket=self.name, Prefix=key).get("Uploads", [])
            for upload in begun:
                if upload["Key"] == key and upload["Initiated"] < datetime.now(UTC) - ABANDONED_AFTER:
                    self.client.abort_multipart_upload(Bucket=self.name, Key=key, UploadId=upload["UploadId"])

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Read the object at `bucket/key` by ranges, seekable."""
        with self.explained(path):
            file = self.filesystem.open_input_file(path)
        with file, io.BufferedReader(_Ranges(file, self, path), READ_BYTES) as buffered:
            yield buffered

    @contextmanager
    def explained(self, path: str | None = None) -> Iterator[None]:
        """Turns what S3 refuses, and what keeps it from being reached, into errors for people that show no secret."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except NibrsError:
            raise
        except (BotoCoreError, ClientError, OSError) as error:
            explained = self.explain(error, path)
            if explained is None:
                raise
            raise explained from None

    def explain(self, error: BaseException, path: str | None = None) -> NibrsError | None:
        """The error for people that `error` is, of boto3's, or of whoever passes on what pyarrow said; None for others."""
        from botocore import exceptions as boto

        where = f"s3://{path or self.name}"
        at = f" at {self.options.endpoint}" if self.options.endpoint else ""
        if isinstance(error, NibrsError):
            return None
        if isinstance(error, boto.ClientError):
            return _refused(where, at, error.response["Error"]["Code"])
        if isinstance(error, (boto.ConnectionError, boto.HTTPClientError)):
            return _unreachable(where, at)
        if isinstance(error, boto.BotoCoreError):
            return NibrsError(f"{where}: {str(error).splitlines()[0]}; check AWS's variables and profile")
        if said := re.search(r"AWS Error (\w+)(?: \(HTTP status (\d+)\))? during", str(error)):
            # An answer without a body, as that to HEAD, has a status only.
            code = said[2] if said[1] == "UNKNOWN" and said[2] else said[1]
            return _unreachable(where, at) if code == "NETWORK_CONNECTION" else _refused(where, at, code)
        return None

    def _key(self, path: str) -> str:
        return path.removeprefix(f"{self.name}/")


class _Ranges(io.RawIOBase):
    """A file of pyarrow's whose errors are for people."""

    def __init__(self, file: Any, bucket: Bucket, path: str) -> None:
        self._file, self._bucket, self._path = file, bucket, path

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(self._file.tell())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def readall(self) -> bytes:
        with self._bucket.explained(self._path):
            return bytes(self._file.readall())

    def readinto(self, buffer: Any) -> int:
        with self._bucket.explained(self._path):
            return int(self._file.readinto(buffer))


def _refused(where: str, at: str, code: str) -> NibrsError:
    known = re.sub(r"[^a-z0-9]", "", code.lower())
    if reason := _REASONS.get(_SAME_REASON.get(known, known)):
        return NibrsError(f"{where}: {reason}{f' (asked{at})' if at else ''}")
    return PassingError(f"{where}: S3{at} answers {code}; try again later")


def _unreachable(where: str, at: str) -> NibrsError:
    return PassingError(f"{where}: S3 can't be reached{at}; check the network and AWS_ENDPOINT_URL")


def _refuse_malformed(endpoint: str | None) -> None:
    try:
        parsed = urlsplit(endpoint or "http://none")
        right = parsed.scheme in ("http", "https") and parsed.hostname and (parsed.port or True)
        right = right and not (parsed.username or parsed.password or parsed.query or parsed.fragment)
    except ValueError:
        right = False
    if not right:
        raise NibrsError(
            "AWS_ENDPOINT_URL is no address of an S3; it looks like https://host:port, without credentials"
        )
