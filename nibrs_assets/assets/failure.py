"""Turns errors meant for people into Dagster failures that show the message and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from nibrs_assets.errors import NibrsError, PassingError


@contextmanager
def failing_for_people() -> Iterator[None]:
    """Inside, a `NibrsError` fails the step with its message. It is retried only if it may pass, else nothing would change."""
    try:
        yield
    except NibrsError as error:
        raise dg.Failure(description=str(error), allow_retries=isinstance(error, PassingError)) from None
