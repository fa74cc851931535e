"""The warehouse: the harmonized tables and marts in Postgres, schema `nibrs`, each list-partitioned by `data_year`.

A year is loaded beside what readers see, into tables of the schema `nibrs_loading`, with keys, foreign keys and statistics; then
all tables of the year are exchanged in one transaction. A statement sees all of the old year or all of the new one. A transaction
of the isolation REPEATABLE READ or SERIALIZABLE that began before the exchange sees the new year after it: Postgres keeps no old
partitions for it, and the rows are loaded so that every transaction sees them. Foreign keys stand between
the partitions of one year: keys between the partitioned tables would keep a year from being exchanged.

What each thing that a table of a year has is for, beside its rows:

- primary key: joins of the tables of a year, what the dashboard looks up, and the foreign keys that lead to it;
- unique key: incidents and arrests by the agency's own number; `agency_crime_year` by agency, as its primary key begins otherwise;
- foreign keys: that no row is an orphan and every code has a label, also for rows that others add; no index is made for them;
- CHECK on the year: that the exchange need not read the rows.
"""

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from nibrs_assets.catalog.model import Table
from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.core.settings import Settings
from nibrs_assets.warehouse.copy_text import CopyText
from nibrs_assets.warehouse.ddl import (
    LOADING,
    SCHEMA,
    add_new_columns,
    column_definitions,
    column_names,
    columns_of,
    comment,
    packed,
    table_name,
)
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets.warehouse.reference_load import (
    add_unknown_codes,
    code_references,
    code_tables_of,
    join_to_new_codes,
    keep_versions,
    kept_versions,
    load_place_tables,
    prepare_reference_tables,
    replace_rows,
)
from nibrs_assets.warehouse.roles import LOADER, READER, ROLES, act_as_loader, set_up_roles

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_SESSIONS = 2
"""That fill tables and add keys at once: each works on one core, in up to maintenance_work_mem."""

_ROWS_AT_ONCE = 1 << 15
_LOCK_TIMEOUT = "20s"
_LOCK_TRIES = 6


@dataclass(frozen=True)
class LoadedTable:
    """What was loaded of one table: rows, and values whose NUL bytes Postgres can't hold and that were replaced (U+FFFD)."""

    rows: int
    values_with_nul: int


@dataclass(frozen=True)
class Warehouse:
    """Any Postgres when `url` is given, else the embedded one."""

    url: SecretStr | None
    embedded: EmbeddedPostgres
    reader_url: SecretStr | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Warehouse":
        """The warehouse of the settings."""
        embedded = EmbeddedPostgres(settings.postgres_home, settings.pg_bin)
        return cls(settings.warehouse_url, embedded, settings.reader_url)

    @contextmanager
    def running(self, role: str = LOADER) -> Iterator[str]:
        """The URL of the running warehouse; the embedded server is started when needed, and stopped by the last who uses it.

        `role` is whose URL it is, in an outside server only that of the reader may be another.
        """
        if given := (role == READER and self.reader_url) or self.url:
            url = given.get_secret_value()
            _refuse_malformed(url)
            yield url
        else:
            with self.embedded.running() as owners_url:
                _make_logins(self.embedded, owners_url)
                yield self.embedded.url(role)

    @contextmanager
    def connect(self, as_loader: bool = True) -> Iterator[psycopg.Connection]:
        """A connection to the warehouse, as the loader if there is one; `NibrsError` when there is none to be had."""
        with self.running() as url, _connected(url, as_loader) as connection:
            yield connection

    def load_year(
        self,
        year: int,
        tables: Mapping[str, Table],
        datasets: "Mapping[str, ds.Dataset]",
        approve: Callable[[], None] = lambda: None,
    ) -> dict[str, LoadedTable]:
        """Replace the rows of `year` in all `tables` by those of `datasets` at once; `approve` may still raise when they were read.

        Until the last moment readers see the old year, afterwards the new one. Raises `NibrsError` when rows break a key or the
        tables in the warehouse were made by another version; the old year then stays.
        """
        with self.running() as url, self.connect() as connection, _explained(f"warehouse, year {year}"):
            _exclusively(connection, f"nibrs {year}")
            with _exclusive_tables(connection):
                _prepare(connection, tables.values())
            loading = _Loading(connection, url, year, tables)
            try:
                loading.create()
                with ThreadPoolExecutor(_SESSIONS) as threads:
                    loaded = loading.fill(datasets, threads)
                    approve()
                    loading.join(threads)
                _exchange(connection, year, tables.values())
            finally:
                loading.drop()
            return loaded

    def load_reference_tables(
        self, places: "Mapping[str, ds.Dataset]", versions: Mapping[str, str] = MappingProxyType({})
    ) -> dict[str, int]:
        """Make the reference tables, or bring them up to date, those of `places` from these; the rows of each by name.

        `versions` of what they were made from are what `reference_versions` gives from then on.
        """
        with self.connect() as connection, _explained("warehouse"), _exclusive_tables(connection):
            _create_schemas(connection)
            rows = prepare_reference_tables(connection) | load_place_tables(connection, places)
            keep_versions(connection, versions)
            return rows

    def reference_versions(self) -> dict[str, str]:
        """By reference table the version of its rows that was loaded last; those that are not there are left out."""
        with self.connect() as connection, _explained("warehouse"):
            return {
                name: version for name, version in kept_versions(connection).items() if columns_of(connection, name)
            }

    def replace_tables(self, tables: Sequence[Table], rows: Mapping[str, Iterable[Sequence[object]]]) -> None:
        """Replace the rows of tables of no year by `rows`, by name, all at once; what is not there yet is made."""
        with self.connect() as connection, _explained("warehouse"), _exclusive_tables(connection):
            _create_schemas(connection)
            for table in tables:
                replace_rows(connection, table, rows[table.name])

    def set_up_roles(self, passwords: Mapping[str, str]) -> None:
        """Make the roles in an outside server, as its owner; `passwords` by role."""
        with self.connect(as_loader=False) as connection, _explained("warehouse"), connection.transaction():
            set_up_roles(connection, passwords)

    def row_counts(self, tables: Sequence[str]) -> dict[str, dict[int, int]]:
        """Rows by table and year, of the tables and years that were loaded."""
        counts: dict[str, dict[int, int]] = {}
        with self.connect() as connection, _explained("warehouse"):
            for name in tables:
                if columns_of(connection, name):
                    query = sql.SQL("SELECT data_year, count(*) FROM {} GROUP BY data_year").format(table_name(name))
                    found = {int(year): int(rows) for year, rows in connection.execute(query)}
                    counts[name] = dict.fromkeys(_loaded_years(connection, name), 0) | found
        return counts


