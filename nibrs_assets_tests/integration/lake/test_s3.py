"""A lake in S3 when things go wrong: uploads that fail, partitions replaced while they are read, what is refused and by whom."""

import os
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import duckdb
import moto.settings
import pyarrow as pa
import pytest
from click.testing import CliRunner

from nibrs_assets.cli.main import main
from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.core.parquet import ROW_GROUP_ROWS, ParquetFile
from nibrs_assets.core.settings import Settings
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.lake import s3 as module
from nibrs_assets.lake.lake import Lake
from nibrs_assets.lake.s3 import PART_BYTES, READ_BYTES, S3Options
from nibrs_assets_tests.support.s3_server import BUCKET, KEY, SECRET, Request, S3Server, s3_server

PATH = f"{BUCKET}/prefix/segments/victim/year=2013/part-0.parquet"
BIG = 2 * PART_BYTES + 5


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3Server]:
    with s3_server(tmp_path) as server:
        yield server


def publish(lake: Lake, content: bytes, path: str = PATH) -> None:
    with lake.staging() as folder:
        (folder / "file").write_bytes(content)
        lake.publish(folder / "file", path)


def publish_rows(lake: Lake, value: int, rows: int = 3 * ROW_GROUP_ROWS) -> None:
    """A partition of several row groups whose every value is `value`."""
    columns: list[tuple[str, pa.DataType]] = [("n", pa.int64()), ("text", pa.string())]
    schema = pa.schema(columns)
    with lake.staging() as folder:
        with ParquetFile(folder / "file", schema) as file:
            texts = [os.urandom(8).hex() for _ in range(rows)]
            file.write(pa.RecordBatch.from_pydict({"n": [value] * rows, "text": texts}, schema))
        lake.publish(folder / "file", PATH)


