"""The dashboard's questions to the warehouse: the files `sql/<name>.sql`, asked as the reader, answers kept while the tables stay.

An answer is kept by its question, its parameters and the state of the warehouse: loading a year makes other tables of it, and of
tables of no year Postgres counts what is written to them, so that what was kept is asked anew.

No SQL is put together here; parameters go to Postgres beside it.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from cachetools import LRUCache
from psycopg import errors, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.dashboard.questions import PLACEHOLDER, parameters_of, question

_CONNECTIONS = 4
"""Of a process: the pages of twenty users take turns in them for milliseconds."""

_PATIENCE = 10  # seconds for a connection
_STATEMENT_TIMEOUT = 20_000  # milliseconds
_KEPT_VALUES = 2_000_000
"""Values that are kept at most, some 200 MB."""

_STATE_HOLDS = 5  # seconds until the state of the warehouse is asked for again

_SESSION = "-c default_transaction_read_only=on -c jit=off -c plan_cache_mode=force_custom_plan"
"""Read-only also where NIBRS_READER_URL is that of somebody who may write. Compiling a question takes longer than answering it, and
a plan made for any values reads all years."""

_STATE = """
    SELECT
        count(*),
        coalesce(sum(oid::bigint), 0),
        coalesce(max(oid::bigint), 0),
        sum(pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid))
            FILTER (WHERE NOT relispartition)
    FROM pg_class
    WHERE relnamespace = to_regnamespace('nibrs') AND relkind = 'r'
"""

Value = str | int | float | bool | list[int] | None


class NothingLoadedError(NibrsError):
    """The warehouse has none of the tables that the dashboard reads."""


class AddressError(NibrsError):
    """An address gives what no question can be asked with."""


@dataclass(frozen=True)
class Answer:
    """The rows of a question, with the question as it was asked."""

    name: str
    parameters: Mapping[str, Value]
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def dicts(self) -> list[dict[str, object]]:
        """The rows as dictionaries, by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def sql(self) -> str:
        """The SQL with the parameters in it, as one would run it by hand."""
        return PLACEHOLDER.sub(lambda found: _literal(self.parameters[found[1]]), question(self.name)).strip()


@dataclass(frozen=True)
class _State:
    """Which tables the warehouse has, and when it was asked."""

    tables: tuple[object, ...]
    asked: float


def plain(words: str) -> str:
    """Words in which nothing has a meaning of its own for LIKE."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")


class Queries:
    """Asks the warehouse at `url`; for any number of threads. Connections are opened when the first question is asked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._pool: ConnectionPool | None = None
        self._state: _State | None = None
        self._kept: LRUCache[object, Answer] = LRUCache(
            _KEPT_VALUES, getsizeof=lambda answer: 16 + len(answer.rows) * len(answer.columns)
        )

    def ask(self, name: str, /, **parameters: Value) -> Answer:
        """The answer to a question. Raises `NothingLoadedError` where its tables are not there, `NibrsError` for other trouble."""
        given = {key: parameters[key] for key in parameters_of(name)}
        asked = (name, self._tables(), *(tuple(v) if isinstance(v, list) else v for v in given.values()))
        with self._lock:
            if kept := self._kept.get(asked):
                return kept
        with self._connection() as connection:
            # The text is that of a file of the package.
            cursor = connection.execute(question(name), given)
            columns = tuple(column.name for column in cursor.description or ())
            answer = Answer(name, given, columns, tuple(cursor.fetchall()))
        with self._lock:
            if self._kept.getsizeof(answer) <= self._kept.maxsize:
                self._kept[asked] = answer
        return answer

    def close(self) -> None:
        """Close all connections; the next question opens new ones."""
        with self._lock:
            if self._pool:
                self._pool.close()
            self._pool = None

    def _tables(self) -> tuple[object, ...]:
        state = self._state
        if state is None or time.monotonic() - state.asked > _STATE_HOLDS:
            with self._connection() as connection:
                tables = connection.execute(_STATE).fetchone() or ()
            state = self._state = _State(tuple(tables), time.monotonic())
        return state.tables

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        try:
            with self._opened().connection() as connection:
                yield connection
        except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn) as error:
            raise NothingLoadedError(
                f"the warehouse lacks what this page shows ({error.diag.message_primary}); run `make run`, or `nibrs run`"
            ) from None
        except errors.QueryCanceled:
            raise NibrsError(
                f"the warehouse took longer than {_STATEMENT_TIMEOUT // 1000} s to answer; try again later"
            ) from None
        except errors.InsufficientPrivilege as error:
            raise NibrsError(
                f"the reader may not read this ({error.diag.message_primary}); run `nibrs roles` as its owner"
            ) from None
        except psycopg.DataError as error:
            # What an address gives is no text of Postgres (a NUL), no pattern, or a number too large.
            raise AddressError(f"nothing is there for this address ({error.diag.message_primary or error})") from None
        except (PoolTimeout, psycopg.OperationalError):
            raise NibrsError("the warehouse can't be reached; see whether it runs, and NIBRS_READER_URL") from None

    def _opened(self) -> ConnectionPool:
        with self._lock:
            if self._pool is None:
                options = f"{_SESSION} -c statement_timeout={_STATEMENT_TIMEOUT}"
                self._pool = ConnectionPool(
                    self._url,
                    min_size=1,
                    max_size=_CONNECTIONS,
                    open=True,
                    timeout=_PATIENCE,
                    kwargs={
                        "autocommit": True,
                        "prepare_threshold": 1,
                        "options": options,
                        "application_name": "nibrs dashboard",
                    },
                    check=ConnectionPool.check_connection,
                )
            return self._pool


def _literal(value: Value) -> str:
    return sql.Literal(value).as_string(None)


def _year(text: str) -> int:
    if not re.fullmatch(r"[0-9]{4}", text):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


READ: Mapping[str, Callable[[str], Value]] = {
    "year": _year,
    "before": _year,
    "offset": _number,
    "population": _number,
    "years": lambda text: [_year(year) for year in text.split(",")],
}
"""How a parameter is read from an address; those that are not here are text."""


def written(value: Value) -> str:
    """A parameter as an address has it."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def read_parameters(name: str, given: Mapping[str, str]) -> dict[str, Value]:
    """The parameters of a question as an address gives them; ValueError where one is missing or can't be read."""
    missing = [key for key in parameters_of(name) if key not in given]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    return {key: READ.get(key, str)(given[key]) for key in parameters_of(name)}