@contextmanager
def _connected(url: str, as_loader: bool = True) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True, application_name="nibrs_assets")
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise PassingError(f"the warehouse can't be reached: {reason}; check NIBRS_WAREHOUSE_URL") from None
    with connection:
        if as_loader:
            act_as_loader(connection)
        yield connection


def _make_logins(embedded: EmbeddedPostgres, owners_url: str) -> None:
    """Have the roles in the embedded server, and their passwords beside it."""
    if all(map(embedded.has_login, ROLES)):
        return
    with psycopg.connect(owners_url, autocommit=True) as connection:
        _exclusively(connection, "nibrs roles")
        missing = {role: secrets.token_urlsafe(32) for role in ROLES if not embedded.has_login(role)}
        with connection.transaction():
            set_up_roles(connection, missing)
        # A role whose password was not kept for want of time gets another one.
        for role, password in missing.items():
            embedded.keep_login(role, password)


def _refuse_malformed(url: str) -> None:
    """Raises `NibrsError` for what is no PostgreSQL URL, and shows none of it: its password may then be anywhere in it."""
    try:
        parsed = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parsed = {}
    if not parsed or "@" in str(parsed.get("host", "")):
        advice = "postgresql://user:password@host:5432/database, with %40 for an @ and %2F for a / in the password"
        raise NibrsError(f"NIBRS_WAREHOUSE_URL is no PostgreSQL URL; it looks like {advice}")


def _exclusively(connection: psycopg.Connection, what: str, for_transaction: bool = False) -> None:
    """Wait until no other session does `what`; the lock goes with the transaction or the session."""
    function: LiteralString = "pg_advisory_xact_lock" if for_transaction else "pg_advisory_lock"
    connection.execute(f"SELECT {function}(hashtextextended(%s, 0))", [what])


@contextmanager
def _exclusive_tables(connection: psycopg.Connection) -> Iterator[None]:
    """A transaction in which no other session makes or changes tables."""
    with connection.transaction():
        _exclusively(connection, "nibrs tables", for_transaction=True)
        yield


def _loaded_years(connection: psycopg.Connection, table: str) -> list[int]:
    query = """
        SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = to_regclass(%s) ORDER BY 1
    """
    partitions = connection.execute(query, [f"{SCHEMA}.{table}"]).fetchall()
    return [int(name.removeprefix(f"{table}_")) for (name,) in partitions]