def test_a_large_file_goes_up_in_parts_and_comes_back_by_ranges(s3: S3Server) -> None:
    lake, content = s3.lake(), os.urandom(BIG)
    publish(lake, content)
    assert sum("partNumber" in request.query for request in s3.requests) == 3
    s3.requests.clear()
    with lake.open(PATH) as file:
        read = b"".join(iter(lambda: file.read(1 << 18), b""))
    assert read == content
    ranges = [request.range for request in s3.requests if request.method == "GET"]
    assert len(ranges) == -(-BIG // READ_BYTES)
    assert all(ranges)
    with lake.open(PATH) as file:
        assert file.read() == content


def test_a_failed_upload_leaves_the_old_object_and_no_parts(s3: S3Server) -> None:
    lake = s3.lake()
    publish(lake, b"old")
    s3.fault = lambda request: "500" if "partNumber=2" in request.query else None
    with pytest.raises(PassingError, match=r"part-0.parquet: S3 at http\S+ answers InternalError; try again later"):
        publish(lake, os.urandom(BIG))
    s3.fault = lambda request: None
    with lake.open(PATH) as file:
        assert file.read() == b"old"
    assert s3.parts_left() == []


def test_parts_that_a_killed_process_left_are_removed_when_they_are_old(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = PATH.removeprefix(f"{BUCKET}/")
    for begun in (key, f"{key}.other"):
        s3.client.create_multipart_upload(Bucket=BUCKET, Key=begun)
    # The server says of all uploads that they were begun in 2010.
    monkeypatch.setattr(module, "ABANDONED_AFTER", timedelta(days=365 * 100))
    publish(s3.lake(), os.urandom(BIG))
    assert s3.parts_left() == [key, f"{key}.other"]
    monkeypatch.undo()
    publish(s3.lake(), os.urandom(BIG))
    assert s3.parts_left() == [f"{key}.other"]


def test_who_reads_while_a_partition_is_replaced_has_one_version_or_an_error(s3: S3Server) -> None:
    lake = s3.lake()
    publish_rows(lake, 0)
    stop = threading.Event()

    def replace() -> None:
        value = 1
        while not stop.is_set():
            publish_rows(s3.lake(), value, ROW_GROUP_ROWS * (2 + value % 2))
            value += 1

    writer = threading.Thread(target=replace)
    writer.start()
    seen: set[object] = set()
    try:
        for _ in range(12):
            try:
                with lake.unchanged([PATH]):
                    values = set(lake.dataset(PATH).to_table(["n", "text"])["n"].unique().to_pylist())
            except PassingError:
                continue
            assert len(values) == 1
            seen |= values
    finally:
        stop.set()
        writer.join()
    assert lake.dataset(PATH).to_table(["n"])["n"].unique().to_pylist()


def test_a_partition_replaced_after_its_footer_was_read_is_refused(s3: S3Server) -> None:
    lake = s3.lake()
    publish_rows(lake, 0)
    with pytest.raises(PassingError, match="was replaced while it was read; run it again"), lake.unchanged([PATH]):
        dataset = lake.dataset(PATH)
        publish_rows(s3.lake(), 1)
        dataset.to_table()


def test_duckdb_asks_for_the_columns_and_rows_it_needs_only(s3: S3Server) -> None:
    lake = s3.lake()
    publish_rows(lake, 7)
    s3.requests.clear()
    with duckdb.connect() as connection:
        connection.register("victim", lake.dataset(PATH))
        assert connection.sql("SELECT sum(n) FROM victim").fetchall() == [(7 * 3 * ROW_GROUP_ROWS,)]
    ranges = [request.range.removeprefix("bytes=").split("-") for request in s3.requests if request.range]
    read = sum(int(end) - int(start) + 1 for start, end in ranges)
    assert 0 < read < lake.size(PATH) / 10


def test_a_server_that_fails_while_duckdb_reads_is_told_in_a_line(s3: S3Server) -> None:
    lake = s3.lake()
    publish_rows(lake, 0)
    with (
        pytest.raises(PassingError, match=r"S3 (at .* answers|can.t be reached)"),
        lake.unchanged([PATH]),
        duckdb.connect() as connection,
    ):
        connection.register("victim", lake.dataset(PATH))
        s3.fault = lambda request: "500" if request.method == "GET" else None
        connection.sql("SELECT min(text) FROM victim").fetchall()


def test_a_read_that_is_cut_is_taken_up_again(s3: S3Server) -> None:
    lake, content = s3.lake(), os.urandom(100_000)
    cut: list[Request] = []

    def once(request: Request) -> str | None:
        if request.method == "GET" and not cut:
            cut.append(request)
            return "cut"
        return None

    publish(lake, content)
    s3.fault = once
    with lake.open(PATH) as file:
        assert file.read() == content
    assert cut


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("bucket", "there is no such bucket; create it, or correct the setting that names it"),
        ("nothing", "there are no AWS credentials; set AWS_ACCESS_KEY_ID"),
        ("key", "the credentials are wrong, or don't allow s3:ListBucket"),
        ("permission", "the credentials are wrong, or don't allow s3:ListBucket"),
        ("profile", "check AWS's variables and profile"),
        ("port", "S3 can't be reached at http://127.0.0.1:9; check the network and AWS_ENDPOINT_URL"),
        ("silence", "S3 can't be reached at"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: str, told: str
) -> None:
    environment = {"NIBRS_LAKE_URI": f"s3://{BUCKET}/p", "AWS_ENDPOINT_URL": s3.url, "NIBRS_HOME": str(tmp_path)}
    listening = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(module, "_READ_SECONDS", 0.2)
    if wrong == "bucket":
        environment["NIBRS_LAKE_URI"] = "s3://another/p"
    elif wrong == "nothing":
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    elif wrong in ("key", "permission"):
        if wrong == "permission":
            iam = boto3.client("iam", endpoint_url=s3.url)
            iam.create_user(UserName="nobody")
            made = iam.create_access_key(UserName="nobody")["AccessKey"]
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", made["AccessKeyId"])
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", made["SecretAccessKey"])
        monkeypatch.setattr(moto.settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0.0)
    elif wrong == "profile":
        monkeypatch.setenv("AWS_PROFILE", "unknown")
    elif wrong == "port":
        environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    else:
        environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{listening.getsockname()[1]}"
    result = CliRunner().invoke(main, ["dictionary"], env=environment)
    assert result.exit_code == 1
    [line] = result.output.splitlines()
    assert told in line
    assert KEY not in line
    assert SECRET not in line
    listening.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"NIBRS_LAKE_URI": f"s3://{KEY}:{SECRET}@bucket/p"},
        {"NIBRS_LAKE_URI": f"s3://bucket/p?access_key={KEY}&secret_key={SECRET}"},
        {"NIBRS_LAKE_URI": "s3://bucket/p", "AWS_ENDPOINT_URL": f"https://{KEY}:{SECRET}@host"},
        {"NIBRS_LAKE_URI": "s3://bucket/p", "AWS_ENDPOINT_URL": "localhost:9000"},
    ],
)
def test_secrets_in_addresses_are_refused_and_not_shown(settings: dict[str, str]) -> None:
    with pytest.raises(NibrsError, match=r"NIBRS_LAKE_URI|AWS_ENDPOINT_URL") as caught:
        Lake.of(Settings.from_environment(settings))
    assert "EXAMPLE" not in str(caught.value)


def test_a_profile_that_assumes_a_role_reads_and_writes(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    role = "arn:aws:iam::123456789012:role/lake"
    (tmp_path / "aws_config").write_text(
        f"[profile lake]\nrole_arn = {role}\nsource_profile = me\nregion = us-east-1\n"
    )
    (tmp_path / "aws_credentials").write_text(f"[me]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "lake")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.url)
    lake = Lake.at(f"s3://{BUCKET}/prefix")
    publish(lake, b"content")
    with lake.open(PATH) as file:
        assert file.read() == b"content"
    assert {request.key.startswith("ASIA") for request in s3.requests if request.path.startswith(f"/{BUCKET}/")} == {
        True
    }


def test_nothing_is_asked_before_it_is_needed() -> None:
    assert Lake.at("s3://bucket/p", S3Options("http://127.0.0.1:9")).path("raw", "x", 2013).startswith("bucket/p/raw/x")


def test_settings_that_are_not_meant_are_refused() -> None:
    with pytest.raises(NibrsError, match="NIBRS_RAW_DIR takes a folder or s3://bucket/prefix"):
        RawFolder.of(Settings.from_environment({"NIBRS_RAW_DIR": "ftp://bucket/raw"}))
    with pytest.raises(NibrsError, match="NIBRS_RAW_DIR names no bucket"):
        RawFolder.of(Settings.from_environment({"NIBRS_RAW_DIR": "s3://key:secret@bucket/raw"}))
    with pytest.raises(NibrsError, match="it takes path or virtual"):
        Settings.from_environment({"NIBRS_S3_ADDRESSING": "host"})
