"""Programs that are started together with all that they start, and stopped together."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress

Process = subprocess.Popen[bytes]


def start(command: list[str], environment: Mapping[str, str] | None = None) -> Process:
    """Start a program in a session of its own, so that it and its children can be stopped together."""
    return subprocess.Popen(command, env=environment, start_new_session=True)


def stop(*processes: Process, patience: float = 15, by: signal.Signals = signal.SIGTERM) -> None:
    """Send programs and all that they started the signal `by`, and kill what has not ended after `patience` seconds."""
    for kind in (by, signal.SIGKILL):
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, kind)
        with suppress(subprocess.TimeoutExpired):
            for process in processes:
                process.wait(patience)
            return
