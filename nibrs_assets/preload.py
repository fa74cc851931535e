"""Loaded once by the process that step processes are forked from, never by anything else: what every step needs, already read."""

import ctypes
import os
import signal
import sys

import nibrs_assets.definitions  # noqa: F401
from nibrs_assets.catalog.tables import shipped_tables

_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """A run that is killed takes its steps along: else they would go on beside those of the run that is started in its place."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if sys.platform == "linux":
    _end_with_parent()
    os.register_at_fork(after_in_child=_end_with_parent)

shipped_tables()
