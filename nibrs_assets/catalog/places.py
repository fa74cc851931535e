"""The reference tables of places: counties, their people, the agencies in them, regions, and what was published; from `places/`.

They are CSV files that ship with the package; users extend some of them with files of their own in `$NIBRS_HOME/places`.
`places/README.md` says where the data come from and which files users may add; `sql/tables.yaml` describes the tables. Here is
what makes a row of places wrong: a county that does not exist, a county in two regions, a region that nobody has.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from nibrs_assets.catalog import csv_tables
from nibrs_assets.catalog.csv_tables import (
    CsvError,
    CsvRow,
    RowCheck,
    batches_of,
    read_rows,
    shipped_files,
    users_files,
)
from nibrs_assets.catalog.model import REFERENCE, CsvSource, Table
from nibrs_assets.catalog.notation import notes_without_sql, shared_descriptions
from nibrs_assets.core.kept import kept
from nibrs_assets.core.sql_text import Value

_COUNTY, _REGION, _PEER_REGION = "county", "region", "peer_region"

_Seen = Mapping[tuple[Value, ...], CsvRow]


@functools.cache
def place_tables() -> dict[str, Table]:
    """The tables of places by name."""
    notes = notes_without_sql()[REFERENCE]
    return {name: note.table(REFERENCE, shared_descriptions()) for name, note in notes.items() if note.files}


def place_batches(table: Table, users_folder: Path) -> Iterator[pa.RecordBatch]:
    """The rows of the shipped files and of the users' in `users_folder`; raises `CsvError` at the first wrong row."""
    assert isinstance(table.filled_by, CsvSource)
    if users_files(table.filled_by, users_folder):
        return batches_of(table, place_rows(table, users_folder))
    return iter(_shipped_batches(table, table.filled_by))


def _shipped_batches(table: Table, files: CsvSource) -> list[pa.RecordBatch]:
    """The rows of the shipped files alone: reading their hundred thousand lines takes seconds, and is done once."""
    counties = place_tables()[_COUNTY].filled_by
    assert isinstance(counties, CsvSource)
    read_by = [Path(__file__), Path(csv_tables.__file__)]
    inputs = {*shipped_files(files), *shipped_files(counties), *read_by}
    written = [(column.name, column.type) for column in table.columns]
    versions = f"{pa.__version__} {written} {table.key} {files}"
    return kept(f"place_{table.name}", inputs, versions, lambda: list(batches_of(table, place_rows(table, Path()))))


def place_rows(table: Table, users_folder: Path) -> Iterator[tuple[Value, ...]]:
    """The rows in the order of the columns, no key twice; see `place_batches`."""
    assert isinstance(table.filled_by, CsvSource)
    seen: dict[tuple[Value, ...], CsvRow] = {}
    for row in read_rows(table, table.filled_by, users_folder, _row_check(table)):
        seen[row.key] = row
        yield row.values
    if table.name == _REGION:
        _refuse_counties_in_two_regions(seen)
    elif table.name == _PEER_REGION:
        _refuse_unknown_regions(seen, users_folder)


def _row_check(table: Table) -> RowCheck:
    """What makes a row of `table` wrong beside its types."""

    def refused(given: Mapping[str, str], written: Mapping[str, str]) -> str | None:
        if "year" in given and not 1900 <= int(given["year"]) <= 2100:
            return f"year is {given['year']!r}, no year"
        if table.name != _COUNTY and "county_fips" in given:
            return _refused_county(given["county_fips"], written)
        return None

    return refused


def _refused_county(code: str, written: Mapping[str, str]) -> str | None:
    if not re.fullmatch(r"\d{5}", code):
        advice = f"; is it {int(code):05d}?" if re.fullmatch(r"\d{4}", code) else ""
        return f"{code!r} is no FIPS code of a county, which has five digits{advice}"
    counties = shipped_counties()
    if code not in counties:
        return f"{code} is the FIPS code of no county that places/county.csv has"
    # A name beside the code must not be that of another county: a county and a city of one name (trap T45).
    name = written.get("county", "")
    if name and not name.isdigit() and _plain(name) != _plain(counties[code][0]):
        same_state = (other for other in counties if other[:2] == code[:2])
        if other := next((c for c in same_state if _plain(counties[c][0]) == _plain(name)), None):
            return f"{code} is {counties[code][0]}, not {name.strip()}, which is {other}"
    return None


def _plain(name: str) -> str:
    """A county's name without what is sometimes written and sometimes not; a city keeps its "city"."""
    name = name.lower().replace("(city)", "city")
    return re.sub(r"\b(county|parish|borough|census area|municipio)\b|[^a-zà-ÿ]", "", name)


def _refuse_counties_in_two_regions(seen: _Seen) -> None:
    """A former county and the one that it is counted in are one: a set may have both in one region only."""
    for (region_set, code), row in seen.items():
        counted_in = shipped_counties()[str(code)][1]
        other = seen.get((region_set, counted_in))
        if other and other.values[1] != row.values[1]:
            message = f"{code} is counted in {counted_in}, which line {other.line} has in another region; take it away"
            raise CsvError(row.path, row.line, message)


def _refuse_unknown_regions(seen: _Seen, users_folder: Path) -> None:
    regions = place_rows(place_tables()[_REGION], users_folder) if seen else ()
    known = {(region_set, region) for region_set, region, *_ in regions}
    for (_, region_set, region), row in seen.items():
        if (region_set, region) not in known:
            message = f"there is no region {region} in a set of regions {region_set}"
            raise CsvError(row.path, row.line, message)


@functools.cache
def shipped_counties() -> dict[str, tuple[str, str | None]]:
    """Name of each county by FIPS code, and the county that a former one is counted in."""
    rows = place_rows(place_tables()[_COUNTY], Path())
    return {str(code): (str(name), str(other) if other else None) for code, name, _, other in rows}
