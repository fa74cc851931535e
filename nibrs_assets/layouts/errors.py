"""The error of a layout file that is wrong, and where in the file it is."""

from dataclasses import dataclass
from pathlib import Path

from nibrs_assets.core.errors import NibrsError


class LayoutError(NibrsError):
    """A layout or code table that is wrong: names the file and the line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


@dataclass(frozen=True)
class Where:
    """A line of a layout file. Lines count from 1."""

    path: Path
    line: int

    def error(self, message: str) -> LayoutError:
        """The error that something is wrong here."""
        return LayoutError(self.path, self.line, message)


def shown(value: object) -> str:
    """A value as an error quotes it, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
