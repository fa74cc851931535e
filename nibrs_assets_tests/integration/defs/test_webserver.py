"""Dagster's own programs accept the project."""

import subprocess
import sys
from pathlib import Path

from nibrs_assets_tests.support.samples import REPOSITORY


def test_the_webserver_and_dg_accept_the_project() -> None:
    for command in (["dagster", "definitions", "validate", "-w", "workspace.yaml"], ["dg", "check", "defs"]):
        program = Path(sys.executable).with_name(command[0])
        result = subprocess.run(
            [str(program), *command[1:]], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
