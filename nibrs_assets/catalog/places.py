"""The reference tables of places: counties, their people, the agencies in them, regions, and what was published; from `places/`.

They are CSV files that ship with the package. Users extend some of them by dropping CSV files of their own into a folder of
`$NIBRS_HOME/places` (`PlaceTable.folder`): those are read with the shipped ones, row by row, and refused in plain words, with file
and line, where they are wrong. `places/README.md` says where the data come from and what may be dropped.
"""

import csv
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.core.sql_text import Value, postgres_type, quoted

_ARROW_TYPES: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
}
_ROWS_A_BATCH = 1 << 16

_Seen = dict[tuple[Value, ...], tuple[Path, int, tuple[Value, ...]]]
"""File, line and row by key."""


class PlaceError(NibrsError):
    """A file of places that is wrong: names the file and the line."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")


@dataclass(frozen=True)
class PlaceColumn:
    """A column of a table of places. `written_as` are the headers that it may have in a CSV file, the first that is there."""

    name: str
    type: str
    description: str
    written_as: tuple[str, ...] = ()
    is_required: bool = True

    @property
    def postgres_type(self) -> str:
        """The column's type in Postgres."""
        return postgres_type(self.type)

    @property
    def comment(self) -> str:
        """The column's comment in Postgres."""
        return self.description

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that the column may have in a CSV file."""
        return self.written_as or (self.name,)


@dataclass(frozen=True)
class PlaceTable:
    """A table of places, read from CSV files.

    `shipped` is a file or folder in `places/`, `folder` is where users drop files, below `$NIBRS_HOME/places`; `named_by_file` is
    the column that a file's name gives. A row of a user's file replaces the shipped one of the same key where `is_replaceable`.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[PlaceColumn, ...]
    shipped: str | None = None
    folder: str | None = None
    named_by_file: str | None = None
    is_replaceable: bool = False
    code_table: str | None = None

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return pa.schema([(column.name, _ARROW_TYPES[column.type]) for column in self.columns])

    @property
    def sql(self) -> str:
        """SELECT of the columns without a row, for who asks for types only."""
        columns = ", ".join(f"NULL::{column.type} AS {quoted(column.name)}" for column in self.columns)
        return f"SELECT {columns} WHERE false"

    def batches(self, dropped: Path) -> Iterator[pa.RecordBatch]:
        """The rows of the shipped files and of those in `dropped`; raises `PlaceError` at the first wrong row."""
        left = self.rows(dropped)
        while rows := list(islice(left, _ROWS_A_BATCH)):
            columns = zip(*rows, strict=True)
            typed = [pa.array(c, f.type) for c, f in zip(columns, self.schema, strict=True)]
            yield pa.RecordBatch.from_arrays(typed, schema=self.schema)

    def rows(self, dropped: Path) -> Iterator[tuple[Value, ...]]:
        """The rows in the order of the columns, no key twice; see `batches`."""
        users = sorted((dropped / self.folder).glob("*.csv")) if self.folder else []
        _refuse_shipped_names(self, users)
        replaced = {key for key, *_ in self._keyed(users)} if self.is_replaceable else set()
        seen: _Seen = {}
        for key, row, path, line in self._keyed([*self._shipped_files(), *users]):
            if key in replaced and path not in users:
                continue
            if key in seen:
                before, of_line, _ = seen[key]
                where = f"line {of_line}" if before == path else f"{before}, line {of_line}"
                raise PlaceError(path, line, f"{_shown(key)} stands twice, before in {where}; take one of the two away")
            seen[key] = (path, line, row)
            yield row
        if self.name == "region":
            _refuse_counties_in_two_regions(seen)
        elif self.name == "peer_region":
            _refuse_unknown_regions(seen, dropped)

    def _shipped_files(self) -> list[Path]:
        if not self.shipped:
            return []
        path = shipped_folder("places") / self.shipped
        return [path] if path.is_file() else sorted(path.glob("*.csv"))

    def _keyed(self, paths: list[Path]) -> Iterator[tuple[tuple[Value, ...], tuple[Value, ...], Path, int]]:
        """Key, row, file and line."""
        places = [[column.name for column in self.columns].index(name) for name in self.key]
        for path in paths:
            for line, row in self._rows_of(path):
                yield tuple(row[place] for place in places), row, path, line

    def _rows_of(self, path: Path) -> Iterator[tuple[int, tuple[Value, ...]]]:
        for line, written in _read(path):
            if line == 1:
                found = {
                    column.name: _header(column, written)
                    for column in self.columns
                    if column.name != self.named_by_file
                }
                missing = [c for c in self.columns if c.is_required and c.name in found and found[c.name] is None]
                if missing:
                    names = " or ".join(missing[0].headers)
                    raise PlaceError(path, 1, f"there is no column {names}; the first line names the columns")
                continue
            given = {name: written[header].strip() if header else "" for name, header in found.items()}
            if self.named_by_file:
                given[self.named_by_file] = path.stem
            refused = _refused(self, given, written)
            if refused:
                raise PlaceError(path, line, refused)
            yield line, tuple(_value(column, given[column.name]) for column in self.columns)


