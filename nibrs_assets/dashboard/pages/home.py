"""The first page: what there is, and a search for an agency by its name, city or ORI."""

import dash
from dash import Input, Output, callback, dcc, html
from dash.development.base_component import Component

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.dashboard.app import empty_page, page, queries
from nibrs_assets.dashboard.parts import agency_address, attributes, count, notice
from nibrs_assets.dashboard.queries import plain
from nibrs_assets.dashboard.questions import most_rows

dash.register_page(__name__, path="/", title="Agencies – crime data you can follow", name="Agencies")

_SHORTEST = 2
_NEWEST = 2


@page
def layout(q: str = "", **_: str) -> Component:
    """The first page: the search for agencies, and the years loaded."""
    loaded = queries().ask("loaded").dicts()
    if not loaded:
        return empty_page()
    years = sorted({int(str(row["data_year"])) for row in loaded})
    return html.Div(
        [
            html.H1("What did the police report?"),
            html.P(
                "Every count here is what an agency reported to the FBI, month by month, and what is missing is shown as missing.",
                className="lead",
            ),
            html.Form(
                [
                    html.Label("Find an agency by name, city or ORI", htmlFor="q"),
                    html.Div(
                        [
                            dcc.Input(
                                id="q",
                                name="q",
                                type="search",
                                value=q,
                                debounce=0.3,
                                placeholder="Calcasieu, or LA01000",
                                maxLength=60,
                            ),
                            html.Button("Search", type="submit"),
                        ],
                        className="searchline",
                    ),
                ],
                action="/",
                method="GET",
                role="search",
                className="search",
            ),
            html.Div(_found(q), id="found", **attributes(aria_live="polite")),
            html.P(f"Years loaded: {', '.join(map(str, years))}.", className="note"),
        ],
        className="home",
    )


@callback(Output("found", "children"), Input("q", "value"), prevent_initial_call=True)
def search(words: str | None) -> Component | None:
    """What the search for `words` finds, or a notice of what went wrong."""
    try:
        return _found(words or "")
    except NibrsError as error:
        return notice(str(error), kind="notice bad")


def _found(words: str) -> Component | None:
    words = words.strip()[:60]
    if len(words) < _SHORTEST:
        return None
    years = sorted({int(str(row["data_year"])) for row in queries().ask("loaded").dicts()})
    name, ori = f"%{plain(words)}%", f"{plain(words.upper()[:7])}%"
    # The question asks for one more than is shown, to know that there are more.
    most = most_rows("search") - 1
    agencies: dict[object, dict[str, object]] = {}
    # Most are in the newest years; older ones are looked through while there is room for more.
    for among in (years[-_NEWEST:], years[:-_NEWEST]):
        if among and len(agencies) <= most:
            for found in queries().ask("search", years=among, name=name, ori=ori).dicts():
                agencies.setdefault(found["ori7"], found)
    if not agencies:
        return html.P(f"No agency is called “{words}”, and no ORI begins so.", className="note")
    listed = html.Ul(
        [
            html.Li(
                dcc.Link(
                    [
                        html.Span(str(a["agency_name"] or a["ori7"]).title(), className="name"),
                        html.Span(
                            f"{a['state_abbreviation']} · {a['ori7']} · {count(a['population'])} people · {a['data_year']}",
                            className="note",
                        ),
                    ],
                    href=agency_address(str(a["ori7"])),
                )
            )
            for a in list(agencies.values())[:most]
        ],
        className="found",
    )
    first = f"These are the first {most}; type more to see others." if len(agencies) > most else ""
    return html.Div([listed, html.P(first, className="note")])
