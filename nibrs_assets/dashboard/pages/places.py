"""Rates of states, counties and regions, with how complete they are, as map and table; the measures of the Thriving Index."""

import itertools
from collections.abc import Mapping
from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from nibrs_assets.dashboard.app import empty_page, map_of, page, queries
from nibrs_assets.dashboard.facts import limit
from nibrs_assets.dashboard.maps import coloured, county_map, state_map, states_by_abbreviation, steps
from nibrs_assets.dashboard.parts import (
    NOT_KNOWN,
    RULES,
    SYSTEMS,
    Chart,
    address,
    card,
    count,
    csv_link,
    notice,
    number,
    percent,
    scale,
    selection,
    sql_of,
    table,
    tile,
    year_in,
)
from nibrs_assets.dashboard.queries import Answer, Value

dash.register_page(__name__, path="/places", title="Places – crime data you can follow", name="Places")

_LEVELS = {"state": "States", "county": "Counties", "region": "Regions"}
_MEASURES = {"violent": "Violent crime", "property": "Property crime"}
_MOST_ROWS = 400

Facts = dict[str, Any]


@page
def layout(
    year: str = "", level: str = "state", system: str = "", measure: str = "violent", state: str = "", **_: str
) -> Component:
    """The page of rates by state or county: a map and its table."""
    loaded: list[Facts] = [dict(row) for row in queries().ask("loaded").dicts()]
    years = sorted({int(r["data_year"]) for r in loaded})
    if not years:
        return empty_page()
    chosen = year_in(years, year) or _fullest(loaded)
    there = [
        s
        for s in ("return_a", "nibrs_as_summary", "nibrs")
        if any(r["data_year"] == chosen and r["system"] == s for r in loaded)
    ]
    now = {
        "year": chosen,
        "level": level if level in _LEVELS else "state",
        "system": system if system in there else there[0],
        "measure": measure if measure in _MEASURES else "violent",
        "state": state if state in states_by_abbreviation() else "",
    }
    return _page(now, years, there)


def _fullest(loaded: list[Facts]) -> int:
    """The newest of the years in which more than half as many agencies reported as in the fullest."""
    most = max(r["agencies_reporting"] for r in loaded)
    return int(max(r["data_year"] for r in loaded if 2 * r["agencies_reporting"] >= most))


def _page(now: dict[str, Any], years: list[int], there: list[str]) -> Component:
    def to(**changed: object) -> str:
        return address("/places", **{**now, **changed})

    here, level, measure = to(), now["level"], now["measure"]
    states = [str(s) for (s,) in queries().ask("states", year=now["year"]).rows if s in states_by_abbreviation()]
    selections = [
        selection("level", "Places", {to(level=code): name for code, name in _LEVELS.items()}, here),
        selection("measure", "Measure", {to(measure=code): name for code, name in _MEASURES.items()}, here),
        selection("year", "Year", {to(year=y): str(y) for y in reversed(years)}, here),
        selection("system", "Counted by", {to(system=s): SYSTEMS[s] for s in there}, here),
    ]
    if level == "county":
        selections.append(selection("state", "State", {to(state=s): s or "All states" for s in ("", *states)}, here))
    answer = _places(now)
    places: list[Facts] = [dict(row) for row in answer.dicts()]
    return html.Div(
        [
            html.H1("Places"),
            html.P(
                "Rates per 100,000 people, of places where enough of the people are reported for.", className="lead"
            ),
            html.Div(selections, className="toolbar"),
            notice(
                RULES[now["system"]],
                f" A rate is withheld where agencies of less than {limit('ok')} of the people reported, weighted by months.",
            ),
            _tiles(places, measure),
            _map_card(now, places, answer),
            *_index(now),
        ]
    )


def _places(now: Mapping[str, Any]) -> Answer:
    level = now["level"]
    asked: dict[str, Value] = {"year": int(now["year"]), "system": str(now["system"])}
    if level == "county":
        return queries().ask("places_county", **asked, state=str(now["state"]))
    if level == "region":
        return queries().ask("places_region", **asked, region_set=_region_set())
    return queries().ask("places_state", **asked)


def _region_set() -> str:
    sets = queries().ask("region_sets").rows
    return str(sets[0][0]) if sets else ""


def _tiles(places: list[Facts], measure: str) -> Component:
    # A place is in one of these, or what it reported can't be read.
    rated = [p for p in places if p[f"{measure}_rate"] is not None]
    unpeopled = [p for p in places if _is_unpeopled(p)]
    others = [p["completeness"] for p in places if p[f"{measure}_rate"] is None and not _is_unpeopled(p)]
    counted = [p[measure] for p in places if p[measure] is not None]
    return html.Div(
        [
            tile(
                f"{_MEASURES[measure]}, reported",
                count(sum(counted)) if counted else NOT_KNOWN,
                "of agencies with people",
            ),
            tile("Places with a rate", count(len(rated)), f"{limit('ok')} of the people and more"),
            tile("Partial", count(others.count("partial")), "an estimate, no rate"),
            tile("Insufficient", count(others.count("insufficient")), "counts only"),
            tile("People not known", count(len(unpeopled)), "no rate, whoever reported"),
        ],
        className="tiles",
        id="headline",
    )


