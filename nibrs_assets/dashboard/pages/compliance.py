"""Who reports: months by agency, participation over the years, who started and stopped, who reports for whom, what is not known."""

import itertools
import re
from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from nibrs_assets.dashboard import figures
from nibrs_assets.dashboard.app import empty_page, map_of, page, queries
from nibrs_assets.dashboard.facts import limits, status_label, statuses
from nibrs_assets.dashboard.maps import coloured, state_map, states_by_abbreviation
from nibrs_assets.dashboard.parts import (
    NOT_KNOWN,
    Chart,
    address,
    agency_address,
    card,
    count,
    csv_link,
    legend,
    percent,
    scale,
    selection,
    sql_of,
    table,
    tile,
    year_in,
)
from nibrs_assets.dashboard.queries import Answer, plain
from nibrs_assets.dashboard.questions import most_rows
from nibrs_assets.layouts.loader import shipped_layouts

dash.register_page(__name__, path="/compliance", title="Reporting – crime data you can follow", name="Reporting")

_FULL_SHARES = [0.95, 0.999]
"""Borders of the map's colours above those of completeness (docs/places.md): nearly all, and all."""

Facts = dict[str, Any]


@page
def layout(year: str = "", state: str = "", q: str = "", offset: str = "0", **_: str) -> Component:
    """The page of who reported in a year, by state and agency; `q` filters agencies, `offset` is the first one shown."""
    years = sorted({int(str(row["data_year"])) for row in queries().ask("loaded").dicts()})
    if not years:
        return empty_page()
    chosen = year_in(years, year) or years[-1]
    states = [str(s) for (s,) in queries().ask("states", year=chosen).rows]
    state = state if state in states else ""
    here = address("/compliance", year=chosen, state=state)
    return html.Div(
        [
            html.H1("Who reports"),
            html.P(
                "A count of crimes is that of the agencies that reported. Here is who did, and who did not.",
                className="lead",
            ),
            html.Div(
                [
                    selection(
                        "year",
                        "Year",
                        {address("/compliance", year=y, state=state): str(y) for y in reversed(years)},
                        here,
                    ),
                    selection(
                        "state",
                        "State",
                        {address("/compliance", year=chosen, state=s): s or "All states" for s in ("", *states)},
                        here,
                    ),
                ],
                className="toolbar",
            ),
            *_participation(chosen, state, here),
            *(
                _state(chosen, state, q[:60], offset)
                if state
                else [html.P("Choose a state to see its agencies, month by month.", className="note")]
            ),
        ]
    )


