"""Notices that somebody asked the process to stop, whatever the libraries that were at work made of the signal."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STOPS = frozenset({signal.SIGINT, signal.SIGTERM})


@contextmanager
def noticing_interrupts() -> Iterator[Callable[[], bool]]:
    """Gives a function that says, inside, whether SIGINT or SIGTERM has come since it was entered; may be nested.

    DuckDB and Arrow turn the exception of a signal handler into errors of their own, and Dagster replaces the handlers. Python
    reports every signal to its wakeup file descriptor all the same. Only the main thread gets signals; others notice nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    seen = bytearray()

    def came() -> bool:
        while received := _read(reader):
            seen.extend(received)
        return not _STOPS.isdisjoint(seen)

    outer = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield came
    finally:
        signal.set_wakeup_fd(outer, warn_on_full_buffer=False)
        came()
        if outer != -1 and seen:
            os.write(outer, seen)
        os.close(reader)
        os.close(writer)


def _read(file: int) -> bytes:
    try:
        return os.read(file, 4096)
    except BlockingIOError:
        return b""
