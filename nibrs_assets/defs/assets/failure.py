"""Turns errors that users can act on into Dagster failures that show the message and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

from nibrs_assets.core.errors import NibrsError, PassingError
from nibrs_assets.core.interrupts import noticing_interrupts


@contextmanager
def user_errors_as_failures() -> Iterator[None]:
    """Inside, a `NibrsError` fails the step with its message, and so does a lack of memory or disk space.

    Only a `PassingError` is retried, as all other input stays the same. A signal to stop that comes while DuckDB works ends the
    run, as it does at any other moment: the error that DuckDB raises for it would be retried, and the run would go on.

    Do not yield inside it: Dagster replaces signal handlers between the steps of a generator.
    """
    with noticing_interrupts() as interrupted:
        try:
            yield
        except Exception as error:
            if interrupted():
                raise dg.DagsterExecutionInterruptedError from error
            if isinstance(error, NibrsError):
                raise dg.Failure(str(error), allow_retries=isinstance(error, PassingError)) from None
            if message := shortage(error):
                raise dg.Failure(message, allow_retries=False) from None
            raise
        if interrupted():
            raise dg.DagsterExecutionInterruptedError


def shortage(error: Exception) -> str | None:
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
