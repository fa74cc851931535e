"""Downloads from a server that behaves like the FBI's: what is asked for when something fails, and what is refused."""

import fcntl
import hashlib
import json
import logging
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.ingest.fbi import NotPublishedError, fetch_zip
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.ingest.raw_zips import recorded, take_zip
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.command import nibrs
from nibrs_assets_tests.support.fbi_server import SECRET, FbiServer
from nibrs_assets_tests.support.s3_server import BUCKET, s3_server
from nibrs_assets_tests.support.samples import (
    NIBRS,
    REAL_LINES,
    RETURN_A,
    RETURN_A_SAMPLE,
    SAMPLE,
    make_zip,
    raw_folder,
)

ZIP = (SAMPLE / "nibrs-2018.zip").read_bytes()
CUT = len(ZIP) // 2


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


WHOLE = ["nibrs-2018.zip", "nibrs-2018.zip.fetched.json"]


def test_a_zip_is_downloaded_and_where_it_came_from_is_recorded(fbi: FbiServer, raw: Path, tmp_path: Path) -> None:
    fbi.put(2018, ZIP)
    told: list[tuple[int, int | None]] = []
    fetched = fetch_zip(
        fbi.service, raw_folder(raw), NIBRS, 2018, progress=lambda done, size: told.append((done, size))
    )
    assert (raw / "nibrs-2018.zip").read_bytes() == ZIP
    assert names(raw) == WHOLE
    assert fetched
    assert (fetched.size, fetched.sha256) == (len(ZIP), hashlib.sha256(ZIP).hexdigest())
    assert told[-1] == (len(ZIP), len(ZIP))
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    lake = Lake.at(str(tmp_path / "lake"))
    taken = take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2018)
    assert taken == recorded(lake, NIBRS, 2018)
    url = fbi.url.replace("/LATEST", "/storage/master_files/nibrs/nibrs-2018.zip")
    assert (taken.url, taken.etag, taken.last_modified) == (url, '"first"', "Mon, 02 Nov 2026 10:00:00 GMT")
    assert taken.fetched_at == fetched.fetched_at
    assert SECRET not in "".join(path.read_text() for path in tmp_path.rglob("*.json"))


def test_return_a_is_in_a_folder_of_its_own(fbi: FbiServer, raw: Path) -> None:
    content = (RETURN_A_SAMPLE / "reta-2013.zip").read_bytes()
    fbi.put(2013, content, "reta")
    assert fetch_zip(fbi.service, raw_folder(raw), RETURN_A, 2013)
    assert (raw / "reta-2013.zip").read_bytes() == content


def test_the_key_that_the_service_has_is_taken(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP)
    moved = replace(NIBRS, service_keys=("elsewhere/nibrs-{year}.zip", *NIBRS.service_keys))
    assert fetch_zip(fbi.service, raw_folder(raw), moved, 2018)
    assert (raw / "nibrs-2018.zip").read_bytes() == ZIP


def test_provenance_of_before_downloads_is_read(raw: Path, tmp_path: Path) -> None:
    raw.mkdir()
    make_zip(raw / "nibrs-2021.zip", REAL_LINES.read_bytes())
    lake = Lake.at(str(tmp_path / "lake"))
    taken = take_zip(raw_folder(raw), lake, shipped_layouts(), NIBRS, 2021)
    path = Path(lake.path("raw", "nibrs_master_file", 2021, "provenance.json"))
    old = json.loads(path.read_text())
    path.write_text(
        json.dumps({n: v for n, v in old.items() if n not in {"url", "etag", "last_modified", "fetched_at"}})
    )
    assert recorded(lake, NIBRS, 2021) == taken


def test_a_cut_connection_goes_on_where_it_was_cut(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP, cut_after=CUT, cuts=1)
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert (raw / "nibrs-2018.zip").read_bytes() == ZIP
    [(first, _), (second, if_range)] = fbi.downloads
    assert first is None
    assert second
    assert 0 < CUT - int(second.removeprefix("bytes=").removesuffix("-")) < 1 << 18
    assert if_range == '"first"'