def _prepare(connection: psycopg.Connection, tables: Iterable[Table]) -> None:
    """Make the reference tables and the partitioned tables, or bring those that are there up to date; comments are renewed."""
    _create_schemas(connection)
    prepare_reference_tables(connection)
    for table in tables:
        there = columns_of(connection, table.name)
        if not there:
            _create_partitioned(connection, table)
        else:
            add_new_columns(connection, table, there)
        join_to_new_codes(connection, table)
        comment(connection, table)


def _create_schemas(connection: psycopg.Connection) -> None:
    for schema in (SCHEMA, LOADING):
        # IF NOT EXISTS would ask for the right to create one also where there is one.
        if connection.execute("SELECT to_regnamespace(%s)", [schema]).fetchone() == (None,):
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def _create_partitioned(connection: psycopg.Connection, table: Table) -> None:
    keys = [sql.SQL("PRIMARY KEY ({})").format(column_names(table.key))]
    keys += [sql.SQL("UNIQUE ({})").format(column_names(columns)) for columns in table.unique]
    connection.execute(
        sql.SQL("CREATE TABLE {} ({}) PARTITION BY LIST (data_year)").format(
            table_name(table.name), sql.SQL(", ").join([*column_definitions(table), *keys])
        )
    )


@dataclass(frozen=True)
class _Loading:
    """The tables of one year while they are made, in the schema `nibrs_loading`."""

    connection: psycopg.Connection
    url: str
    year: int
    tables: Mapping[str, Table]

    def _name(self, table: str) -> str:
        return f"{table}_{self.year}"

    def drop(self) -> None:
        names = sql.SQL(", ").join(table_name(self._name(table), LOADING) for table in self.tables)
        self.connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(names))

    def create(self) -> None:
        """Empty tables, whose columns take the order in which they need the least room; those of the warehouse keep theirs."""
        self.drop()
        for table in self.tables.values():
            of_year = sql.SQL("CHECK (data_year = {})").format(sql.Literal(self.year))
            self.connection.execute(
                sql.SQL("CREATE TABLE {} ({})").format(
                    table_name(self._name(table.name), LOADING),
                    sql.SQL(", ").join([*column_definitions(table, packed(table)), of_year]),
                )
            )

    def fill(self, datasets: "Mapping[str, ds.Dataset]", threads: ThreadPoolExecutor) -> dict[str, LoadedTable]:
        """The rows of all tables, with keys and statistics; the largest first, so that no thread is left with one at the end."""
        by_size = sorted(self.tables, key=lambda name: -datasets[name].count_rows())
        filled = threads.map(lambda name: self._fill_table(self.tables[name], datasets[name]), by_size)
        loaded = dict(zip(by_size, filled, strict=True))
        return {name: loaded[name] for name in self.tables}

    def _fill_table(self, table: Table, dataset: "ds.Dataset") -> LoadedTable:
        columns = packed(table)
        scanner = dataset.scanner(
            columns=[column.name for column in columns],
            batch_size=_ROWS_AT_ONCE,
            batch_readahead=1,
            fragment_readahead=1,
        )
        rows = CopyText(scanner.to_reader(), [column.name for column in columns if column.codes])
        name = table_name(self._name(table.name), LOADING)
        with _connected(self.url) as connection:
            with connection.transaction(), connection.cursor() as cursor:
                # Into a table that was emptied in the same transaction Postgres may write rows that need no later VACUUM, and,
                # with wal_level = minimal, no log of them.
                cursor.execute(sql.SQL("TRUNCATE {}").format(name))
                with cursor.copy(sql.SQL("COPY {} FROM STDIN (FREEZE)").format(name)) as copied:
                    for text in rows:
                        copied.write(text)
            self._add_keys(connection, table)
            connection.execute(sql.SQL("ANALYZE {}").format(name))
            add_unknown_codes(connection, table, rows.codes)
        return LoadedTable(rows.rows, rows.replaced)

    def _add_keys(self, connection: psycopg.Connection, table: Table) -> None:
        # No row is ever added, so that the pages of the indexes may be full.
        keys = [("PRIMARY KEY", table.key), *(("UNIQUE", columns) for columns in table.unique)]
        full = [
            sql.SQL("ADD {} ({}) WITH (fillfactor = 100)").format(sql.SQL(kind), column_names(columns))
            for kind, columns in keys
        ]
        self._alter(connection, table.name, sql.SQL(", ").join(full))

    def join(self, threads: ThreadPoolExecutor) -> None:
        """Foreign keys, those between the tables, whose keys are there, and those to the code tables."""
        for _ in threads.map(self._add_foreign_keys, self.tables.values()):
            pass

    def _add_foreign_keys(self, table: Table) -> None:
        reference = sql.SQL("FOREIGN KEY ({0}) REFERENCES {1} ({0})")
        with _connected(self.url) as connection:
            for target, columns in table.references.items():
                name = f"{self._name(table.name)}_{'_'.join(columns)}_fkey"
                referred = table_name(self._name(target), LOADING)
                with _merged(connection, table.key[: len(columns)] == columns):
                    self._add_foreign_key(connection, table, name, reference.format(column_names(columns), referred))
            for name, code_reference in code_references(table).items():
                self._add_foreign_key(connection, table, name, code_reference)

    def _add_foreign_key(
        self, connection: psycopg.Connection, table: Table, name: str, reference: sql.Composable
    ) -> None:
        # Apart, as adding and checking in one keeps the table that is referred to locked: others refer to it at the same time.
        constraint = sql.Identifier(name)
        self._alter(connection, table.name, sql.SQL("ADD CONSTRAINT {} {} NOT VALID").format(constraint, reference))
        self._alter(connection, table.name, sql.SQL("VALIDATE CONSTRAINT {}").format(constraint))

    def _alter(self, connection: psycopg.Connection, table: str, action: sql.Composable) -> None:
        connection.execute(sql.SQL("ALTER TABLE {} {}").format(table_name(self._name(table), LOADING), action))


