"""Turns errors meant for people into Dagster failures that show the message and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

from nibrs_assets.errors import NibrsError, PassingError


@contextmanager
def failing_for_people() -> Iterator[None]:
    """Inside, a `NibrsError` fails the step with its message; only a `PassingError` is retried, as else the input is the same.

    So does what the machine has too little of: room on a disk, memory.
    """
    try:
        yield
    except NibrsError as error:
        raise dg.Failure(description=str(error), allow_retries=isinstance(error, PassingError)) from None
    except OSError as error:
        what = f"{error.filename or 'the system'}: {error.strerror or error}"
        raise dg.Failure(description=f"{_line(what)}; what was there before stays", allow_retries=False) from None
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        advice = "give it more by NIBRS_MEMORY_LIMIT, or room on the disk of the lake, to which it spills"
        raise dg.Failure(description=f"DuckDB: {_line(str(error))}; {advice}", allow_retries=False) from None


def _line(message: str) -> str:
    return message.strip().partition("\n")[0]