def test_what_came_before_the_connection_failed_for_good_is_used_later(fbi: FbiServer, raw: Path) -> None:
    stored = fbi.put(2018, ZIP, cut_after=CUT, cuts=1, after_cut=lambda: fbi.answers.extend([503] * 4))
    with pytest.raises(
        NibrsError, match=r"nibrs-2018.zip: .* failed: it answered 503; the [\d,]+ bytes that came are kept"
    ):
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert names(raw) == ["nibrs-2018.zip.part", "nibrs-2018.zip.part.json"]
    kept = (raw / "nibrs-2018.zip.part").stat().st_size
    assert kept > 0
    fbi.requests.clear()
    stored.after_cut = lambda: None
    fbi.answers.clear()
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert fbi.downloads == [(f"bytes={kept}-", '"first"')]
    assert ((raw / "nibrs-2018.zip").read_bytes(), names(raw)) == (ZIP, WHOLE)


def test_many_cuts_are_no_failure_as_long_as_something_comes(fbi: FbiServer, raw: Path) -> None:
    step = 1 << 19
    fbi.put(2018, ZIP, cut_after=step, cuts=100)
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert (raw / "nibrs-2018.zip").read_bytes() == ZIP
    assert len(fbi.downloads) > fbi.service.tries


@pytest.mark.parametrize("heeds_if_range", [True, False])
@pytest.mark.parametrize("etag", ['"second"', None])
def test_a_file_that_changes_in_the_middle_is_not_spliced(
    fbi: FbiServer, raw: Path, heeds_if_range: bool, etag: str | None
) -> None:
    newer = (SAMPLE / "nibrs-2016.zip").read_bytes()

    def change() -> None:
        fbi.put(2018, newer, etag=etag, last_modified="Tue, 03 Nov 2026 10:00:00 GMT", heeds_if_range=heeds_if_range)

    first = fbi.put(2018, ZIP, cut_after=CUT, cuts=1, after_cut=change)
    first.etag = first.etag if etag else None
    fetched = fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert fetched
    assert (raw / "nibrs-2018.zip").read_bytes() == newer
    assert (fetched.published.etag, fetched.size) == (etag, len(newer))


def test_a_changed_file_of_the_same_size_is_not_spliced(fbi: FbiServer, raw: Path) -> None:
    # The comment at the end of a zip may be anything.
    newer = ZIP[:-2] + b"\x01\x00!"
    older = ZIP[:-2] + b"\x01\x00?"
    older = b"PK" + bytes(len(older) - 2)
    fbi.put(
        2018, older, cut_after=CUT, cuts=1,
        after_cut=lambda: (fbi.put(2018, newer, etag='"second"', heeds_if_range=False), None)[1],
    )  # fmt: skip
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert (raw / "nibrs-2018.zip").read_bytes() == newer


def test_a_server_without_ranges_gives_all_of_it_again(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP, cut_after=CUT, cuts=1, knows_ranges=False)
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert (raw / "nibrs-2018.zip").read_bytes() == ZIP


def test_a_server_that_always_ends_early_is_given_up(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP, cut_after=CUT, cuts=1000, knows_ranges=False, etag="W/weak", last_modified="")
    with pytest.raises(NibrsError, match=r"nibrs-2018.zip: the download from .* failed: the connection was cut"):
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    # Nothing says whether a later file is the same, so the half is of no use.
    assert names(raw) == []
    assert len(fbi.downloads) <= fbi.service.tries + 1


def test_an_expired_link_is_renewed_in_the_middle(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP, cut_after=CUT, cuts=1, after_cut=fbi.expire_links)
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert (raw / "nibrs-2018.zip").read_bytes() == ZIP
    assert fbi.links == 2
    ranges = [asked for asked, _ in fbi.downloads]
    assert ranges[0] is None
    assert ranges[1] == ranges[2] != None  # noqa: E711


def test_a_link_that_is_refused_at_once_is_a_failure(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP)
    fbi.oldest_valid_link = 1000
    with pytest.raises(NibrsError, match=r"nibrs-2018.zip: 127.0.0.1 refuses \(403\) the link"):
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert (names(raw), fbi.links) == ([], 1)