def _read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a CSV file with their numbers; the first gives the headers themselves, by their lower case."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            headers = [name.strip().lower() for name in next(reader, [])]
            yield 1, dict.fromkeys(headers, "")
            for values in reader:
                if not any(value.strip() for value in values):
                    continue
                if len(values) != len(headers):
                    message = f"{len(values)} values under {len(headers)} columns; is a comma missing, or one too many?"
                    raise PlaceError(path, reader.line_num, message)
                yield reader.line_num, dict(zip(headers, values, strict=True))
    except UnicodeDecodeError:
        raise PlaceError(path, 1, "is no UTF-8 text; save it as CSV UTF-8") from None
    except csv.Error as error:
        raise PlaceError(path, reader.line_num, f"can't be read as CSV ({error})") from None


def _header(column: PlaceColumn, written: Mapping[str, str]) -> str | None:
    return next((name for name in column.headers if name in written), None)


def _value(column: PlaceColumn, written: str) -> Value:
    if not written:
        return None
    return written if column.type == "VARCHAR" else int(written)


def _refused(table: PlaceTable, given: Mapping[str, str], written: Mapping[str, str]) -> str | None:
    """Why a row can't be taken; None where it can."""
    for column in table.columns:
        value = given[column.name]
        if column.is_required and not value:
            return f"{column.headers[0]} is empty"
        if value and column.type != "VARCHAR" and not re.fullmatch(r"\d{1,9}", value):
            return f"{column.headers[0]} is {value!r}, no whole number; write it without separators or decimals"
    if "year" in given and not 1900 <= int(given["year"]) <= 2100:
        return f"year is {given['year']!r}, no year"
    if table.name != COUNTY.name and "county_fips" in given:
        return _refused_county(given["county_fips"], written)
    return None


def _refused_county(code: str, written: Mapping[str, str]) -> str | None:
    if not re.fullmatch(r"\d{5}", code):
        advice = f"; is it {int(code):05d}?" if re.fullmatch(r"\d{4}", code) else ""
        return f"{code!r} is no FIPS code of a county, which has five digits{advice}"
    counties = shipped_counties()
    if code not in counties:
        return f"{code} is the FIPS code of no county that places/county.csv has"
    # Where a name stands beside the code, it must not be that of another: a county and a city of one name (trap T45).
    name = written.get("county", "")
    if name and not name.isdigit() and _plain(name) != _plain(counties[code][0]):
        same_state = (other for other in counties if other[:2] == code[:2])
        if other := next((c for c in same_state if _plain(counties[c][0]) == _plain(name)), None):
            return f"{code} is {counties[code][0]}, not {name.strip()}, which is {other}"
    return None


