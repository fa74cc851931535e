"""The DuckDB views and macros that are derived from the layouts: their SQL, the segments and columns behind them.

Nobody parses this SQL to know where columns come from: `columns_behind` says it from the same fields.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nibrs_assets.core.sql_text import literal, quoted
from nibrs_assets.layouts.model import Code, Field, FileKind, Layouts, Record, Repetition

VALID_IN_THE_YEAR = "data_year() BETWEEN valid_from AND coalesce(valid_to, data_year())"
"""Which rows of a code table hold in the data year."""

_UNREADABLE, _UNKNOWN_CODE = "unreadable_", "unknown_code_"


@dataclass(frozen=True)
class _Search:
    """What is wrong with values of `field`: those for which `condition` is true, and, if that has several forms, the `problem`."""

    field: Field
    condition: str
    problem: str | None = None

    @property
    def columns(self) -> list[str]:
        return ["column_name", "value", *(["problem"] if self.problem else [])]

    @property
    def row(self) -> str:
        values = [f"'{self.field.name}'", quoted(self.field.name), *([self.problem] if self.problem else [])]
        return "{" + ", ".join(f"{name}: {value}" for name, value in zip(self.columns, values, strict=True)) + "}"


def layout_views(layouts: Layouts, segments: Collection[str], codes: Collection[str]) -> Iterator[tuple[str, str]]:
    """`<schema>.<name>` and SQL of the views over `segments`, and of the code tables `codes`."""
    for record in (layouts.records[segment] for segment in segments if segment in layouts.records):
        yield f"typed.{record.segment}", typed_query(record)
        for group in record.groups():
            if record.rows:
                yield f"transposed.{record.segment}_{group}", transposed_query(record, group)
            else:
                yield f"repeated.{record.segment}_{group}", repeated_query(record, group)
    for name in codes:
        yield f"codes.{name}", codes_query(layouts.codes[name])
        yield f"year_codes.{name}", f"FROM codes.{name}\nWHERE {VALID_IN_THE_YEAR}"


def view_of_kind(schema: str, name: str, layouts: Layouts) -> str | None:
    """The SQL of a view over all records of a kind of file, None for any other; these are long, and few tables read them."""
    if schema == "typed" and name.startswith(_UNREADABLE):
        return unreadable_query(layouts.kinds[name.removeprefix(_UNREADABLE)])
    if schema == "typed" and name.startswith(_UNKNOWN_CODE):
        return unknown_code_query(layouts.kinds[name.removeprefix(_UNKNOWN_CODE)], layouts)
    return None


def segments_behind(schema: str, name: str, layouts: Layouts) -> list[str]:
    """The segments that the view `schema.name`, derived from the layouts, reads."""
    for prefix in (_UNREADABLE, _UNKNOWN_CODE):
        if name.startswith(prefix):
            return list(layouts.kinds[name.removeprefix(prefix)].records)
    if schema in ("repeated", "transposed"):
        return [s for s, record in layouts.records.items() if name in (f"{s}_{group}" for group in record.groups())]
    return [name]


def columns_behind(schema: str, name: str, layouts: Layouts) -> dict[str, list[tuple[str, str]]]:
    """The columns of the view `schema.name`, derived from the layouts, with the segment columns that their values are of.

    What only says where a value stands (`<group>_number`, `field`, `segment`, `column_name`) comes from none.
    """
    for prefix, checked in ((_UNREADABLE, _may_be_unreadable), (_UNKNOWN_CODE, _coded)):
        if name.startswith(prefix):
            return _problem_columns(layouts.kinds[name.removeprefix(prefix)], checked)
    if schema == "typed":
        record = layouts.records[name]
        return _of_segment(record, [field.name for field in _typed_fields(record)]) | _line(record)
    [(record, group)] = [
        (record, group)
        for record in layouts.records.values()
        for group in record.groups()
        if name == f"{record.segment}_{group}"
    ]
    fields = [field for repetition in record.groups()[group] for field in repetition]
    made: dict[str, list[tuple[str, str]]] = {"field" if schema == "transposed" else f"{group}_number": []}
    for field in fields:
        column = (_repetition(field).label or "") if schema == "transposed" else _base_name(field)
        made.setdefault(column, []).append((record.segment, field.name))
    return (_line(record) if schema == "transposed" else _of_segment(record, ["line_number"])) | made


def _of_segment(record: Record, names: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    return {name: [(record.segment, name)] for name in names}


def _line(record: Record) -> dict[str, list[tuple[str, str]]]:
    """The columns that tell the records of a segment apart."""
    return _of_segment(record, ["line_number", *([record.rows.number] if record.rows else [])])


def _problem_columns(kind: FileKind, checked: Callable[[Record], list[Field]]) -> dict[str, list[tuple[str, str]]]:
    values = [(record.segment, field.name) for record in kind.records.values() for field in checked(record)]
    records = [record for record in kind.records.values() if checked(record)]
    columns: dict[str, list[tuple[str, str]]] = {
        "segment": [],
        "line_number": [(record.segment, "line_number") for record in records],
        "row_number": [(record.segment, record.rows.number) for record in records if record.rows],
        "column_name": [],
        "value": values,
    }
    return columns if checked is _may_be_unreadable else {**columns, "problem": values}


def typed_query(record: Record) -> str:
    """SELECT of all columns of a segment with their types."""
    columns = [f"    {_typed(field)} AS {quoted(field.name)}" for field in _typed_fields(record)]
    row = ["    line_number", *([f"    {record.rows.number}"] if record.rows else [])]
    return "SELECT\n" + ",\n".join([*columns, *row]) + f"\nFROM segments.{record.segment}"


def _typed_fields(record: Record) -> tuple[Field, ...]:
    return (*record.rows.carries, *record.fields) if record.rows else record.fields


def repeated_query(record: Record, group: str) -> str:
    """SELECT of a row per repetition of `group` that holds anything: `line_number`, `<group>_number`, the fields."""
    repetitions = record.groups()[group]
    names = list(dict.fromkeys(_base_name(field) for repetition in repetitions for field in repetition))
    number = f"{group}_number"
    branches = []
    for repetition in repetitions:
        by_name = {_base_name(field): field for field in repetition}
        index = _repetition(repetition[0]).number
        columns = [_typed(by_name[name]) if name in by_name else "NULL" for name in names]
        present = " OR ".join(f"{quoted(field.name)} IS NOT NULL" for field in repetition)
        selected = ", ".join(f"{column} AS {quoted(name)}" for column, name in zip(columns, names, strict=True))
        branches.append(
            f"SELECT line_number, {index}::SMALLINT AS {number}, {selected}\nFROM segments.{record.segment}\nWHERE {present}"
        )
    return "\nUNION ALL\n".join(branches)


def transposed_query(record: Record, group: str) -> str:
    """SELECT of a row per field of the labelled `group`: `line_number`, the row's number, `field`, a column per label.

    A zero of a year in which the field was not filled is NULL.
    """
    assert record.rows
    repetitions = record.groups()[group]
    labels = [_repetition(repetition[0]).label or "" for repetition in repetitions]
    rows = [
        f"    ({', '.join(quoted(field.name) for field in fields)}) AS {quoted(_repetition(fields[0]).name)}"
        for fields in zip(*repetitions, strict=True)
    ]
    row = f"line_number, {record.rows.number}"
    names = ", ".join(_collected(field) for repetition in repetitions for field in repetition)
    selected = f"FROM typed.{record.segment} SELECT {row}, {names}"
    values = ", ".join(map(quoted, labels))
    return f"FROM ({selected})\nUNPIVOT INCLUDE NULLS (({values}) FOR field IN (\n" + ",\n".join(rows) + "\n))"


def _collected(field: Field) -> str:
    name = quoted(field.name)
    if field.since is None and field.until is None:
        return name
    years = f"data_year() BETWEEN {field.since or 0} AND {field.until or 9999}"
    return f"if({years}, {name}, nullif({name}, 0)) AS {name}"


def codes_query(codes: Sequence[Code]) -> str:
    """SELECT of a code table: `code`, `label`, `valid_from`, `valid_to`, its further facts; what is empty is NULL."""
    facts = list(codes[0].facts)
    rows = [
        ", ".join(
            [literal(c.code), literal(c.label), str(c.valid_from), "NULL" if c.valid_to is None else str(c.valid_to)]
            + [literal(c.facts[name]) if c.facts[name] else "NULL" for name in facts]
        )
        for c in codes
    ]
    names = ", ".join(["code", "label", "valid_from", "valid_to", *map(quoted, facts)])
    return "FROM (VALUES\n    (" + "),\n    (".join(rows) + f")\n) AS code_table ({names})"


def unreadable_query(kind: FileKind) -> str:
    """SELECT of every value that is there and can't be read as its type.

    `segment`, `line_number`, `row_number` (of a row inside a line, else NULL), `column_name`, `value`.
    """
    return _found({record: list(map(_unreadable, _may_be_unreadable(record))) for record in kind.records.values()})


def _may_be_unreadable(record: Record) -> list[Field]:
    # What can't be read as a count is in a segment of its own.
    return [field for field in record.fields if field.type not in ("text", "filler", "count")]


def _unreadable(field: Field) -> _Search:
    name = quoted(field.name)
    # A date of zeros is how some years write a blank one.
    zeros = f" AND {name} <> '{'0' * field.width}'" if field.type in ("date", "short_date") else ""
    return _Search(field, f"{name} IS NOT NULL AND {_typed(field)} IS NULL{zeros}")


def unknown_code_query(kind: FileKind, layouts: Layouts) -> str:
    """SELECT of every code that its table does not know, or not in the data year: as `unreadable_query`, with the `problem`."""
    return _found(
        {
            record: [_unknown_code(field, layouts.codes[field.codes or ""]) for field in _coded(record)]
            for record in kind.records.values()
        }
    )


def _unknown_code(field: Field, codes: Sequence[Code]) -> _Search:
    name = quoted(field.name)
    known = ", ".join(dict.fromkeys(literal(code.code) for code in codes))
    by_years: dict[str, list[str]] = {}
    for code in codes:
        by_years.setdefault(f"{code.valid_from} AND {code.valid_to or 9999}", []).append(literal(code.code))
    years = " OR ".join(
        f"({name} IN ({', '.join(valid)}) AND data_year() BETWEEN {between})" for between, valid in by_years.items()
    )
    problem = f"if({name} IN ({known}), 'code of other years', 'unknown code')"
    return _Search(field, f"{name} IS NOT NULL AND NOT ({years})", problem)


def _found(searches: Mapping[Record, Sequence[_Search]]) -> str:
    """SELECT of what each search finds: one reading of each segment, as planning one for each field takes seconds."""
    branches = [_found_in(record, of_record) for record, of_record in searches.items() if of_record]
    return "\nUNION ALL\n".join(branches)


def _found_in(record: Record, searches: Sequence[_Search]) -> str:
    row_number = f"{record.rows.number if record.rows else 'NULL'}::SMALLINT AS row_number"
    rows = ",\n    ".join(f"CASE WHEN {search.condition} THEN {search.row} END" for search in searches)
    conditions = "\nOR ".join(f"({search.condition})" for search in searches)
    columns = ", ".join(f"found.{column}" for column in searches[0].columns)
    found = f"SELECT line_number, {row_number}, unnest([\n    {rows}\n]) AS found"
    of_segment = f"FROM segments.{record.segment}\nWHERE {conditions}"
    selected = f"SELECT '{record.segment}' AS segment, line_number, row_number, {columns}"
    return f"{selected}\nFROM (\n{found}\n{of_segment}\n)\nWHERE found IS NOT NULL"


def _coded(record: Record) -> list[Field]:
    return [field for field in record.fields if field.codes]


def _repetition(field: Field) -> Repetition:
    assert field.repetition
    return field.repetition


def _base_name(field: Field) -> str:
    return _repetition(field).name


def _typed(field: Field) -> str:
    name = quoted(field.name)
    match field.type:
        case "integer":
            return f"to_integer({name})::{'SMALLINT' if field.width <= 4 else 'INTEGER'}"
        case "date":
            return f"to_date({name})"
        case "short_date":
            return f"to_short_date({name})"
        case "flag":
            return f"to_flag({name})"
        case _:
            return name
