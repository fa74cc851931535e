"""The embedded PostgreSQL, on real servers and with real processes: started together, killed, forked and refused."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.warehouse.embedded import EmbeddedPostgres, find_binaries

AS_ROOT = os.geteuid() == 0
DAC_READ_SEARCH = 1 << 2
SETPRIV_CAPABILITY = [f"--{which}=-all,+dac_read_search" for which in ("inh-caps", "ambient-caps", "bounding-set")]

USER = """
import sys
from pathlib import Path
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])).running() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def spawn(home: Path, program: str = USER, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Another process; `USER` prints the URL and uses the server until its stdin is closed."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", program, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        start_new_session=True,
    )


@contextmanager
def user(home: Path, **how: Any) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that uses the server and leaves, or has left, at the end; with the URL it got."""
    with spawn(home, **how) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        yield process, url
        errors = process.communicate(timeout=30)[1]
        assert process.returncode in (0, -signal.SIGKILL), errors


def query(url: str, sql: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql).fetchone()
    return row and row[0]


def execute(url: str, sql: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql)


def postmaster(postgres: EmbeddedPostgres) -> int:
    return int((postgres.home / "cluster/postmaster.pid").read_text().split()[0])


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedPostgres:
    """One that has been run before, below pytest's folder, which only its owner may enter."""
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("module") / "100% a home")
    with postgres.running():
        pass
    return postgres


@pytest.fixture
def postgres(made: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    """That one, not running before and after the test."""
    assert not made.is_running()
    yield made
    made.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """One that has not been made yet."""
    postgres = EmbeddedPostgres(tmp_path / "fresh/postgres")
    yield postgres
    if (postgres.home / "pgpass").exists():
        postgres.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, as pytest's are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_serves_at_a_url_without_the_password(postgres: EmbeddedPostgres) -> None:
    with postgres.running() as url:
        assert query(url, "SELECT 1") == 1
        assert url == postgres.url()
        assert query(url, "SELECT current_setting('server_encoding') || current_setting('fsync')") == "UTF8on"
        passfile = postgres.home / "pgpass"
        password = passfile.read_text().strip().split(":")[-1]
        assert len(password) > 30
        assert password not in url
        assert password not in Path(f"/proc/{postmaster(postgres)}/cmdline").read_text()
        assert password not in (postgres.home / "server.log").read_text()
        assert passfile.stat().st_mode & 0o777 == 0o600
        assert passfile.stat().st_uid == os.geteuid()
        assert {path.name for path in postgres.home.iterdir()} == {
            *("cluster", "pgpass", "port", "server.log", "lock", "users")
        }
    assert not postgres.is_running()


@pytest.mark.parametrize("password", ["passfile=/dev/null", "password=wrong"])
def test_demands_the_password(postgres: EmbeddedPostgres, password: str) -> None:
    with postgres.running() as url, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url.split("?")[0] + "?" + password)


def test_has_no_url_and_makes_nothing_before_it_runs(fresh: EmbeddedPostgres) -> None:
    assert not fresh.is_running()
    fresh.stop()
    with pytest.raises(NibrsError, match="not running"):
        fresh.url()
    assert not fresh.home.exists()