@pytest.mark.parametrize("signs", [True, False])
def test_a_year_that_is_not_published_is_no_failure(fbi: FbiServer, raw: Path, signs: bool) -> None:
    fbi.signs_what_is_missing = signs
    for ask in (
        lambda: fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2025),
        lambda: fbi.service.published(NIBRS, 2025),
    ):
        with pytest.raises(NotPublishedError, match=r"nibrs-2025.zip: the FBI"):
            ask()
    assert names(raw) == []
    assert len(fbi.requests) == (4 if signs else 2)


def test_a_busy_server_is_asked_again(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP)
    fbi.signing_answers = [(500, "text/html", b"<html>"), (502, "text/html", b"<html>")]
    fbi.answers = [503]
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert (raw / "nibrs-2018.zip").read_bytes() == ZIP
    assert len(fbi.requests) == 5


def test_pauses_grow(fbi: FbiServer, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", pauses.append)
    fbi.put(2018, ZIP)
    fbi.answers = [503] * 4
    with pytest.raises(NibrsError, match="it answered 503"):
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert len(fbi.downloads) == 4
    assert [round(1000 * pause) >= low for pause, low in zip(pauses, (2, 4), strict=True)] == [True, True]


@pytest.mark.parametrize(
    "problem",
    ["html", "html called a zip", "html instead of json", "no json", "flipped", "short", "text", "not found", "empty"],
)
def test_what_is_no_sound_zip_is_refused_and_leaves_nothing(fbi: FbiServer, raw: Path, problem: str) -> None:
    html = b"<!DOCTYPE html><html>maintenance</html>"
    fbi.put(2018, ZIP)
    if problem == "html":
        fbi.put(2018, html, content_type="text/html")
    elif problem == "html called a zip":
        fbi.put(2018, html)
    elif problem == "html instead of json":
        fbi.signing_answers = [(200, "text/html", html)]
    elif problem == "no json":
        fbi.signing_answers = [(200, "application/json", b"")]
    elif problem == "not found":
        fbi.signing_answers = [(404, "text/html", html)]
    elif problem == "flipped":
        fbi.put(2018, ZIP[:CUT] + bytes([ZIP[CUT] ^ 1]) + ZIP[CUT + 1 :])
    elif problem == "short":
        fbi.put(2018, ZIP[:-100])
    elif problem == "text":
        fbi.put(2018, REAL_LINES.read_bytes())
    else:
        fbi.put(2018, b"")
    with pytest.raises(NibrsError) as caught:
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert not isinstance(caught.value, NotPublishedError)
    assert names(raw) == []
    message = str(caught.value)
    assert message.startswith(("nibrs-2018.zip: ", fbi.url))
    assert SECRET not in message
    assert "\n" not in message


def test_a_bad_answer_leaves_the_zip_that_is_there(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP)
    fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    fbi.put(2018, ZIP[:-100], etag='"second"')
    with pytest.raises(NibrsError):
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert ((raw / "nibrs-2018.zip").read_bytes(), names(raw)) == (ZIP, WHOLE)


def test_a_zip_that_is_current_is_not_downloaded_again_and_a_changed_one_is(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP)
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    fbi.requests.clear()
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018) is None
    assert fbi.downloads == [("bytes=0-0", None)]
    fbi.put(2018, ZIP, etag='"second"')
    fetched = fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert fetched
    assert fetched.published.etag == '"second"'


def test_a_zip_that_somebody_dropped_wins_unless_told_otherwise(fbi: FbiServer, raw: Path) -> None:
    raw.mkdir()
    dropped = raw / "nibrs-2018.zip"
    dropped.write_bytes(b"dropped by hand")
    fbi.put(2018, ZIP)
    with pytest.raises(NibrsError, match=r"put there by hand .* --replace"):
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert dropped.read_bytes() == b"dropped by hand"
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018, replace=True)
    assert dropped.read_bytes() == ZIP
    # What is dropped over a downloaded zip is nobody's download.
    dropped.write_bytes(b"dropped over it")
    with pytest.raises(NibrsError, match="put there by hand"):
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)


def test_one_at_a_time(fbi: FbiServer, raw: Path) -> None:
    fbi.put(2018, ZIP)
    raw.mkdir()
    with (raw / "nibrs-2018.zip.part").open("wb") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        with pytest.raises(NibrsError, match="is being fetched already"):
            fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)


