"""Validates YAML files by the models of `shapes.py`. A mistake is told by file and line, in plain English."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nibrs_assets.layouts.errors import LayoutError, shown
from nibrs_assets.layouts.shapes import HAS_TO_BE, NO_ENTRY, UNKNOWN_KEY
from nibrs_assets.layouts.text import YamlList, YamlMapping, read_yaml

_Shape = TypeVar("_Shape", bound=BaseModel)

_KEY_ITSELF = "[key]"
"""pydantic's last step to an error that is in a key, not in its value."""


def read_shape(path: Path, shape: type[_Shape]) -> _Shape:
    """The content of the YAML file `path`. Raises `LayoutError` when it is not of this shape."""
    return validated(path, read_yaml(path), shape)


def validated(path: Path, content: YamlMapping, shape: type[_Shape]) -> _Shape:
    """The `content` of the file `path` as an object. Raises `LayoutError` when it is not of this shape."""
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        problems = [_problem(content, details) for details in error.errors(include_url=False)]
        line, message = min(problems, key=lambda problem: problem[0])
        raise LayoutError(path, line, message) from None


@dataclass(frozen=True)
class _Value:
    """A value of the file: the line of the innermost mapping or item it is in, and the key it is the value of, or an item of."""

    value: Any
    line: int
    key: str
    is_item: bool


def _at(content: YamlMapping, steps: tuple[int | str, ...]) -> _Value:
    """The value that pydantic takes these steps to."""
    found = _Value(content, content.line, "the file", is_item=False)
    for step in steps:
        value, line, key, is_item = found.value, found.line, found.key, found.is_item
        # A step may be no part of the file: the tag of a union, a key that is missing.
        if isinstance(value, YamlMapping) and step in value:
            value, key, is_item = value[step], shown(step).strip("'"), False
        elif isinstance(value, YamlList) and isinstance(step, int):
            value, line, is_item = value[step], value.lines[step], True
        found = _Value(value, value.line if isinstance(value, YamlMapping) else line, key, is_item)
    return found


def _problem(content: YamlMapping, details: ErrorDetails) -> tuple[int, str]:
    """The line of what is wrong, and what is wrong with it."""
    kind, message, steps = details["type"], details["msg"], details["loc"]
    found = _at(content, steps)
    if kind == UNKNOWN_KEY:
        problem = message
    elif kind == NO_ENTRY:
        problem = f"{shown(found.value)} in {found.key} {message}"
    elif kind == "missing":
        problem = f"{str(steps[-1])!r} is missing"
    elif kind == "too_short" and not found.value:
        problem = f"{found.key} is empty"
    elif steps[-1:] == (_KEY_ITSELF,):
        problem = f"the key {shown(steps[-2])} has to be {message}"
    elif found.is_item:
        problem = f"{shown(found.value)} in {found.key} has to be {_wanted(details)}"
    else:
        problem = f"{found.key} is {shown(found.value)}; it has to be {_wanted(details)}"
    return found.line, problem


def _wanted(details: ErrorDetails) -> str:
    """What a value has to be instead."""
    match details["type"]:
        case str(kind) if kind == HAS_TO_BE:
            return details["msg"]
        case "list_type":
            return "a list"
        case "dict_type" | "model_type":
            return "a mapping"
        case "too_short":
            return f"{details['ctx']['min_length']} or more"
    return f"otherwise ({details['msg']})"
