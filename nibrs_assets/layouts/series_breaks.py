"""Reads `series_breaks.csv`: the years from which on codes mean or count something else."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from nibrs_assets.layouts.codes import YEAR
from nibrs_assets.layouts.errors import LayoutError, Where
from nibrs_assets.layouts.model import Code, SeriesBreak
from nibrs_assets.layouts.text import CsvFile

_COLUMNS = [field.name for field in dataclasses.fields(SeriesBreak)]


def read_series_breaks(path: Path, codes: Mapping[str, tuple[Code, ...]]) -> tuple[SeriesBreak, ...]:
    """The breaks, each of a code that the code tables have."""
    file = CsvFile(path)
    if file.columns != _COLUMNS:
        raise LayoutError(path, 1, f"must have the columns {','.join(_COLUMNS)}")
    lines: dict[tuple[str, str, str, int], int] = {}
    breaks: list[SeriesBreak] = []
    for line, row in file.rows():
        where = Where(path, line)
        found = _series_break(where, row, codes)
        key = (found.code_table, found.code, found.series, found.year)
        if key in lines:
            raise where.error(f"the break {key} stands in line {lines[key]} already")
        lines[key] = line
        breaks.append(found)
    return tuple(breaks)


def _series_break(where: Where, row: dict[str, str], codes: Mapping[str, tuple[Code, ...]]) -> SeriesBreak:
    if not all(value for name, value in row.items() if name != "comparable_by"):
        raise where.error("only comparable_by may be empty")
    table, code = row["code_table"], row["code"]
    if table not in codes:
        raise where.error(f"there is no codes/{table}.csv")
    if code not in {"*", *(known.code for known in codes[table])}:
        raise where.error(f"{code!r} is no code of codes/{table}.csv")
    if not YEAR.fullmatch(row["year"]):
        raise where.error(f"{row['year']!r} is no year")
    return SeriesBreak(row["series"], table, code, int(row["year"]), row["change"], row["comparable_by"], row["source"])
