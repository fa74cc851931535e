"""Turns errors meant for people into Dagster failures that show the message and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb
from dagster._core.errors import DagsterExecutionInterruptedError

from nibrs_assets.core.errors import NibrsError, PassingError

_INTERRUPTED = "Query interrupted"


@contextmanager
def failing_for_people() -> Iterator[None]:
    """Inside, a `NibrsError` fails the step with its message; only a `PassingError` is retried, as else the input is the same.

    So does what the machine has too little of: room on a disk, memory. A signal to stop that comes while DuckDB works ends the
    run, as one that comes at another moment does.
    """
    try:
        yield
    except NibrsError as error:
        raise dg.Failure(description=str(error), allow_retries=isinstance(error, PassingError)) from None
    except Exception as error:
        # DuckDB makes an error of the signal, and Arrow one of its own of that. As others it would be retried, and the run go on.
        if _INTERRUPTED in str(error):
            raise DagsterExecutionInterruptedError from error
        if told := _shortage(error):
            raise dg.Failure(description=told, allow_retries=False) from None
        raise


def _shortage(error: Exception) -> str | None:
    """What the machine has too little of, in a line; None for other errors."""
    match error:
        case OSError():
            what = f"{error.filename or 'the system'}: {error.strerror or error}"
            return f"{_line(what)}; what was there before stays"
        case duckdb.OutOfMemoryException() | duckdb.IOException():
            advice = "give it more by NIBRS_MEMORY_LIMIT, or room on the disk of the lake, to which it spills"
            return f"DuckDB: {_line(str(error))}; {advice}"
    return None


def _line(message: str) -> str:
    return message.strip().partition("\n")[0]