def _is_unpeopled(place: Mapping[str, Any]) -> bool:
    """Whether nobody knows the people of the place, or there are none."""
    return not place["population"]


def _steps_said(borders: list[float], rates: list[float]) -> list[str]:
    """The classes of the colour scale in words, with as many digits as tell them apart."""
    if not borders:
        return [number(rates[0], 1)] if rates else []
    digits = 0 if len({number(b) for b in borders}) == len(borders) else 1
    said = [number(b, digits) for b in borders]
    between = [f"{a}–{b}" for a, b in itertools.pairwise(said)]
    return [f"under {said[0]}", *between, f"{said[-1]} and more"]


def _map_card(now: dict[str, Any], places: list[Facts], answer: Answer) -> Component:
    measure = now["measure"]
    rates = [p[f"{measure}_rate"] for p in places if p[f"{measure}_rate"] is not None]
    borders = steps(rates)
    rows = [
        (
            p["place_name"],
            p["completeness"],
            percent(p["share_of_population_by_month"]),
            count(p["population"]),
            count(p[measure]),
            number(p[f"{measure}_rate"], 1),
            number(p[f"{measure}_rate_estimated"], 1),
        )
        for p in sorted(places, key=lambda p: -(p[f"{measure}_rate"] or -1))[:_MOST_ROWS]
    ]
    head = ["Place", "Completeness", "Reported for", "People", "Reported", "Rate", "Rate, estimated"]
    title = f"{_MEASURES[measure]} per 100,000 people, {_LEVELS[now['level']].lower()}, {now['year']}"
    shown = table(title, head, rows, range(2, 7))
    unpeopled = sum(_is_unpeopled(p) for p in places)
    withheld = len(places) - len(rates) - sum(_is_unpeopled(p) and p[f"{measure}_rate"] is None for p in places)
    more = f" The table has the first {_MOST_ROWS}; the CSV has all." if len(places) > _MOST_ROWS else ""
    return card(
        Chart(
            "map",
            title,
            address("/map/places.svg", **now),
            [answer],
            f"{len(rates)} places with a rate, {withheld} withheld, {unpeopled} whose people are not known.",
            None,
            note=f"Of {len(places)} rates {withheld} are withheld; of {unpeopled} places the people are not known.{more}",
            wide=True,
        ),
        html.Div(
            [
                scale(_steps_said(borders, rates), unpeopled="people not known" if unpeopled else ""),
                html.Div(shown, className="below-map"),
            ]
        ),
        address("/places", **now),
    )


@map_of("places")
def places_map(**now: str) -> str:
    """The places of the page's state, by rate."""
    places: list[Facts] = [dict(row) for row in _places(now).dicts()]
    column = {"violent": "violent_rate", "property": "property_rate"}[now["measure"]]
    borders = steps([p[column] for p in places if p[column] is not None])
    values = {
        str(p["place"]): (
            p[column],
            f"{p['place_name']}: {number(p[column], 1)} "
            f"({p['completeness']}, {percent(p['share_of_population_by_month'])} reported)",
        )
        for p in places
    }
    drawn = coloured(values, borders, {str(p["place"]) for p in places if _is_unpeopled(p)})
    if now["level"] == "state":
        fips = states_by_abbreviation()
        return state_map({fips[p]: shown for p, shown in drawn.items() if p in fips})
    if now["level"] == "county":
        return county_map(drawn, states_by_abbreviation().get(now.get("state", "")))
    counties = queries().ask("region_counties", region_set=_region_set()).rows
    return county_map({str(c): drawn[str(r)] for r, c in counties if str(r) in drawn})


def _index(now: Mapping[str, Any]) -> list[Component]:
    """The measures of the index of regions, beside their rates."""
    if now["level"] != "region":
        return []
    answer = queries().ask("thriving_index", year=now["year"], system=now["system"], region_set=_region_set())
    named = {p["place"]: p["place_name"] for p in _places(now).dicts()}
    wanted = f"{now['measure']} crime"
    rows = [
        (
            named.get(r["place"], r["place"]),
            number(r["score"], 1),
            number(r["rate"], 1),
            number(r["mean"], 1),
            number(r["standard_deviation"], 1),
            count(r["peers"]),
        )
        for r in answer.dicts()
        if r["measure"] == wanted
    ]
    title = f"Thriving Index: {wanted}, {now['year']}"
    return [
        html.Section(
            [
                html.H3(title),
                html.P(
                    "100 is the mean of the peers, 100 points a standard deviation; less crime than they have is more.",
                    className="note",
                ),
                table(title, ["Region", "Score", "Rate", "Mean of peers", "Deviation", "Peers"], rows, range(1, 6)),
                html.Div([csv_link(answer, title), sql_of([answer], title)], className="actions"),
            ],
            className="card",
            id="index",
        )
    ]