@contextmanager
def _merged(connection: psycopg.Connection, in_order: bool) -> Iterator[None]:
    """Has a foreign key be checked by the indexes of both keys where these are in one order: half the work of hashing."""
    with connection.transaction():
        if in_order:
            connection.execute("SET LOCAL enable_hashjoin = off")
            connection.execute("SET LOCAL enable_seqscan = off")
            connection.execute("SET LOCAL enable_sort = off")
        yield


def _exchange(connection: psycopg.Connection, year: int, tables: Collection[Table]) -> None:
    """Put the loaded tables of `year` in place of the old ones, all in one transaction, when the readers let it."""
    names = sorted(table.name for table in tables)
    # A foreign key is dropped and joined under a lock of the table that it leads to. Other loads hold locks of code tables for
    # long: these are waited for before readers of the year are kept waiting.
    locked = [*code_tables_of(tables), *names]
    for attempt in range(_LOCK_TRIES):
        try:
            with connection.transaction():
                connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(_LOCK_TIMEOUT)))
                # Who prepares tables holds locks of several of them, in another order.
                _exclusively(connection, "nibrs tables", for_transaction=True)
                parents = sql.SQL(", ").join(sql.SQL("ONLY {}").format(table_name(name)) for name in locked)
                connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(parents))
                _exchange_locked(connection, year, names)
            return
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            if attempt + 1 == _LOCK_TRIES:
                raise
            time.sleep(1 + attempt)


def _exchange_locked(connection: psycopg.Connection, year: int, names: Sequence[str]) -> None:
    old = sql.SQL(", ").join(table_name(f"{name}_{year}") for name in names)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(old))
    for name in names:
        partition = f"{name}_{year}"
        connection.execute(
            sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(table_name(partition, LOADING), sql.Identifier(SCHEMA))
        )
        connection.execute(
            sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES IN ({})").format(
                table_name(name), table_name(partition), sql.Literal(year)
            )
        )


@contextmanager
def _explained(where: str) -> Iterator[None]:
    """Turns what the database refuses into an error for people."""
    try:
        yield
    except errors.DependentObjectsStillExist as error:
        advice = "drop what was made on the partition, or make it on the table itself"
        raise NibrsError(f"{where}: {_message(error)}; {advice}") from error
    except errors.InsufficientPrivilege as error:
        advice = "the user of NIBRS_WAREHOUSE_URL must own the database, or have been made by `nibrs roles`"
        raise NibrsError(f"{where}: {_message(error)}; {advice}") from error
    except psycopg.OperationalError as error:
        raise PassingError(f"{where}: {_message(error)}; what was loaded before stays") from error
    except psycopg.Error as error:
        raise NibrsError(f"{where}: {_message(error)}; what was loaded before stays") from error


def _message(error: psycopg.Error) -> str:
    detail = error.diag.message_detail
    message = error.diag.message_primary or " ".join(str(error).split())
    return f"{message} ({detail})" if detail else message
