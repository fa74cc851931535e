"""The dashboard's questions: the files `sql/<name>.sql`, their parameters, and the tables that they name."""

import functools
import re
from pathlib import Path

_FOLDER = Path(__file__).parent / "sql"
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@functools.cache
def questions() -> tuple[str, ...]:
    """The names of all questions."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.sql")))


@functools.cache
def question(name: str) -> str:
    """The SQL of a question; KeyError where there is none of that name."""
    if name not in questions():
        raise KeyError(name)
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


@functools.cache
def parameters_of(name: str) -> tuple[str, ...]:
    """The parameters that a question takes."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(question(name))))


@functools.cache
def most_rows(name: str) -> int:
    """How many rows a question is answered with at most: its LIMIT."""
    [limit] = re.findall(r"\bLIMIT (\d+)\b", question(name))
    return int(limit)


@functools.cache
def tables_read() -> tuple[str, ...]:
    """The tables of the warehouse that any question names."""
    found = {table for name in questions() for table in re.findall(r"\bnibrs\.([a-z0-9_]+)", question(name))}
    return tuple(sorted(found))
