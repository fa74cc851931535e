"""The `nibrs` command in a process of its own, with no settings but those given."""

import os
import subprocess
import sys
from pathlib import Path


def nibrs(*arguments: str | Path, home: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `nibrs ARGUMENTS` to its end."""
    command, environment = _command(*arguments, home=home)
    environment |= settings
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def start(*arguments: str, home: Path) -> subprocess.Popen[str]:
    """Start `nibrs ARGUMENTS`, with its errors to read."""
    command, environment = _command(*arguments, home=home)
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)


def _command(*arguments: str | Path, home: Path | None) -> tuple[list[str], dict[str, str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("NIBRS_", "DAGSTER_"))}
    if home:
        environment["NIBRS_HOME"] = str(home)
    return [str(Path(sys.executable).with_name("nibrs")), *map(str, arguments)], environment
