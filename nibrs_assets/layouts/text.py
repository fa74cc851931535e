"""Reads YAML and CSV files and remembers on which line each value stands."""

import csv
import io
import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

from nibrs_assets.layouts.errors import LayoutError

_CONTROL = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class YamlMapping(dict[Any, Any]):
    """A mapping that knows the line it begins on."""

    line: int


class YamlList(list[Any]):
    """A list that knows the line of each item."""

    lines: list[int]


_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _LineLoader(_SafeLoader):  # type: ignore[valid-type, misc]
    """A safe YAML loader that makes `YamlMapping` and `YamlList`, and refuses a key that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return mapping

    def lined_mapping(self, node: yaml.MappingNode) -> Iterator[YamlMapping]:
        mapping = YamlMapping()
        mapping.line = node.start_mark.line + 1
        yield mapping
        mapping.update(self.construct_mapping(node))

    def lined_list(self, node: yaml.SequenceNode) -> Iterator[YamlList]:
        items = YamlList()
        items.lines = [item.start_mark.line + 1 for item in node.value]
        yield items
        items.extend(self.construct_sequence(node))


_LineLoader.add_constructor("tag:yaml.org,2002:map", _LineLoader.lined_mapping)
_LineLoader.add_constructor("tag:yaml.org,2002:seq", _LineLoader.lined_list)


def read_yaml(path: Path) -> YamlMapping:
    """The mapping that a YAML file holds."""
    try:
        content = yaml.load(_read_text(path), Loader=_LineLoader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise LayoutError(path, line, f"not readable as YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LayoutError(path, 1, f"not readable as YAML: {error}") from None
    if not isinstance(content, YamlMapping):
        raise LayoutError(path, 1, "has to be a mapping of keys")
    return content


class CsvFile:
    """A CSV file: its columns, and its rows with the line each begins on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader = csv.DictReader(io.StringIO(_read_text(path), newline=""), strict=True)
        try:
            self.columns = list(self._reader.fieldnames or [])
        except csv.Error as error:
            raise LayoutError(path, 1, f"not readable as CSV: {error}") from None
        if len(set(self.columns)) < len(self.columns) or not all(self.columns):
            raise LayoutError(path, 1, "a column stands twice, or has no name")

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows with their lines. A value that spans lines is an error: a stray quote has swallowed rows."""
        before = self._reader.line_num
        try:
            for row in self._reader:
                if any("\n" in value for value in row.values() if isinstance(value, str)):
                    raise LayoutError(
                        self._path, before + 1, "a value goes on in the next line; is there a quote too many?"
                    )
                before = self._reader.line_num
                if None in row or None in row.values():
                    raise LayoutError(self._path, before, "more or fewer values than columns")
                yield before, row
        except csv.Error as error:
            raise LayoutError(self._path, before + 1, f"not readable as CSV: {error}") from None


def _read_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LayoutError(path, 1, f"can't be read: {error.strerror}; is the installation complete?") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise LayoutError(path, line, f"byte {error.object[error.start]:02x} is not UTF-8") from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise LayoutError(path, line, f"the control character {found[0]!r} does not belong in a text")
    return text
