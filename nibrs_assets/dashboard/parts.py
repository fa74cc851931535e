"""What pages are made of: addresses, selections, tables, cards with a chart and all that belongs to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component

from nibrs_assets.dashboard.facts import statuses
from nibrs_assets.dashboard.queries import Answer, written

Content: TypeAlias = Component | str | None
Element: TypeAlias = dict[str, object]

SYSTEMS = {
    "nibrs_as_summary": "NIBRS, counted as Summary",
    "nibrs": "NIBRS, all offenses of an incident",
    "return_a": "Summary (Return A)",
}
"""The systems of counts by what people call them here (docs/counting.md)."""

RULES = {
    "nibrs_as_summary": (
        "NIBRS incidents by the rules of the Summary system: of an incident only the most serious offense counts (hierarchy rule). "
        "Cleared: of these very offenses, by the time the file was made."
    ),
    "nibrs": (
        "By the rules of NIBRS: every offense of an incident counts, crimes against persons once per victim. "
        "Cleared: of these very offenses, by the time the file was made."
    ),
    "return_a": (
        "The Summary system's Return A: monthly counts as the agency sent them, of an incident the most serious offense. "
        "Cleared: what was cleared in the year, whenever it happened."
    ),
}

OFFENSES = {
    "violent": "Violent crime",
    "murder": "Murder",
    "rape_total": "Rape",
    "robbery_total": "Robbery",
    "aggravated_assault": "Aggravated assault",
    "property": "Property crime",
    "burglary_total": "Burglary",
    "larceny_total": "Larceny-theft",
    "mvt_total": "Motor vehicle theft",
}

NOT_KNOWN = "–"


def number(value: object, digits: int = 0) -> str:
    """A number as people write it; a dash where it is not known."""
    if value is None:
        return NOT_KNOWN
    return f"{float(str(value)):,.{digits}f}"


def count(value: object) -> str:
    """A count: whole, unless parts of agencies are in it."""
    return number(value, 0 if value is None or float(str(value)).is_integer() else 1)


def percent(part: object, whole: object = 1) -> str:
    """A share as a percentage with one decimal; a dash where it is not known."""
    if part is None or not whole:
        return NOT_KNOWN
    return f"{100 * float(str(part)) / float(str(whole)):.1f} %"


def address(path: str, **state: object) -> str:
    """The address of a page in a state; what is None is left out."""
    given = {key: value for key, value in state.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def year_in(years: Iterable[int], given: str) -> int | None:
    """The year that an address gives, where it is one of these."""
    return next((year for year in years if str(year) == given), None)


def agency_address(ori7: str, **state: object) -> str:
    """The address of an agency's page in a state."""
    return address(f"/agency/{quote(ori7)}", **state)


def selection(ident: str, label: str, options: Mapping[str, str], chosen: str) -> Component:
    """A list to choose from: addresses to go to, with what they are called. `chosen` is the address of what is shown now."""
    return html.Div(
        [
            html.Label(label, htmlFor=ident),
            html.Select(
                [html.Option(text, value=to, selected=to == chosen) for to, text in options.items()],
                id=ident,
                key=f"{ident} {chosen}",
                **attributes(data_go="yes"),
            ),
        ],
        className="selection",
    )


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Content | object]], numeric: Iterable[int] = ()
) -> Component:
    """A table whose first column heads its rows; `numeric` are the places of columns of numbers."""
    right = set(numeric)

    def cell(place: int, value: object) -> Element:
        shown = value if isinstance(value, Component) else NOT_KNOWN if value is None else str(value)
        return _element("Th", shown, scope="row") if place == 0 else _element("Td", shown, className=kind(place))

    def kind(place: int) -> str:
        return "number" if place in right else ""

    titles = [_element("Th", title, scope="col", className=kind(place)) for place, title in enumerate(head)]
    body = [_element("Tr", [cell(place, value) for place, value in enumerate(row)]) for row in rows]
    parts: list[Any] = [html.Caption(caption), _element("Thead", _element("Tr", titles)), _element("Tbody", body)]
    return html.Div(
        html.Table(parts),
        className="scroll",
        tabIndex=0,
        role="region",
        **attributes(aria_label=caption),
    )


def attributes(**given: str) -> dict[str, Any]:
    """Attributes of HTML that are no names in Python: `aria_label` becomes `aria-label`."""
    return {name.replace("_", "-"): value for name, value in given.items()}


def _element(kind: str, children: object, **given: str) -> Element:
    """An element as Dash sends it. Tables have a thousand, and making components of them takes most of a page's time."""
    return {"type": kind, "namespace": "dash_html_components", "props": {"children": children, **given}}