def _plain(name: str) -> str:
    """A county's name without what is written now one way and now another; a city keeps its "city"."""
    name = name.lower().replace("(city)", "city")
    return re.sub(r"\b(county|parish|borough|census area|municipio)\b|[^a-zà-ÿ]", "", name)


def _shown(key: tuple[Value, ...]) -> str:
    return " ".join(str(part) for part in key)


def _refuse_shipped_names(table: PlaceTable, users: list[Path]) -> None:
    """A file that gives its rows their name must not be called as a shipped one."""
    shipped = {path.stem for path in table._shipped_files()}
    for path in users:
        if table.named_by_file and path.stem in shipped:
            raise PlaceError(
                path, 1, f"{path.stem} is the name of a file that ships with the package; give yours another"
            )


def _refuse_counties_in_two_regions(seen: _Seen) -> None:
    """A former county and the one that it is counted in are one: a set may have both in one region only."""
    for (region_set, code), (path, line, row) in seen.items():
        counted_in = shipped_counties()[str(code)][1]
        other = seen.get((region_set, counted_in))
        if other and other[2][1] != row[1]:
            message = f"{code} is counted in {counted_in}, which line {other[1]} has in another region; take it away"
            raise PlaceError(path, line, message)


def _refuse_unknown_regions(seen: _Seen, dropped: Path) -> None:
    known = {(region_set, region) for region_set, region, *_ in PLACE_TABLES["region"].rows(dropped)} if seen else set()
    for (_, region_set, region), (path, line, _row) in seen.items():
        if (region_set, region) not in known:
            raise PlaceError(path, line, f"there is no region {region} in a set of regions {region_set}")


@functools.cache
def shipped_counties() -> dict[str, tuple[str, str | None]]:
    """Name of each county by FIPS code, and the county that it is counted in, if it is no more."""
    return {str(code): (str(name), str(other) if other else None) for code, name, _, other in COUNTY.rows(Path())}


_COUNTY_FIPS = PlaceColumn(
    "county_fips", "VARCHAR", "FIPS code of the county, five digits with those of the state", ("county_fips", "county")
)
_REGION_ID = PlaceColumn("region_id", "VARCHAR", "Region, as its file calls it", ("region_id", "region"))

COUNTY = PlaceTable(
    name="county",
    description="One row per county or what counts as one (parish, borough, independent city); as of 2019, and former ones.",
    key=("county_fips",),
    columns=(
        PlaceColumn("county_fips", "VARCHAR", "FIPS code of the county, five digits with those of the state"),
        PlaceColumn("county_name", "VARCHAR", "Name, as the Census Bureau writes it"),
        PlaceColumn("state_abbreviation", "VARCHAR", "State as the FBI abbreviates it: Nebraska is NB, Guam GM"),
        PlaceColumn(
            "counted_in",
            "VARCHAR",
            "The county that its crimes and people are counted in, in all years: what it became, or was made from; else NULL",
            is_required=False,
        ),
    ),
    shipped="county.csv",
)

