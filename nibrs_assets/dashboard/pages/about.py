"""What the data are: sources, rules and caveats, from what the tables say of themselves."""

import dash
from dash import html
from dash.development.base_component import Component

from nibrs_assets.catalog.notation import TableNote, note_of_sql
from nibrs_assets.catalog.reference import shipped_reference_tables
from nibrs_assets.clearance.tables import result_tables
from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.dashboard.app import page, queries
from nibrs_assets.dashboard.facts import statuses
from nibrs_assets.dashboard.parts import RULES, SYSTEMS, csv_link, sql_of, table
from nibrs_assets.dashboard.questions import tables_read
from nibrs_assets.layouts.loader import shipped_layouts

dash.register_page(__name__, path="/about", title="About the data – crime data you can follow", name="About the data")


@page
def layout(**_: str) -> Component:
    """The page about the data: kinds of file, series breaks, rules of completeness."""
    breaks = queries().ask("all_series_breaks")
    kinds = shipped_layouts().kinds.values()
    completeness = shipped_layouts().codes["completeness"]
    return html.Div(
        [
            html.H1("About the data"),
            html.P(
                "All numbers are made from the FBI's master files, by SQL that can be read. "
                "Below each chart is the query it is made of.",
                className="lead",
            ),
            html.H2("Sources"),
            html.Ul(
                [html.Li(f"{kind.title}: the FBI's master files, one a year, from {kind.since} on.") for kind in kinds]
            ),
            html.P(
                "People of counties and states are estimates of the Census Bureau; those of agencies are the FBI's. "
                "Boundaries are the Census Bureau's of 2017, by us-atlas. All are works of the US government in the public domain."
            ),
            html.H2("How offenses are counted"),
            html.Dl([part for code, name in SYSTEMS.items() for part in (html.Dt(name), html.Dd(RULES[code]))]),
            html.H2("What became of a month"),
            html.Dl(
                [part for status in statuses().values() for part in (html.Dt(status.letter), html.Dd(status.label))],
                className="letters",
            ),
            html.P(
                "Missing is not zero. A month that was not reported is a gap in every chart, "
                "and no rate is made of a year with such gaps."
            ),
            html.H2("When a rate of a place is shown"),
            html.Dl([part for code in completeness for part in (html.Dt(code.code), html.Dd(code.label))]),
            html.H2("Where a series breaks"),
            table(
                "Years from which on something means or counts otherwise than before",
                ["Year", "What", "Change", "Can be compared by", "Source"],
                [tuple(row) for row in breaks.rows],
            ),
            html.Div([csv_link(breaks, "series breaks"), sql_of([breaks], "series breaks")], className="actions"),
            html.H2("The tables behind it, and what to beware of"),
            *_tables(),
        ],
        className="prose",
    )


def _tables() -> list[Component]:
    reference = shipped_reference_tables()
    parts: list[Component] = []
    for name in tables_read():
        described = reference.get(name) or result_tables().get(name) or _note(name)
        caveats = [html.Li(caveat) for caveat in described.caveats]
        parts += [
            html.H3(f"nibrs.{name}"),
            html.P(described.description),
            html.Ul(caveats) if caveats else html.Span(),
        ]
    return parts


def _note(name: str) -> TableNote:
    """What a table's SQL file says of it: to load all tables would take seconds."""
    [path] = SQL_FOLDER.glob(f"*/{name}.sql")
    return note_of_sql(path, path.read_text(encoding="utf-8"))
