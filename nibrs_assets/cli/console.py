"""What the commands share: output, errors, the option --kind."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind

if TYPE_CHECKING:
    from nibrs_assets.core.settings import Settings

# A pipe has no width; a table in it is better wide than cut.
out = Console(width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True)

PATH = click.Path(path_type=Path)
INTERRUPTED = 130
"""Exit code of a command that Ctrl-C or SIGTERM ended."""


class CommandGroup(click.Group):
    """Shows errors that users can act on as one line, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; exit 1 with one line on stderr for an error that its user can act on."""
        try:
            return super().invoke(ctx)
        except NibrsError as error:
            click.echo(f"nibrs: {error}", err=True)
        except OSError as error:
            click.echo(f"nibrs: {error.filename or 'the system'}: {error.strerror or error}", err=True)
        sys.exit(1)


class KindType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5 only
    """A kind of master file by its name on the command line; the layouts are read when a command is run, not before."""

    name = "kind"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FileKind:
        """The kind of master file that a name stands for; any other name ends the command."""
        if isinstance(value, FileKind):
            return value
        kinds = {kind.cli_name: kind for kind in shipped_layouts().kinds.values()}
        return kinds[str(self._choice().convert(value, param, ctx))]

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """The names to choose from, as the help shows them."""
        return self._choice().get_metavar(param, ctx)

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str | None:
        """The names to choose from, as an error shows them."""
        return self._choice().get_missing_message(param, ctx)

    @staticmethod
    def _choice() -> "click.Choice[str]":
        return click.Choice([kind.cli_name for kind in shipped_layouts().kinds.values()])


KIND = KindType()


def settings_given() -> "Settings":
    """The settings of the environment; `NibrsError` for a wrong value."""
    # pydantic-settings takes a third of a second to import: too much for `--help` and `decode`.
    from nibrs_assets.core.settings import Settings

    return Settings.from_environment()


def wait(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a child that gets the terminal's Ctrl-C itself."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on a terminal, nothing elsewhere; call it with how much is done and how much there is."""
    columns = (TextColumn(what), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def refuse_remote(folder: Path) -> None:
    """Raises `NibrsError` for a URL where a folder is wanted."""
    if str(folder).startswith(("s3:", "file:")):
        raise NibrsError(f"{folder}: --out takes a folder of this machine; NIBRS_LAKE_URI puts a whole lake elsewhere")


@contextmanager
def removed_if_failing(folder: Path) -> Iterator[None]:
    """Remove `folder`, and the parents made along with it, when what is done inside fails."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        yield
    except BaseException:
        if made:
            shutil.rmtree(made[-1], ignore_errors=True)
        raise