def _participation(year: int, state: str, here: str) -> list[Component]:
    answer = queries().ask("participation_years", state=state)
    by_year: dict[int, Facts] = {int(str(row["data_year"])): dict(row) for row in answer.dicts()}
    facts = by_year.get(year, {})
    span = list(range(min(by_year), max(by_year) + 1))
    where = state or "all states in the files"

    def share(of: Facts, part: str, whole: str) -> float | None:
        return round(100 * float(of[part]) / float(of[whole]), 1) if of and of[part] is not None and of[whole] else None

    tiles = [
        tile("Agencies that are to report", count(facts.get("agencies_active")), f"{where}, {year}"),
        tile(
            "Reported all 12 months",
            percent(facts.get("agencies_12_months"), facts.get("agencies_active")),
            f"{count(facts.get('agencies_12_months'))} agencies",
        ),
        tile(
            "People they stand for",
            percent(facts.get("population_12_months"), facts.get("population")),
            "with covered agencies",
        ),
        tile(
            "To NIBRS, any month",
            percent(facts.get("agencies_any_month_nibrs"), facts.get("agencies_active")),
            f"{count(facts.get('agencies_any_month_nibrs'))} agencies",
        ),
    ]
    people = [
        figures.line(
            span,
            [share(by_year.get(y, {}), "population_12_months", "population") for y in span],
            "either system",
            figures.BLUE,
        ),
        figures.line(
            span,
            [share(by_year.get(y, {}), "population_12_months_nibrs", "population") for y in span],
            "NIBRS",
            figures.GREEN,
        ),
        figures.line(
            span,
            [share(by_year.get(y, {}), "population_12_months_summary", "population") for y in span],
            "Return A",
            figures.YELLOW,
        ),
    ]
    agencies = [
        figures.line(span, [_int(by_year.get(y, {}).get(column)) for y in span], name, colour)
        for column, name, colour in (
            ("agencies_active", "to report", figures.UNKNOWN),
            ("agencies_any_month_nibrs", "NIBRS, any month", figures.GREEN),
            ("agencies_any_month_summary", "Return A, any month", figures.YELLOW),
        )
    ]
    alternative = table(
        f"Participation, {where}",
        ["Year", "To report", "Any month", "12 months", "NIBRS", "Return A", "People", "People, 12 months"],
        [
            (
                str(y),
                *(
                    count(f[c])
                    for c in (
                        "agencies_active",
                        "agencies_any_month",
                        "agencies_12_months",
                        "agencies_any_month_nibrs",
                        "agencies_any_month_summary",
                        "population",
                        "population_12_months",
                    )
                ),
            )
            for y, f in by_year.items()
        ],
        range(1, 8),
    )
    axis = {"tickformat": "d", "range": [span[0] - 0.8, span[-1] + 0.8]}
    cards = [
        card(
            Chart(
                "participation",
                f"People whose agencies reported 12 months, {where}",
                figures.figure(people, xaxis=axis, yaxis={"ticksuffix": " %", "tickformat": "", "range": [0, 104]}),
                [answer],
                f"{year}: {percent(facts.get('population_12_months'), facts.get('population'))} by either system.",
                alternative,
                note="Shares are of what the files name: a NIBRS file of a few agencies gives shares of these.",
            ),
            here=here,
        ),
        card(
            Chart(
                "transition",
                f"From the Summary system to NIBRS, {where}",
                figures.figure(agencies, xaxis=axis),
                [answer],
                "Agencies that reported any month to either system.",
                alternative,
                note="A NIBRS header may declare zero reports of an agency that never reported to NIBRS: where both are there, "
                "Return A is the surer sign.",
            ),
            here=here,
        ),
    ]
    if not state:
        cards.append(_map(year, here))
    return [
        *_zeros_only(year, state),
        html.Div(tiles, className="tiles", id="headline"),
        html.Div(cards, className="cards"),
    ]


def _zeros_only(year: int, state: str) -> list[Component]:
    """How much of what counts as reported here are zero reports in NIBRS headers, where there are any."""
    [facts] = queries().ask("zeros_only", year=year, state=state).dicts()
    if not facts["agencies_zeros_only_nibrs"]:
        return []
    where = state or "the files"
    summary = (
        f"{count(facts['agencies_zeros_only'])} of these sent nothing on Return A either"
        if facts["has_return_a"]
        else "no Return A of the year is loaded"
    )
    said = (
        f"{count(facts['agencies_zeros_only_nibrs'])} of the {count(facts['agencies_reporting_nibrs'])} agencies that "
        f"reported to NIBRS in {year} in {where} sent zero reports in headers only, and no record; {summary}. "
        "Shares, tiles and maps here count such months as reported. "
    )
    places = dcc.Link("Places", href=address("/places", year=year))
    return [
        html.Div(
            [said, places, " takes them as not reported, so that its shares are lower."],
            className="notice warn",
            role="note",
            id="zeros",
        )
    ]


def _int(value: object) -> int | None:
    return None if value is None else int(str(value))


def _map(year: int, here: str) -> Component:
    answer = queries().ask("participation_states", year=year)
    rows = [
        (
            dcc.Link(
                str(r["state_abbreviation"]), href=address("/compliance", year=year, state=r["state_abbreviation"])
            ),
            count(r["agencies_active"]),
            count(r["agencies_12_months"]),
            count(r["population"]),
            percent(r["share_of_population_by_month"]),
        )
        for r in answer.dicts()
    ]
    head = ["State", "To report", "12 months", "People", "Share of people, by month"]
    return card(
        Chart(
            "states",
            f"Share of the people whose crimes are reported, {year}",
            address("/map/participation.svg", year=year),
            [answer],
            "A map of the states.",
            table(f"Participation by state, {year}", head, rows, range(1, 5)),
            note="Weighted by months: who reported six of twelve counts half.",
            wide=True,
        ),
        scale(_shares_said()),
        here,
    )


@map_of("participation")
def participation_map(year: str) -> str:
    """The states by the share of their people whose crimes are reported."""
    found = queries().ask("participation_states", year=int(year)).dicts()
    fips = states_by_abbreviation()
    shares = {
        fips[str(r["state_abbreviation"])]: (
            r["share_of_population_by_month"],
            f"{r['state_abbreviation']}: {percent(r['share_of_population_by_month'])}",
        )
        for r in found
        if r["state_abbreviation"] in fips
    }
    return state_map(coloured(shares, _shares()))