@dataclass(frozen=True)
class Chart:
    """A chart of a page, by its `ident`, which is also its anchor.

    `figure` is a Plotly figure, or the address of a map as SVG. `answers` are what it was made from; its CSV holds the first.
    `summary` says in a sentence what there is to see; `alternative` is its table.
    """

    ident: str
    title: str
    figure: Mapping[str, object] | str
    answers: Sequence[Answer]
    summary: str
    alternative: Component | None = None
    note: Content | Sequence[Content] = None
    height: int = 260
    wide: bool = False


def card(chart: Chart, after: Content = None, here: str = "") -> Component:
    """A chart with its title, what is to be known of it, its table, downloads, its own address and its SQL.

    `here` is the address of the page in the state that is shown, all of which the chart's own address holds too.
    """
    drawn: Component
    described = attributes(role="img", aria_label=f"{chart.title}. {chart.summary}")
    if isinstance(chart.figure, str):
        drawn = html.Div(id=f"{chart.ident}-drawn", className="map", **attributes(data_svg=chart.figure), **described)
    else:
        drawn = html.Div(
            dcc.Graph(
                figure=dict(chart.figure),
                responsive=True,
                config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
                style={"height": f"{chart.height}px"},
            ),
            id=f"{chart.ident}-drawn",
            **described,
        )
    return html.Section(
        [
            html.H3(chart.title, id=f"{chart.ident}-title"),
            html.P(chart.note, className="note") if chart.note else None,
            drawn,
            after,
            html.Details([html.Summary("Table"), chart.alternative]) if chart.alternative else None,
            _actions(chart, here),
        ],
        id=chart.ident,
        className="card wide" if chart.wide else "card",
        **attributes(aria_labelledby=f"{chart.ident}-title"),
    )


def csv_address(answer: Answer) -> str:
    """The address of an answer as CSV."""
    return address(f"/csv/{answer.name}.csv", **{key: written(value) for key, value in answer.parameters.items()})


def csv_link(answer: Answer, of: str) -> Component:
    """A link to an answer as CSV; `of` names it for screen readers."""
    return html.A("CSV", href=csv_address(answer), download=f"{answer.name}.csv", **attributes(aria_label=f"CSV: {of}"))


def sql_of(answers: Iterable[Answer], of: str) -> Component:
    """The SQL of some answers, folded away; `of` names it for screen readers."""
    return html.Details(
        [html.Summary("SQL", **attributes(aria_label=f"SQL: {of}")), *(_pre(answer) for answer in answers)],
        className="sql",
    )


def _pre(answer: Answer) -> Component:
    return html.Pre(answer.sql, tabIndex=0, role="region", **attributes(aria_label=f"SQL of {answer.name}"))


def _actions(chart: Chart, here: str) -> Component:
    png = html.Button(
        "PNG",
        type="button",
        **attributes(data_png=f"{chart.ident}-drawn", data_title=chart.title, aria_label=f"PNG: {chart.title}"),
    )
    link = html.A("Link", href=f"{here}#{chart.ident}", **attributes(aria_label=f"Link to: {chart.title}"))
    return html.Div(
        [csv_link(chart.answers[0], chart.title), png, link, sql_of(chart.answers, chart.title)], className="actions"
    )


def tile(label: str, value: str, below: str, title: str = "") -> Component:
    """A big number with what it is."""
    return html.Div(
        [html.Div(label, className="label"), html.Div(value, className="big"), html.Div(below, className="below")],
        className="tile",
        title=title or None,
    )


def notice(*content: Content, kind: str = "notice") -> Component:
    """A boxed message to the reader."""
    return html.Div(list(content), className=kind, role="note")


def legend() -> Component:
    """What the letters and colours of months mean."""
    return html.Span(
        [
            html.Span(
                [
                    html.Span(status.letter, className="swatch", style={"background": status.colour}),
                    f" {status.label}",
                ],
                className="key",
            )
            for status in statuses().values()
        ],
        className="keys",
    )


def scale(steps: Sequence[str], withheld: str = "withheld: too few reported", unpeopled: str = "") -> Component:
    """What the colours of a map mean; `unpeopled` is what is said of the dots, where there are any."""
    swatches = [
        html.Span([html.Span(className=f"swatch step{i}"), f" {text}"], className="key") for i, text in enumerate(steps)
    ]
    hatched = html.Span([html.Span(className="swatch hatch"), f" {withheld}"], className="key")
    none = html.Span([html.Span(className="swatch none"), " not in the files"], className="key")
    dotted = html.Span([html.Span(className="swatch dotted"), f" {unpeopled}"], className="key") if unpeopled else None
    return html.P([part for part in (*swatches, hatched, dotted, none) if part], className="keys")
