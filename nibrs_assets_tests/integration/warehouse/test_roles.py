"""Who may do what in the warehouse: each role is tried at what it must not do, in an embedded server and in an outside one."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from click.testing import CliRunner
from psycopg import errors
from pydantic import SecretStr

from nibrs_assets.cli.main import main
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets.warehouse.roles import LOADER, READER
from nibrs_assets_tests.support.warehouse_rows import TABLES, year_of

NOBODY_BUT_OWNERS_MAY = [
    "CREATE SCHEMA mine",
    "DROP SCHEMA nibrs CASCADE",
    "ALTER SCHEMA nibrs RENAME TO mine",
    "CREATE ROLE friend LOGIN",
    "ALTER ROLE nibrs SUPERUSER",
    "ALTER ROLE nibrs_reader SUPERUSER",
    "CREATE DATABASE another",
    "SET ROLE nibrs",
    "SELECT * FROM pg_authid",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "ALTER SYSTEM SET listen_addresses = '*'",
    "CREATE TABLE public.mine (n int)",
    "CREATE TEMPORARY TABLE mine (n int)",
    "GRANT nibrs_loader TO nibrs_reader",
    "CREATE EXTENSION file_fdw SCHEMA nibrs",
]
READERS_MAY_NOT = [
    "INSERT INTO nibrs.agency (data_year, ori) VALUES (2001, 'X')",
    "UPDATE nibrs.agency SET city_name = 'X'",
    "DELETE FROM nibrs.agency",
    "TRUNCATE nibrs.agency",
    "DROP TABLE nibrs.agency",
    "ALTER TABLE nibrs.agency ADD COLUMN n int",
    "ALTER TABLE nibrs.agency DETACH PARTITION nibrs.agency_2001",
    "CREATE TABLE nibrs.mine (n int)",
    "CREATE VIEW nibrs.mine AS SELECT 1",
    "CREATE INDEX ON nibrs.agency (ori)",
    "COMMENT ON TABLE nibrs.agency IS 'mine'",
    "SELECT * FROM nibrs_loading.half",
    "SET ROLE nibrs_loader",
    "DO $$ BEGIN LOCK TABLE nibrs.agency IN ACCESS EXCLUSIVE MODE; END $$",
    "SELECT * FROM nibrs.agency FOR UPDATE",
]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A loaded warehouse, with another load under way."""
    warehouse = Warehouse(None, EmbeddedPostgres(tmp_path_factory.mktemp("postgres")))
    with warehouse.running():
        warehouse.load_year(2001, TABLES, year_of(2001, 7))
        with warehouse.connect() as connection:
            connection.execute("CREATE TABLE nibrs_loading.half (n int)")
        yield warehouse


def allowed(url: str, statements: list[str]) -> list[str]:
    """Those of `statements` that are not refused for want of a right."""
    found = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
                found.append(statement)
            except errors.InsufficientPrivilege:
                pass
    return found


@pytest.mark.parametrize(
    ("role", "may_not"),
    [(READER, NOBODY_BUT_OWNERS_MAY), (READER, READERS_MAY_NOT), (LOADER, NOBODY_BUT_OWNERS_MAY)],
)
def test_a_role_may_not(embedded: Warehouse, role: str, may_not: list[str]) -> None:
    with embedded.running(role) as url:
        assert allowed(url, may_not) == []


def test_the_reader_reads_every_table_also_those_loaded_later(embedded: Warehouse) -> None:
    embedded.load_year(2002, TABLES, year_of(2002, 3))
    with embedded.running(READER) as url, psycopg.connect(url) as connection:
        assert connection.execute(
            "SELECT data_year, count(*) FROM nibrs.incident GROUP BY 1 ORDER BY 1"
        ).fetchall() == [
            (2001, 7),
            (2002, 3),
        ]
        tables = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'nibrs'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchall()
        assert len(tables) > 3 * len(TABLES)
        for (name,) in tables:
            connection.execute(f"SELECT * FROM {name} LIMIT 1".encode())


def test_passwords_are_one_each_and_in_files_of_their_own(embedded: Warehouse) -> None:
    home = embedded.embedded.home
    files = [home / name for name in ("pgpass", "pgpass.nibrs_loader", "pgpass.nibrs_reader")]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)
    passwords = [path.read_text().strip().rpartition(":")[2] for path in files]
    assert len(set(passwords)) == 3
    log = (home / "server.log").read_text()
    with embedded.running(READER) as url:
        assert not [password for password in passwords if password in log + url]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.replace("nibrs_reader@", "nibrs_loader@"))


def test_the_server_listens_on_the_loopback_only(embedded: Warehouse) -> None:
    with embedded.running("nibrs") as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_setting('listen_addresses')").fetchone() == ("127.0.0.1",)
        assert connection.execute("SELECT current_setting('unix_socket_directories')").fetchone() == ("",)
        port = connection.info.port
    others = {
        info.address for infos in psutil.net_if_addrs().values() for info in infos if info.family == socket.AF_INET
    }
    others.discard("127.0.0.1")
    assert others
    for address in others:
        with socket.socket() as probe:
            assert probe.connect_ex((address, port)) != 0


def test_a_warehouse_that_was_loaded_before_there_were_roles(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    with postgres.running() as owners:
        Warehouse(SecretStr(owners), postgres).load_year(2001, TABLES, year_of(2001, 7))
        warehouse = Warehouse(None, postgres)
        warehouse.load_year(2001, TABLES, year_of(2001, 5))
        assert warehouse.row_counts(["incident"]) == {"incident": {2001: 5}}
        with warehouse.running(READER) as url, psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM nibrs.offense").fetchone() == (5,)


def test_an_outside_server_is_set_up_by_an_owner_that_is_no_superuser(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    with postgres.running() as superuser:
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute("CREATE ROLE crime_owner LOGIN CREATEROLE PASSWORD 'o'")
            connection.execute("CREATE DATABASE crime OWNER crime_owner")

        def url_of(role: str, password: str) -> str:
            return f"postgresql://{role}:{password}@{superuser.split('@')[1].split('/')[0]}/crime"

        owner = url_of("crime_owner", "o")
        passwords = {"NIBRS_LOADER_PASSWORD": "l", "NIBRS_READER_PASSWORD": "r"}
        for _ in range(2):
            made = CliRunner().invoke(main, ["roles"], env={"NIBRS_WAREHOUSE_URL": owner, **passwords})
            assert (made.exit_code, made.output) == (
                0,
                "nibrs_loader: its password was set\nnibrs_reader: its password was set\n",
            )
        # Who loads with the owner's URL is the loader all the same.
        for url, rows in ((owner, 4), (url_of(LOADER, "l"), 6)):
            Warehouse(SecretStr(url), postgres).load_year(2001, TABLES, year_of(2001, rows))
            with psycopg.connect(url_of(READER, "r")) as connection:
                assert connection.execute("SELECT count(*) FROM nibrs.incident").fetchone() == (rows,)
        may_not = [sql for sql in READERS_MAY_NOT if "half" not in sql]
        assert allowed(url_of(READER, "r"), may_not) == []
