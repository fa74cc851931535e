"""The reference tables, of no year: what codes mean and where series break, made from `layouts/`, and those of `places.py`.

`code_<code table>` has a row per code: where its meaning changed, the one of now, and the others in its label. `code_meaning` has a
row per code and meaning, with the years of each; `series_break` where a code means or counts something else than before.
"""

import functools
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from nibrs_assets.catalog.places import PLACE_TABLES, PlaceTable
from nibrs_assets.core.sql_text import Value, literal, postgres_type, quoted
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import Code, Layouts

REFERENCE = "reference"
"""The layer of the reference tables."""

UNKNOWN_CODE = {"label": "Unknown code: the FBI's documents do not have it", "is_known": False, "source": "observed"}
"""What the row of a code says that only a file has."""


@dataclass(frozen=True)
class ReferenceColumn:
    """A column of a reference table: its DuckDB type and what it means."""

    name: str
    type: str
    description: str

    @property
    def postgres_type(self) -> str:
        """The column's type in Postgres."""
        return postgres_type(self.type)

    @property
    def comment(self) -> str:
        """The column's comment in Postgres."""
        return self.description


@dataclass(frozen=True)
class ReferenceTable:
    """A reference table: `rows` in the order of `columns`, identified by `key`; `code_table` is the code table it is, if any."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[ReferenceColumn, ...]
    rows: tuple[tuple[Value, ...], ...]
    code_table: str | None = None

    @property
    def sql(self) -> str:
        """SELECT of the rows."""
        values = ",\n    ".join(f"({', '.join(map(literal, row))})" for row in self.rows)
        columns = ", ".join(f"{quoted(column.name)}::{column.type} AS {quoted(column.name)}" for column in self.columns)
        names = ", ".join(quoted(column.name) for column in self.columns)
        return f"SELECT {columns}\nFROM (VALUES\n    {values}\n) AS written ({names})\nORDER BY {', '.join(self.key)}"


@functools.cache
def shipped_reference_tables() -> dict[str, ReferenceTable | PlaceTable]:
    """The reference tables of the layouts that ship with the package and those of places, by name."""
    return reference_tables(shipped_layouts())


def reference_tables(layouts: Layouts) -> dict[str, ReferenceTable | PlaceTable]:
    """The reference tables by name: those of `layouts`, then those of places."""
    return {**layout_tables(layouts), **PLACE_TABLES}


def layout_tables(layouts: Layouts) -> dict[str, ReferenceTable]:
    """The reference tables of `layouts` by name."""
    tables = [_code_table(name, codes) for name, codes in layouts.codes.items()]
    return {table.name: table for table in [*tables, _code_meaning(layouts), _series_break(layouts)]}


def name_of_code_table(codes: str) -> str:
    """What the code table `codes` is called as a reference table."""
    return f"code_{codes}"


_YEARS = (
    ReferenceColumn("valid_from", "SMALLINT", "First year in which the code is valid; NULL where not known"),
    ReferenceColumn("valid_to", "SMALLINT", "Last year in which the code is valid; NULL = still"),
)
_IS_KNOWN = ReferenceColumn(
    "is_known", "BOOLEAN", "Whether the code is in the FBI's documents; false where it was only seen in a file"
)
_SOURCE = ReferenceColumn("source", "VARCHAR", "Documents that it is taken from (layouts/README.md names them)")
_FACTS = {
    "comparable": "Code of the group in which years can be compared, where the meaning of the code changed; else NULL",
    "category": "Category of the offense or bias",
    "crime_against": "Whom a crime is against: Person, Property, Society; Not a Crime for justifiable homicide",
    "group": "Group that the code belongs to; of offenses A (reported as incidents) or B (arrests only)",
    "federal_tribal_only": "Y = reported by federal and tribal agencies only",
    "hierarchy_rank": "Rank in the Summary system's hierarchy rule, 1 highest",
    "srs_line": "Line of the Summary system's Return A that the offense is counted in",
    "notes": "Notes",
    "set": "Which of the two sets that share the field the code belongs to",
    "kind": "Kind of measure",
    "severity": "Whether the injury is major, minor or none",
    "digit": "Last digit that the character stands for",
    "sign": "Sign that the character gives the number",
    "observed_1960_1974_2013": "Whether the character is seen in the files of 1960, 1974, 2013",
    "part_of": "Offense whose count holds this one's",
    "is_breakdown": "Y = given only on cards with a breakdown (P/T = P)",
    "index_crime": "Whether the offense counts as violent or as property crime",
    "at_least": "Least share of the people, 0 to 1, that the code stands for",
    "ucr_abbr": "Abbreviation that the FBI's files use: Nebraska is NB",
    "postal_abbr": "Abbreviation that the post uses",
    "state_fips": "FIPS code of the state; not the FBI's code",
    "division": "Census division (code_country_division)",
    "region": "Census region (code_country_region)",
}


def _code_table(name: str, codes: Sequence[Code]) -> ReferenceTable:
    meanings: dict[str, list[Code]] = {}
    for code in codes:
        meanings.setdefault(code.code, []).append(code)
    facts = list(codes[0].facts)
    title = name.replace("_", " ")
    return ReferenceTable(
        name=name_of_code_table(name),
        description=f"One row per code of {title}; where the meaning changed, the latest (code_meaning has all).",
        key=("code",),
        columns=(
            ReferenceColumn("code", "VARCHAR", f"Code of {title}, as the FBI writes it"),
            ReferenceColumn("label", "VARCHAR", "What the code means; what it meant before stands in brackets"),
            *_YEARS,
            _IS_KNOWN,
            *(ReferenceColumn(fact, "VARCHAR", _FACTS.get(fact, fact)) for fact in facts),
            _SOURCE,
        ),
        rows=tuple(_code_row(of_code, facts) for of_code in meanings.values()),
        code_table=name,
    )


def _code_row(meanings: Sequence[Code], facts: Sequence[str]) -> tuple[Value, ...]:
    *before, last = sorted(meanings, key=lambda code: code.valid_from)
    until = "; ".join(f"through {code.valid_to} {code.label}" for code in before if code.label != last.label)
    label = f"{last.label} ({until})" if until else last.label
    first = min(code.valid_from for code in meanings)
    return (last.code, label, first, last.valid_to, True, *(last.facts[fact] or None for fact in facts), last.source)


def _code_meaning(layouts: Layouts) -> ReferenceTable:
    rows = [
        (name, code.code, code.valid_from, code.valid_to, code.label, code.source)
        for name, codes in layouts.codes.items()
        for code in codes
    ]
    return ReferenceTable(
        name="code_meaning",
        description="One row per code and meaning of all code tables, with the years of each.",
        key=("code_table", "code", "valid_from"),
        columns=(
            ReferenceColumn("code_table", "VARCHAR", "Code table, without code_ before its name"),
            ReferenceColumn("code", "VARCHAR", "Code"),
            *_YEARS,
            ReferenceColumn("label", "VARCHAR", "What the code means in these years"),
            _SOURCE,
        ),
        rows=tuple(rows),
    )


def _series_break(layouts: Layouts) -> ReferenceTable:
    return ReferenceTable(
        name="series_break",
        description=(
            "One row per code and year from which on it means or counts something else than before, so that counts of before and "
            "since can't be compared."
        ),
        key=("series", "code_table", "code", "year"),
        columns=(
            ReferenceColumn("series", "VARCHAR", "What breaks, in words"),
            ReferenceColumn("code_table", "VARCHAR", "Code table of the code, without code_ before its name"),
            ReferenceColumn("code", "VARCHAR", "Code; * = all codes of the table"),
            ReferenceColumn("year", "SMALLINT", "First year of the new meaning"),
            ReferenceColumn("change", "VARCHAR", "What changed"),
            ReferenceColumn(
                "comparable_by", "VARCHAR", "Columns or offenses that can be compared over the break; NULL = none"
            ),
            _SOURCE,
        ),
        rows=tuple(
            tuple(value if value != "" else None for value in astuple(found)) for found in layouts.series_breaks
        ),
    )
