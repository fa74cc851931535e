"""The DuckDB views between the segments and the SQL of tables, derived from the layouts (`layout_views.py`) or written in `sql/`.

By schema:

- `segments`: the text as decoded, one view a segment (made by whoever knows where the data are)
- `typed`: the same columns with the types of the layout; what can't be read is NULL, and listed in
  `unreadable_<kind of file>`; what is no code of the year is in `unknown_code_<kind of file>`
- `repeated`: a view per repeated group of a segment, `<segment>_<group>`, with a row per repetition that is not blank
- `transposed`: the same for a group whose repetitions have labels: a row per field of the group, a column per label
- `codes`: the code tables, those that are read; `year_codes`: of these, the codes and meanings of the data year
- `reference`: the reference tables (`reference.py`)
- `shared`: what more than one table needs, `sql/shared/*.sql`
- `with_agency`: the records of a segment with the agency they belong to, `sql/with_agency.sql`
- `keyed`: which incident each record of a segment is part of, and whether one before it has the same key, `sql/keyed.sql`
- `with_incident`: the records of a segment with the incident they are part of, `sql/with_incident.sql`
- `harmonized`, `marts`: the tables, `sql/<schema>/*.sql`
- `previous_year`: harmonized tables of the year before, for checks; empty where that year is not there
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from nibrs_assets.catalog.code_macros import code_macros
from nibrs_assets.catalog.layout_views import layout_views, segments_behind, view_of_kind
from nibrs_assets.catalog.model import LAYERS, REFERENCE, Query
from nibrs_assets.catalog.parsing import relations_named
from nibrs_assets.catalog.reference import reference_tables, select_rows
from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.layouts.model import Layouts

PREVIOUS = "previous_year"

WRITTEN = ("shared", "with_agency", "keyed", "with_incident")
"""The schemas whose views are written in SQL, made when a table reads them."""

COMPUTED_ONCE = ("shared.incident_key", "keyed.", "shared.offense_by_clearance", "shared.srs_offense_by_clearance")
"""Names, or what they begin with, of views that a session keeps as tables: narrow ones that several tables read."""

_CODES = ("codes", "year_codes")

SCHEMAS = (
    "segments",
    "typed",
    "repeated",
    "transposed",
    *_CODES,
    REFERENCE,
    *WRITTEN,
    *LAYERS,
    PREVIOUS,
)


def prelude(
    layouts: Layouts, year: int, segments: Collection[str], codes: Collection[str] = (), reference: Collection[str] = ()
) -> Iterator[str]:
    """The statements that give a session the macros, the tables `codes` and `reference`, and the views derived from the layouts."""
    yield f"SET VARIABLE data_year = {year:d}"
    yield macros(layouts)
    for name, sql in layout_views(layouts, segments, codes):
        yield view_statement(name, sql)
    if reference:
        tables = reference_tables(layouts)
        yield from (view_statement(f"{REFERENCE}.{name}", select_rows(tables[name])) for name in reference)


def views_under(sql: str, layouts: Layouts) -> dict[str, str]:
    """The views that `sql` reads, but for those of a single segment or code table: `<schema>.<name>` to their SQL.

    Each comes after those that it reads itself.
    """
    views: dict[str, str] = {}
    for schema, name in relations(sql):
        if of_kind := view_of_kind(schema, name, layouts):
            views[f"{schema}.{name}"] = of_kind
        elif schema in WRITTEN:
            text = written_view(schema, name, layouts)
            views |= views_under(text, layouts) | {f"{schema}.{name}": text}
    return views


def written_view(schema: str, name: str, layouts: Layouts) -> str:
    """The SQL of a view of one of the schemas `WRITTEN`; all but `shared` have one for each segment.

    In these `{segment}` stands for its name, `{part}` for the last field of its key.
    """
    if schema == "shared":
        return _read(f"shared/{name}.sql")
    return _read(f"{schema}.sql").replace("{segment}", name).replace("{part}", layouts.records[name].key[-1])


def macros(layouts: Layouts) -> str:
    """The statements that make the macros: those written in `sql/macros.sql`, and those that say what a code table says."""
    return ";\n\n".join([_read("macros.sql").strip().removesuffix(";"), *code_macros(layouts)])


def view_statement(name: str, sql: str) -> str:
    """The statement that makes the view `name`, or the table that a session keeps of it."""
    return f"CREATE {'TABLE' if name.startswith(COMPUTED_ONCE) else 'VIEW'} {name} AS\n{sql}"


def relations(sql: str) -> list[tuple[str, str]]:
    """The schema and name of every relation of `SCHEMAS` that `sql` reads, in the order of the text, each once."""
    return [(schema, name) for schema, name in relations_named(sql) if schema in SCHEMAS]


def read_query(sql: str, layouts: Layouts, beside: Iterable[str] = ()) -> Query:
    """`sql` with what it reads, itself and through its views, and what other SQL of the same session reads, `beside` it.

    Raises `sqlglot.ParseError`.
    """
    texts = [sql, *beside]
    views = {name: view for text in texts for name, view in views_under(text, layouts).items()}
    named = dict.fromkeys(relation for text in (*texts, *views.values()) for relation in relations(text))
    of_layouts = [(s, n) for s, n in named if s not in (*WRITTEN, *LAYERS, *_CODES, REFERENCE, PREVIOUS)]
    query = Query(
        sql=sql,
        views=views,
        segments=_once(segment for schema, name in of_layouts for segment in segments_behind(schema, name, layouts)),
        tables={name: schema for schema, name in named if schema in LAYERS},
        codes=_once(name for schema, name in named if schema in _CODES),
        reference=_once(name for schema, name in named if schema == REFERENCE),
        previous=_once(name for schema, name in named if schema == PREVIOUS),
    )
    return replace(query, version=_version(query, layouts))


def _version(query: Query, layouts: Layouts) -> str:
    under = prelude(layouts, 0, query.segments, query.codes, query.reference)
    return hashlib.sha256("\n".join([query.sql, *query.views.values(), *under]).encode()).hexdigest()[:12]


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _read(name: str) -> str:
    return (SQL_FOLDER / name).read_text(encoding="utf-8")