PLACE_TABLES = {
    table.name: table
    for table in (
        COUNTY,
        PlaceTable(
            name="county_population",
            description=(
                "One row per county and year for which there is an estimate of its people; extended by files in "
                "$NIBRS_HOME/places/county_population."
            ),
            key=("county_fips", "year"),
            columns=(
                _COUNTY_FIPS,
                PlaceColumn("year", "SMALLINT", "Year of the estimate, as of July 1"),
                PlaceColumn("population", "INTEGER", "People who live in the county"),
                PlaceColumn("source", "VARCHAR", "Whose estimate it is"),
            ),
            shipped="county_population",
            folder="county_population",
            is_replaceable=True,
        ),
        PlaceTable(
            name="ori_county",
            description=(
                "One row per agency and county that it lies in, for agencies whose own record names none: the crosswalk of "
                "agencies, and the five boroughs of New York City."
            ),
            key=("ori7", "county_fips"),
            columns=(
                PlaceColumn("ori7", "VARCHAR", "ORI, its first 7 characters"),
                _COUNTY_FIPS,
                PlaceColumn("agency_type", "VARCHAR", "Kind of agency; NULL where not known", is_required=False),
                PlaceColumn("source", "VARCHAR", "Where the row is taken from (places/README.md)"),
            ),
            shipped="ori_county.csv",
        ),
        PlaceTable(
            name="ucr_county",
            description="One row per county code of the FBI's, which is its number by the alphabet in its state; no FIPS code.",
            key=("state_code", "ucr_county_code"),
            columns=(
                PlaceColumn("state_code", "VARCHAR", "The FBI's code of the state, which is no FIPS code"),
                PlaceColumn("ucr_county_code", "VARCHAR", "The FBI's code of the county in the state, three digits"),
                _COUNTY_FIPS,
                PlaceColumn("source", "VARCHAR", "How it was found (places/README.md)"),
            ),
            shipped="ucr_county.csv",
        ),
        PlaceTable(
            name="region",
            description=(
                "One row per county of a region. A set of regions is a file, shipped or dropped into $NIBRS_HOME/places/regions; a "
                "county is once in a set."
            ),
            key=("region_set", "county_fips"),
            columns=(
                PlaceColumn("region_set", "VARCHAR", "Set of regions: the name of its file without .csv"),
                _REGION_ID,
                PlaceColumn(
                    "region_name", "VARCHAR", "Name of the region; NULL where the file gives none", is_required=False
                ),
                _COUNTY_FIPS,
            ),
            shipped="regions",
            folder="regions",
            named_by_file="region_set",
        ),
        PlaceTable(
            name="peer_region",
            description=(
                "One row per region that others are compared with. A set of peers is a file dropped into $NIBRS_HOME/places/peers; "
                "that of all regions of a set is always there and has no rows here."
            ),
            key=("peer_set", "region_set", "region_id"),
            columns=(
                PlaceColumn("peer_set", "VARCHAR", "Set of peers: the name of its file without .csv"),
                PlaceColumn("region_set", "VARCHAR", "Set of regions that the region is of"),
                _REGION_ID,
            ),
            folder="peers",
            named_by_file="peer_set",
        ),
        PlaceTable(
            name="published_estimate",
            description=(
                "One row per state and year, and one of the country: the crimes that the FBI published, with its estimates for "
                "agencies that did not report."
            ),
            key=("year", "state_abbreviation"),
            columns=(
                PlaceColumn("year", "SMALLINT", "Year"),
                PlaceColumn(
                    "state_abbreviation",
                    "VARCHAR",
                    "State as the FBI abbreviates it (Nebraska is NB); US = the country",
                ),
                PlaceColumn("population", "INTEGER", "People that the FBI counts the state by"),
                *(
                    PlaceColumn(name, "INTEGER", what, is_required=False)
                    for name, what in (
                        (
                            "violent_crime",
                            "Violent crime, with rape by one of its definitions: of states the revised one from 2013 on",
                        ),
                        ("homicide", "Murder and nonnegligent manslaughter"),
                        ("rape_legacy", "Rape by the legacy definition; NULL where not published"),
                        ("rape_revised", "Rape by the revised definition; NULL where not published"),
                        ("robbery", "Robbery"),
                        ("aggravated_assault", "Aggravated assault"),
                        ("property_crime", "Property crime: burglary, larceny, motor vehicle theft"),
                        ("burglary", "Burglary"),
                        ("larceny", "Larceny-theft"),
                        ("motor_vehicle_theft", "Motor vehicle theft"),
                    )
                ),
                PlaceColumn(
                    "caveats", "VARCHAR", "What the FBI says of the figures; NULL where nothing", is_required=False
                ),
            ),
            shipped="published_estimate.csv",
        ),
    )
}
"""The tables of places by name."""