def _shares() -> list[float]:
    """The borders of the map's colours."""
    return [*sorted(share for share in limits().values() if share > 0), *_FULL_SHARES]


def _shares_said() -> list[str]:
    """The classes of the map's colours in words."""
    said = [f"{100 * share:g}" for share in _shares()]
    return [f"under {said[0]} %", *(f"{low}–{high} %" for low, high in itertools.pairwise(said)), "all"]


def _state(year: int, state: str, words: str, offset: str) -> list[Component]:
    covered = queries().ask("covered_by", year=year, state=state)
    return [
        html.H2(f"Months by agency, {state}, {year}"),
        _calendar(year, state, words, int(offset) if re.fullmatch(r"[0-9]{1,5}", offset) else 0),
        html.H2("Who started and who stopped"),
        _changes(year, state),
        html.H2("Who reports for whom"),
        _section(
            "covered",
            covered,
            table(
                f"Agencies that another one covers, {state}, {year}",
                ["Agency", "People", "Reports through", "Months", "Trouble"],
                [
                    (
                        _agency(r["ori7"], r["agency_name"], year),
                        count(r["population"]),
                        _agency(r["reported_through_ori7"], r["covering_agency_name"], year),
                        count(r["months_represented"]),
                        r["covered_by_problem"],
                    )
                    for r in covered.dicts()
                ],
                (1, 3),
            )
            if covered.rows
            else html.P("No agency is covered by another.", className="note"),
        ),
        html.H2("What is not known"),
        *_quality(year, state),
    ]


def _agency(ori7: object, name: object, year: int) -> Component | str:
    if ori7 is None:
        return NOT_KNOWN
    return dcc.Link(f"{str(name or '').title()} ({ori7})", href=agency_address(str(ori7), year=year))


def _section(ident: str, answer: Answer, content: Component) -> Component:
    return html.Section(
        [content, html.Div([csv_link(answer, ident), sql_of([answer], ident)], className="actions")],
        className="card",
        id=ident,
    )


def _calendar(year: int, state: str, words: str, offset: int) -> Component:
    answer = queries().ask("compliance_months", year=year, state=state, name=f"%{plain(words)}%", offset=offset)
    rows: dict[str, tuple[str, dict[int, str]]] = {}
    for r in answer.dicts():
        name = f"{str(r['agency_name'] or '').title()} {r['ori7']}"
        rows.setdefault(str(r["ori7"]), (name, {}))[1][int(str(r["month"]))] = str(r["status"])
    cells = [[months.get(m) for m in range(1, 13)] for _, months in rows.values()]
    names = [name for name, _ in rows.values()]
    drawn = figures.calendar(names, cells, statuses())
    drawn["layout"]["margin"]["l"] = 10
    alternative = table(
        f"Status of each month, {state}, {year}",
        ["Agency", *figures.MONTHS],
        [
            (
                dcc.Link(name, href=agency_address(ori7, year=year)),
                *map(status_label, row),
            )
            for (ori7, (name, _)), row in zip(rows.items(), cells, strict=True)
        ],
    )
    here = {"year": year, "state": state, "q": words or None}
    a_page = most_rows("compliance_months")
    turn = [
        dcc.Link(f"Previous {a_page}", href=address("/compliance", **here, offset=max(0, offset - a_page)))
        if offset
        else None,
        dcc.Link(f"Next {a_page}", href=address("/compliance", **here, offset=offset + a_page))
        if len(rows) == a_page
        else None,
    ]
    search = html.Form(
        [
            html.Label("Only agencies called", htmlFor="among"),
            dcc.Input(id="among", name="q", type="search", value=words, maxLength=60),
            dcc.Input(type="hidden", name="year", value=str(year)),
            dcc.Input(type="hidden", name="state", value=state),
            html.Button("Show", type="submit"),
        ],
        action="/compliance",
        method="GET",
        className="among",
    )
    missing = sum(s == "missing" for row in cells for s in row)
    if not rows:
        return html.Div([search, html.P("No agency here.", className="note")])
    return html.Div(
        [
            search,
            card(
                Chart(
                    "months",
                    f"Agencies {offset + 1} to {offset + len(rows)}, by population",
                    drawn,
                    [answer],
                    f"{missing} of {12 * len(rows)} months missing.",
                    alternative,
                    note=legend(),
                    height=50 + 22 * len(rows),
                    wide=True,
                ),
                html.P([part for part in turn if part], className="turn"),
                address("/compliance", **here, offset=offset or None),
            ),
        ]
    )


