"""Reads the code tables: `codes/<name>.csv`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nibrs_assets.layouts.errors import LayoutError, Where
from nibrs_assets.layouts.model import OVERPUNCH, Code
from nibrs_assets.layouts.text import CsvFile

YEAR = re.compile(r"(19|20)\d\d", re.ASCII)

_RANGE = re.compile(r"(\d+)-(\d+)", re.ASCII)
_RANGE_DIGITS = 4
_COLUMNS = ["code", "label", "valid_from", "valid_to", "source"]


def read_codes(path: Path) -> tuple[Code, ...]:
    """The codes of a table, ranges spelled out."""
    codes: list[Code] = []
    file = CsvFile(path)
    if file.columns[: len(_COLUMNS)] != _COLUMNS:
        raise LayoutError(path, 1, f"a code table begins with the columns {','.join(_COLUMNS)}")
    for line, row in file.rows():
        where = Where(path, line)
        for code in _spelled_out(where, _code(where, row)):
            if any(other.code == code.code and _years_overlap(other, code) for other in codes):
                raise where.error(f"code {code.code!r} stands twice in the same years")
            codes.append(code)
    if not codes:
        raise LayoutError(path, 1, "holds no code; is the file whole?")
    if path.stem == OVERPUNCH:
        _check_overpunch(path, codes)
    return tuple(codes)


def _code(where: Where, row: dict[str, str]) -> Code:
    if not all(row[name].strip() for name in ("code", "label", "source")):
        raise where.error("code, label and source must not be empty")
    if not (YEAR.fullmatch(row["valid_from"]) and YEAR.fullmatch(row["valid_to"] or "2000")):
        raise where.error(
            f"valid_from {row['valid_from']!r} and valid_to {row['valid_to']!r} of code {row['code']!r} are not years; "
            "valid_from has to be one, such as 1991, valid_to may be empty"
        )
    valid_from, valid_to = int(row["valid_from"]), int(row["valid_to"]) if row["valid_to"] else None
    if valid_to is not None and valid_to < valid_from:
        raise where.error(f"{row['code']!r} is valid to {valid_to}, before it is valid from {valid_from}")
    facts = {name: value for name, value in row.items() if name not in _COLUMNS}
    return Code(row["code"], row["label"], valid_from, valid_to, row["source"], facts)


def _spelled_out(where: Where, code: Code) -> Iterator[Code]:
    """The code, or each code of a range such as 01-98, whose label has `{number}` in it."""
    if not (match := _RANGE.fullmatch(code.code)):
        yield code
        return
    first, last = match.groups()
    if not len(first) == len(last) <= _RANGE_DIGITS or first > last:
        raise where.error(f"{code.code!r} is no range such as 01-98")
    for number in range(int(first), int(last) + 1):
        label = code.label.replace("{number}", str(number))
        yield replace(code, code=f"{number:0{len(first)}d}", label=label)


def _years_overlap(one: Code, other: Code) -> bool:
    return one.valid_from <= (other.valid_to or 9999) and other.valid_from <= (one.valid_to or 9999)


def _check_overpunch(path: Path, codes: Sequence[Code]) -> None:
    for code in codes:
        if len(code.code) != 1 or not code.code.isascii() or code.facts.get("sign") not in ("1", "-1"):
            raise LayoutError(path, 1, f"{code.code!r} is no character with a sign of 1 or -1")
        if code.facts.get("digit") not in set("0123456789"):
            raise LayoutError(path, 1, f"{code.code!r} has no digit from 0 to 9")
