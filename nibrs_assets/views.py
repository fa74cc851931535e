"""The DuckDB views that stand between the segments and the harmonized SQL, derived from the layouts or written in `sql/`.

By schema:

- `segments`: the text as decoded, one view a segment (made by who knows where the data is)
- `typed`: the same columns with the types of the layout; what can't be read is NULL, and listed in `unreadable_value`
- `repeated`: a view per repeated group of a segment, `<segment>_<group>`, with a row per repetition that is not blank
- `shared`: what more than one table needs, `sql/shared/*.sql`
- `placed`: the records of a segment with the agency they belong to, `sql/placed.sql`
- `incident_part`: the records of a segment with the incident they are part of, `sql/incident_part.sql`
- `harmonized`: the tables, `sql/harmonized/*.sql`
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from nibrs_assets.records import Field, Layouts, Record

SQL_FOLDER = Path(__file__).parent / "sql"
SCHEMAS = ("segments", "typed", "repeated", "shared", "placed", "incident_part", "harmonized")
WRITTEN = ("shared", "placed", "incident_part")
"""The schemas whose views are written in SQL, made when a table reads them."""

_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_RELATION = re.compile(rf"\b({'|'.join(SCHEMAS)})\.([a-z0-9_]+)")


def prelude(layouts: Layouts, year: int, segments: Collection[str]) -> Iterator[str]:
    """The statements that give a session the macros and the `typed` and `repeated` views of `segments`."""
    yield f"SET VARIABLE data_year = {year:d}"
    yield _read("macros.sql")
    for record in (layouts.records[segment] for segment in segments if segment in layouts.records):
        yield f"CREATE VIEW typed.{record.segment} AS\n{typed_query(record)}"
        for group in record.groups():
            yield f"CREATE VIEW repeated.{record.segment}_{group} AS\n{repeated_query(record, group)}"
    if set(segments) >= layouts.records.keys():
        yield f"CREATE VIEW typed.unreadable_value AS\n{unreadable_query(layouts)}"


def views_under(sql: str) -> dict[str, str]:
    """The views written in SQL that `sql` reads, `<schema>.<name>` to their SQL, each after those that it reads itself."""
    views: dict[str, str] = {}
    for schema, name in relations(sql):
        if schema in WRITTEN:
            text = (
                _read(f"shared/{name}.sql") if schema == "shared" else _read(f"{schema}.sql").replace("{segment}", name)
            )
            views |= views_under(text) | {f"{schema}.{name}": text}
    return views


def view_statement(name: str, sql: str) -> str:
    return f"CREATE VIEW {name} AS\n{sql}"


def relations(sql: str) -> list[tuple[str, str]]:
    """The schema and name of every relation of `SCHEMAS` that `sql` names, in order, once."""
    return list(dict.fromkeys(_RELATION.findall(_COMMENTS.sub("", sql))))


def _read(name: str) -> str:
    return (SQL_FOLDER / name).read_text(encoding="utf-8")


def typed_query(record: Record) -> str:
    """SELECT of all columns of a segment with their types."""
    columns = [f"    {_typed(field)} AS {_quoted(field.name)}" for field in record.fields]
    return "SELECT\n" + ",\n".join([*columns, "    line_number"]) + f"\nFROM segments.{record.segment}"


def repeated_query(record: Record, group: str) -> str:
    """SELECT of a row per repetition of `group` that holds anything: `line_number`, `<group>_number`, the fields."""
    repetitions = record.groups()[group]
    names = list(dict.fromkeys(_base_name(field) for repetition in repetitions for field in repetition))
    number = f"{group}_number"
    branches = []
    for repetition in repetitions:
        by_name = {_base_name(field): field for field in repetition}
        place = repetition[0].repetition
        assert place
        columns = [_typed(by_name[name]) if name in by_name else "NULL" for name in names]
        present = " OR ".join(f"{_quoted(field.name)} IS NOT NULL" for field in repetition)
        selected = ", ".join(f"{column} AS {_quoted(name)}" for column, name in zip(columns, names, strict=True))
        branches.append(
            f"SELECT line_number, {place.number}::SMALLINT AS {number}, {selected}\nFROM segments.{record.segment}\nWHERE {present}"
        )
    return "\nUNION ALL\n".join(branches)


def unreadable_query(layouts: Layouts) -> str:
    """SELECT of every value that is there and can't be read as its type: `segment`, `line_number`, `column_name`, `value`."""
    branches = []
    for record in layouts.records.values():
        for field in record.fields:
            if field.type in ("text", "filler"):
                continue
            name = _quoted(field.name)
            # A date of zeros is how some years write a blank one.
            zeros = f" AND {name} <> '{'0' * field.width}'" if field.type == "date" else ""
            branches.append(
                f"SELECT '{record.segment}' AS segment, line_number, '{field.name}' AS column_name, {name} AS value\n"
                f"FROM segments.{record.segment}\nWHERE {name} IS NOT NULL AND {_typed(field)} IS NULL{zeros}"
            )
    return "\nUNION ALL\n".join(branches)


def _base_name(field: Field) -> str:
    assert field.repetition
    return field.repetition.name


def _typed(field: Field) -> str:
    name = _quoted(field.name)
    match field.type:
        case "integer":
            return f"to_integer({name})::{'SMALLINT' if field.width <= 4 else 'INTEGER'}"
        case "date":
            return f"to_date({name})"
        case "flag":
            return f"to_flag({name})"
        case _:
            return name


def _quoted(name: str) -> str:
    return f'"{name}"'