def test_data_and_port_survive_a_restart(postgres: EmbeddedPostgres) -> None:
    with postgres.running() as first:
        execute(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    with postgres.running() as second:
        assert query(second, "SELECT answer FROM kept") == 42
    assert second == first


def test_takes_another_port_when_its_own_is_taken(postgres: EmbeddedPostgres) -> None:
    port = int((postgres.home / "port").read_text())
    with socket.create_server(("127.0.0.1", port)), postgres.running() as url:
        assert f":{port}/" not in url
        assert query(url, "SELECT 1") == 1
    with postgres.running() as again:
        assert again == url


def test_nested_and_threaded_use_is_one_server(postgres: EmbeddedPostgres) -> None:
    everyone = Barrier(6)

    def use(_: int) -> str:
        with postgres.running() as url, postgres.running() as inner:
            everyone.wait(timeout=20)
            assert query(inner, "SELECT 1") == 1
            return url

    with ThreadPoolExecutor(everyone.parties) as threads:
        assert len(set(threads.map(use, range(everyone.parties)))) == 1
    assert not postgres.is_running()


def test_second_process_shares_the_server_and_the_last_to_leave_stops_it(postgres: EmbeddedPostgres) -> None:
    with user(postgres.home) as (_, first):
        with user(postgres.home) as (_, second):
            assert first == second == postgres.url()
        assert query(first, "SELECT 1") == 1
    assert not postgres.is_running()


def start_together(postgres: EmbeddedPostgres) -> None:
    together = [spawn(postgres.home) for _ in range(3)]
    urls = {process.stdout.readline().strip() for process in together if process.stdout}
    assert urls == {postgres.url()}
    for process in together:
        assert query(postgres.url(), "SELECT 1") == 1
        assert process.communicate(timeout=30) == ("", "")
    assert not postgres.is_running()


def test_processes_that_start_it_together_start_one(postgres: EmbeddedPostgres) -> None:
    start_together(postgres)


def test_processes_that_make_it_together_make_one(fresh: EmbeddedPostgres) -> None:
    start_together(fresh)


def test_server_of_a_killed_user_is_found_again_and_stopped(postgres: EmbeddedPostgres) -> None:
    with user(postgres.home) as (process, url):
        server = postmaster(postgres)
        process.kill()
    assert query(url, "SELECT 1") == 1
    with postgres.running() as found:
        assert found == url
        assert postmaster(postgres) == server
    assert not postgres.is_running()


@pytest.mark.parametrize("delay", [0.15, 0.2, 0.25, 0.3])
def test_a_start_cut_short_is_taken_over(postgres: EmbeddedPostgres, delay: float) -> None:
    with spawn(postgres.home) as process:
        time.sleep(delay)
        process.kill()
    with postgres.running() as url:
        assert query(url, "SELECT 1") == 1
    assert not postgres.is_running()


def test_killed_server_starts_again_with_its_data(postgres: EmbeddedPostgres) -> None:
    with postgres.running() as url:
        execute(url, "CREATE TABLE committed AS SELECT 7 AS answer")
        os.kill(postmaster(postgres), signal.SIGKILL)
        wait_for(lambda: not postgres.is_running())
    assert (postgres.home / "cluster/postmaster.pid").exists()
    with postgres.running() as url:
        assert query(url, "SELECT answer FROM committed") == 7


def test_pid_of_a_dead_server_may_be_another_process_now(postgres: EmbeddedPostgres) -> None:
    pid_file = postgres.home / "cluster/postmaster.pid"
    with postgres.running():
        lines = pid_file.read_text().splitlines()
        server = int(lines[0])
        os.kill(server, signal.SIGKILL)
        wait_for(lambda: not postgres.is_running())
    with subprocess.Popen(["sleep", "60"]) as other:
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        assert not postgres.is_running()
        postgres.stop()
        with postgres.running() as url:
            assert query(url, "SELECT 1") == 1
        assert other.poll() is None
        other.kill()


def test_stop_is_for_everyone(postgres: EmbeddedPostgres) -> None:
    with user(postgres.home):
        postgres.stop()
        assert not postgres.is_running()
        with postgres.running() as url:
            assert query(url, "SELECT 1") == 1
        assert postgres.is_running()  # for that user still counts
    assert not postgres.is_running()


def test_forked_child_that_leaves_is_no_user(postgres: EmbeddedPostgres) -> None:
    program = """
import os, sys
from pathlib import Path
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]))
with postgres.running():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print(postgres.is_running())
print(postgres.is_running())
"""
    with spawn(postgres.home, program) as process:
        assert process.communicate(timeout=30) == ("True\nTrue\nFalse\n", "")  # the child's, then the parent's two


def test_children_that_live_longer_are_no_users(postgres: EmbeddedPostgres) -> None:
    program = """
import os, subprocess, sys, time
from pathlib import Path
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]))
with postgres.running():
    spawned = subprocess.Popen(["sleep", "60"])
    forked = os.fork()
    if not forked:
        time.sleep(60)
print(postgres.is_running(), spawned.poll(), os.waitpid(forked, os.WNOHANG))
spawned.kill()
os.kill(forked, 9)
"""
    with spawn(postgres.home, program) as process:
        assert process.communicate(timeout=30) == ("False None (0, 0)\n", "")


def test_wheel_serves_too(tmp_path: Path) -> None:
    wheel = find_binaries(None, major=18)
    with EmbeddedPostgres(tmp_path, bin_dir=wheel).running() as url:
        assert query(url, "SELECT current_setting('server_version_num')").startswith("18")


def test_never_runs_as_root_and_passes_closed_folders_only_if_it_must(
    postgres: EmbeddedPostgres, open_folder: Path
) -> None:
    def identity(server: EmbeddedPostgres) -> tuple[int, int]:
        with server.running():
            status = Path(f"/proc/{postmaster(server)}/status").read_text().splitlines()
        fields = dict(line.split(":\t", 1) for line in status)
        return int(fields["Uid"].split()[0]), int(fields["CapEff"], 16)

    closed, opened = identity(postgres), identity(EmbeddedPostgres(open_folder / "postgres"))
    if AS_ROOT:
        assert closed[0] == opened[0] != 0
        assert closed[1] == DAC_READ_SEARCH
    else:
        assert closed[0] == os.geteuid()
        assert closed == opened
    assert opened[1] == (0 if AS_ROOT else closed[1])


def test_ordinary_user_runs_it_and_root_may_then_too(open_folder: Path) -> None:
    home = open_folder / "postgres"
    prefix: tuple[str, ...] = ()
    if AS_ROOT:
        home.mkdir()
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        prefix = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
        if subprocess.run([*prefix, sys.executable, "-c", ""], check=False, cwd="/", capture_output=True).returncode:
            prefix = (*prefix, *SETPRIV_CAPABILITY)  # this Python itself is in a closed folder
    with user(home, prefix=prefix) as (_, url):
        assert query(url, "SELECT 1") == 1
        assert (home / "pgpass").stat().st_uid == (home / "cluster").stat().st_uid == home.stat().st_uid
    with EmbeddedPostgres(home).running() as url:
        assert query(url, "SELECT 1") == 1
    with user(home, prefix=prefix) as (_, url):
        assert query(url, "SELECT 1") == 1


@pytest.mark.skipif(not AS_ROOT, reason="only root needs another user to run it")
def test_says_what_to_do_without_setpriv(fresh: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NibrsError, match=r"setpriv .* is missing\. Move .*ordinary user.*NIBRS_WAREHOUSE_URL"):
        fresh.running().__enter__()


def test_killed_while_being_made_leaves_nothing_to_believe(fresh: EmbeddedPostgres) -> None:
    with spawn(fresh.home) as process:
        wait_for(lambda: list(fresh.home.glob("new-*/cluster/PG_VERSION")))
        os.killpg(process.pid, signal.SIGKILL)
    assert list(fresh.home.glob("new-*"))
    assert not fresh.is_running()
    with fresh.running() as url:
        assert query(url, "SELECT 1") == 1
    assert not list(fresh.home.glob("new-*"))


def test_failure_to_make_it_is_explained(fresh: EmbeddedPostgres) -> None:
    with spawn(fresh.home, prefix=("prlimit", "--fsize=65536")) as process:
        errors = process.communicate(timeout=30)[1]
    assert f"NibrsError: The embedded PostgreSQL could not be made in {fresh.home}" in errors
    assert not list(fresh.home.glob("*/*"))
    with fresh.running() as url:
        assert query(url, "SELECT 1") == 1


def test_failure_to_start_shows_the_end_of_the_log(fresh: EmbeddedPostgres) -> None:
    with fresh.running():
        pass
    control = fresh.home / "cluster/global/pg_control"
    control.write_bytes(control.read_bytes()[:100])
    with pytest.raises(NibrsError, match=r"(?s)did not start.*server\.log ends with.*pg_control"):
        fresh.running().__enter__()
    assert not fresh.is_running()


def test_lost_password_is_explained(postgres: EmbeddedPostgres) -> None:
    passfile = postgres.home / "pgpass"
    kept = passfile.rename(passfile.with_name("kept"))
    with pytest.raises(NibrsError, match="pgpass is gone"):
        postgres.running().__enter__()
    kept.rename(passfile)


def test_folder_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NibrsError, match=r"file.* cannot be used: .*Not a directory"):
        EmbeddedPostgres(tmp_path / "file/postgres").running().__enter__()