def _changes(year: int, state: str) -> Component:
    """Who started and stopped since the newest earlier year of which a file of the same system has the state."""
    titles = {kind.name: kind.title for kind in shipped_layouts().kinds.values()}
    systems = {
        int(str(r["data_year"])): {s for s in titles if r.get(s)}
        for r in queries().ask("state_years", state=state, year=year).dicts()
    }
    earlier = [y for y in systems if y < year]
    before = max((y for y in earlier if systems[y] & systems[year]), default=None)
    if before is None:
        why = "of this state in the same system" if earlier else "of this state"
        return html.P(f"There is no earlier year {why}.", className="note", id="changes")
    answer = queries().ask("started_stopped", year=year, before=before, state=state)
    compared = " and ".join(titles[s] for s in titles if s in systems[before] & systems[year])
    if not answer.rows:
        said = f"Nobody, between {before} and {year}, in {compared}."
        return _section("changes", answer, html.P(said, className="note"))
    rows = [
        (
            _agency(r["ori7"], r["agency_name"], year),
            r["change"],
            count(r["population"]),
            _months_in(r["months_before"]),
            _months_in(r["months_now"]),
        )
        for r in answer.dicts()
    ]
    head = ["Agency", "Change", "People", f"Months in {before}", f"Months in {year}"]
    most = most_rows(answer.name)
    first = f" These are the first {most}, by population." if len(rows) == most else ""
    said = (
        f"By {compared}, of which both years are loaded. Covered agencies are left out, and zero reports in headers "
        f"alone are no report.{first}"
    )
    shown = table(f"Agencies that reported in {before} or in {year}, not in both", head, rows, (2, 3, 4))
    return _section("changes", answer, html.Div([html.P(said, className="note"), shown]))


def _months_in(months: object) -> str:
    return "not in the file" if months is None else count(months)


def _quality(year: int, state: str) -> list[Component]:
    agencies = queries().ask("quality_agencies", year=year, state=state)
    unknown = queries().ask("quality_unknown", year=year, state=state)
    named = (
        ("agencies_without_report", "to report, and did not", "agencies_active"),
        ("agencies_partial_year", "to report, and reported 1 to 11 months", "agencies_active"),
        ("agencies_disagreeing", "with months in which what is declared and what is found differ", "agencies"),
        ("agencies_covered_by_problem", "covered by an agency that is not there, or in a circle", "agencies_covered"),
        ("agencies_without_population", "without a population", "agencies"),
    )
    facts = agencies.dicts()[0]
    parts = [
        _section(
            "quality",
            agencies,
            table(
                f"Agencies, {state}, {year}",
                ["Agencies", "Number", "Of", "Share"],
                [
                    (said, count(facts[column]), count(facts[of]), percent(facts[column], facts[of]))
                    for column, said, of in named
                ],
                (1, 2, 3),
            ),
        )
    ]
    shares = sorted(unknown.dicts(), key=lambda r: float(str(r["share_unknown"])))
    if not shares:
        return [*parts, html.P("NIBRS has no records of the state in this year.", className="note")]
    labels = [f"{r['characteristic']} of {r['subject']}s" for r in shares]
    drawn = figures.bars(
        labels, [round(100 * float(str(r["share_unknown"])), 1) for r in shares], figures.UNKNOWN, across=True
    )
    chart = Chart(
        "unknown",
        f"Not known in NIBRS records, {state}, {year}",
        figures.figure(
            [drawn],
            xaxis={"ticksuffix": " %", "tickformat": ""},
            yaxis={"showgrid": False, "tickformat": ""},
            margin={"l": 10, "r": 16, "t": 8, "b": 32},
        ),
        [unknown],
        "Share of records in which the value is unknown or not given.",
        table(
            "Not known",
            ["What", "Records", "Not known", "Share"],
            [
                (label, count(r["all_records"]), count(r["unknown"]), percent(r["share_unknown"]))
                for label, r in zip(labels, shares, strict=True)
            ][::-1],
            (1, 2, 3),
        ),
        height=80 + 22 * len(labels),
    )
    return [html.Div([*parts, card(chart, here=address("/compliance", year=year, state=state))], className="cards")]