def test_no_log_has_the_signature(fbi: FbiServer, raw: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fbi.put(2018, ZIP, cut_after=CUT, cuts=1, after_cut=lambda: fbi.answers.extend([503] * 4))
    with pytest.raises(NibrsError) as caught:
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
    assert SECRET not in caplog.text + str(caught.value) + repr(caught.value.__cause__)
    assert logging.getLogger("urllib3.connectionpool").level == logging.NOTSET


def test_a_server_that_is_not_there(fbi: FbiServer, raw: Path) -> None:
    fbi.files["gone"] = fbi.put(2018, ZIP)
    service = fbi.service
    object.__setattr__(service, "url", "http://127.0.0.1:9/LATEST")
    with pytest.raises(NibrsError, match=r"nibrs-2018.zip: the download from 127.0.0.1:9 failed: Connection refused"):
        fetch_zip(service, raw_folder(raw), NIBRS, 2018)
    assert names(raw) == []


def test_memory_stays_flat(fbi: FbiServer, raw: Path, tmp_path: Path) -> None:
    stored = make_zip(tmp_path / "big.zip", b"")
    import zipfile

    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("big.txt", bytes(64 << 20))
    fbi.put(2018, stored.read_bytes())
    tracemalloc.start()
    try:
        fetch_zip(fbi.service, raw_folder(raw), NIBRS, 2018)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 << 20


def test_the_command_and_how_it_ends(fbi: FbiServer, tmp_path: Path) -> None:
    def fetch(year: int) -> tuple[int, str, str]:
        arguments = ("fetch", "--kind", "nibrs", "--year", str(year))
        ended = nibrs(*arguments, home=tmp_path, NIBRS_CDE_URL=fbi.url)
        return ended.returncode, ended.stdout, ended.stderr

    fbi.put(2018, ZIP)
    fbi.put(2017, b"<html>", content_type="text/html")
    status, shown, _ = fetch(2018)
    assert (status, f"{len(ZIP):,} bytes, SHA-256 {hashlib.sha256(ZIP).hexdigest()}" in shown) == (0, True)
    assert (tmp_path / "raw/nibrs-2018.zip").read_bytes() == ZIP
    status, shown, _ = fetch(2018)
    assert (status, "nothing to do" in shown) == (0, True)
    status, _, told = fetch(2025)
    assert (status, told.count("\n"), "has not published NIBRS 2025" in told) == (3, 1, True)
    status, _, told = fetch(2017)
    assert (status, told) == (
        1,
        "nibrs: nibrs-2017.zip: 127.0.0.1 answered with text/html that is no zip; try again later\n",
    )
    status, _, told = fetch(1985)
    assert (status, told) == (1, "nibrs: NIBRS has files from 1991 on, none of 1985\n")


def test_a_raw_folder_in_s3_gets_zip_and_record_and_this_machine_keeps_nothing(fbi: FbiServer, tmp_path: Path) -> None:
    fbi.put(2018, ZIP)
    with s3_server(tmp_path) as s3:
        home = {"NIBRS_HOME": str(tmp_path / "home"), "AWS_ENDPOINT_URL": s3.url}
        raw = RawFolder.of(Settings.from_environment({**home, "NIBRS_RAW_DIR": f"s3://{BUCKET}/dropped"}))
        assert (raw.find(), raw.years(NIBRS)) == ({}, [])
        fetched = fetch_zip(fbi.service, raw, NIBRS, 2018)
        assert fetched
        assert (sorted(s3.objects()), raw.years(NIBRS)) == ([f"dropped/{name}" for name in WHOLE], [2018])
        assert s3.objects()["dropped/nibrs-2018.zip"] == ZIP
        assert names(raw.landing) == []
        assert fetch_zip(fbi.service, raw, NIBRS, 2018) is None
        taken = take_zip(raw, Lake.at(str(tmp_path / "lake")), shipped_layouts(), NIBRS, 2018)
        assert (taken.came_from, taken.sha256) == (f"s3://{BUCKET}/dropped/nibrs-2018.zip", fetched.sha256)
        assert taken.fetched_at == fetched.fetched_at
        with pytest.raises(NibrsError, match=f"s3://{BUCKET}/dropped/nibrs-2019.zip: there is no zip for 2019"):
            take_zip(raw, Lake.at(str(tmp_path / "lake")), shipped_layouts(), NIBRS, 2019)