@pytest.mark.parametrize(("version", "major"), [("13", 13), ("99", 99), ("9.6", 9)])
def test_data_of_another_version_are_refused(fresh: EmbeddedPostgres, version: str, major: int) -> None:
    (fresh.home / "cluster").mkdir(parents=True)
    (fresh.home / "cluster/PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(NibrsError, match=rf"cluster cannot be opened.* PostgreSQL {major}; .* found only 1\d in /"):
        fresh.running().__enter__()


def test_binaries_are_the_given_ones_unless_the_data_are_of_another_version() -> None:
    wheel = find_binaries(None, major=18)
    assert find_binaries(wheel) == wheel
    other = find_binaries(None, major=16)
    assert find_binaries(wheel, major=16) == other != wheel
    assert find_binaries(other.parent / "../pginstall18/bin").resolve() == wheel.resolve()


@pytest.mark.parametrize("version", [None, "13.4"])
def test_unusable_given_binaries_are_refused(tmp_path: Path, version: str | None) -> None:
    for program in ("postgres", "initdb", "pg_ctl") if version else ():
        (tmp_path / program).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (tmp_path / program).chmod(0o755)
    with pytest.raises(NibrsError, match=f"PG_BIN={tmp_path} is not the bin folder"):
        find_binaries(tmp_path)
