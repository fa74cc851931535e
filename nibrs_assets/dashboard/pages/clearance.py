"""The model of clearance: what it is for and not for, how good it is, for whom it is wrong, and its card."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from nibrs_assets.dashboard.app import map_of, page, queries
from nibrs_assets.dashboard.figures import BLUE, ORANGE, SKY, figure
from nibrs_assets.dashboard.parts import (
    NOT_KNOWN,
    Chart,
    address,
    attributes,
    card,
    csv_link,
    notice,
    number,
    percent,
    selection,
    sql_of,
    table,
    tile,
)
from nibrs_assets.dashboard.queries import Answer, NothingLoadedError

dash.register_page(
    __name__, path="/clearance", title="Clearance: a model – crime data you can follow", name="Clearance"
)

_TASKS = {
    "all": "All reported offenses",
    "open": "Open after the first day",
    "larceny": "Larceny-theft",
    "violent": "Violent crime",
}
_SPLITS = {"time": "Later years", "agency": "Agencies never seen"}
_MODELS = {
    "base_rate": "Base rate",
    "logistic_regression": "Logistic regression",
    "gradient_boosted_trees": "Boosted trees",
}
_LEAK = "with offender fields: a leak"
_METRICS = {"auc": "AUC", "brier": "Brier score", "calibration_error": "Calibration error"}
_ATTRIBUTES = {
    "victim_race": "Race of the victim",
    "victim_sex": "Sex of the victim",
    "victim_age": "Age of the victim",
    "victim_ethnicity": "Ethnicity of the victim",
    "agency_size": "Size of the agency",
    "state": "State",
}
_OF_GROUPS = {
    "base_rate": "Cleared",
    "mean_score": "Mean probability",
    "auc": "AUC",
    "brier": "Brier",
    "selection_rate": "Selected",
    "tpr": "TPR",
    "fpr": "FPR",
}
_SHARES = ("base_rate", "mean_score", "selection_rate", "tpr", "fpr")
_GAP = "gap"
_PICTURE = re.compile(r"!\[([^\]]*)\]\((\w+)\.svg\)")

Facts = dict[str, Any]
Estimates = dict[str, Facts]


@page
def layout(
    task: str = "all", split: str = "time", attribute: str = "victim_race", at: str = "0.3", **_: str
) -> Component:
    """The page of the clearance models for a task, split, audited attribute and threshold."""
    try:
        cards = queries().ask("clearance_card")
    except NothingLoadedError:
        return _none_yet()
    if not cards.rows:
        return _none_yet()
    choices = queries().ask("clearance_choices").dicts()
    there = {name: list(dict.fromkeys(str(row[name]) for row in choices)) for name in ("task", "split", "attribute")}
    thresholds = sorted({str(row["at"]) for row in choices} - {"any"})
    if not thresholds:
        # Too little was cleared to audit anything: the card says what was not run.
        return html.Div([html.H1("Is an incident cleared?"), _card(cards.dicts()[0])])
    given = {"task": task, "split": split, "attribute": attribute}
    now = {name: value if value in there[name] else there[name][0] for name, value in given.items()}
    now["at"] = at if at in thresholds else thresholds[0]
    return _page(now, there, thresholds, cards.dicts()[0])


def _none_yet() -> Component:
    return html.Div(
        [
            html.H1("No model has been made yet"),
            html.P("It is learned from the years that are in the lake, on demand:"),
            html.Pre("make clearance        # or: nibrs clearance"),
        ]
    )


def _page(
    now: Mapping[str, str], there: Mapping[str, Sequence[str]], thresholds: Sequence[str], told: Facts
) -> Component:
    def to(**changed: str) -> str:
        return address("/clearance", **{**now, **changed})

    def choose(ident: str, label: str, names: Mapping[str, str]) -> Component:
        options = {to(**{ident: code}): name for code, name in names.items() if code in there[ident]}
        return selection(ident, label, options, to())

    metrics = queries().ask("clearance_metrics", task=now["task"], split=now["split"])
    groups = queries().ask("clearance_groups", **now)
    return html.Div(
        [
            html.H1("Is an incident cleared?"),
            html.P(
                f"A model that was audited before it is believed. Learned from NIBRS {told['years']}; "
                f"tested on {told['tested_years'] or 'no later year'} and on agencies never seen.",
                className="lead",
            ),
            notice(
                "For planning at the level of agency and offense, and for teaching what such models can't do. ",
                html.Strong("Not for deciding which victim gets attention, nor for judging people."),
                " Why, and all of its limits: in the ",
                html.A("card", href="#card"),
                ".",
                kind="notice bad",
            ),
            html.Div(
                [
                    choose("task", "Incidents", _TASKS),
                    choose("split", "Tested on", _SPLITS),
                    choose("attribute", "Groups", _ATTRIBUTES),
                    selection("at", "Selected from", {to(at=t): f"a probability of {t}" for t in thresholds}, to()),
                ],
                className="toolbar",
            ),
            _tiles(metrics),
            _quality(now, metrics),
            _audit(now, groups),
            _card(told),
        ]
    )


def _by_model(metrics: Answer) -> dict[tuple[str, str], Estimates]:
    """The estimates of each feature set and model, by metric."""
    found: dict[tuple[str, str], Estimates] = {}
    for row in metrics.dicts():
        found.setdefault((str(row["feature_set"]), str(row["model"])), {})[str(row["metric"])] = dict(row)
    return found


def _estimate(row: Facts | None, digits: int = 3) -> str:
    """A value with its interval, where it has one."""
    if row is None or row["value"] is None:
        return NOT_KNOWN
    if row["low"] is None:
        return number(row["value"], digits)
    return f"{number(row['value'], digits)} ({number(row['low'], digits)} to {number(row['high'], digits)})"


def _tiles(metrics: Answer) -> Component:
    models = _by_model(metrics)
    auc = {model: of.get("auc") for (features, model), of in models.items() if features == "report"}
    tiles = [
        tile(_MODELS[model], number(found["value"], 3), f"AUC, {number(found['low'], 3)} to {number(found['high'], 3)}")
        for model in _MODELS
        if (found := auc.get(model)) is not None
    ]
    try:
        [(cleared, first_day)] = queries().ask("clearance_first_day").rows
    except (NothingLoadedError, ValueError):
        cleared = first_day = None
    if cleared:
        below = f"of {number(cleared)} incidents cleared within 180 days"
        tiles.append(tile("Cleared on the first day", percent(first_day, cleared), below))
    return html.Div(tiles, className="tiles")


def _quality(now: Mapping[str, str], metrics: Answer) -> Component:
    models = _by_model(metrics)
    named = {
        (features, model): f"{name}, {_LEAK}" if features == "offender" else name
        for model, name in _MODELS.items()
        for features in ("report", "offender")
        if (features, model) in models
    }
    rows = [(name, *(_estimate(models[key].get(metric)) for metric in _METRICS)) for key, name in named.items()]
    aucs = {key: of["auc"] for key, of in models.items() if "auc" in of}
    series = [("report", "what is known at the report", BLUE), ("offender", _LEAK, ORANGE)]
    data = [
        _dots({_MODELS[model]: row for (of, model), row in aucs.items() if of == features}, name, colour)
        for features, name, colour in series
    ]
    what = f"{_TASKS[now['task']]}, {_SPLITS[now['split']]}".lower()
    title = f"How well it tells which incidents are cleared: {what}"
    return card(
        Chart(
            ident="quality",
            title=title,
            figure=figure(
                data,
                xaxis={"range": [0.45, 1], "showgrid": True, "tickformat": ".1f", "tickangle": 0},
                yaxis={"showgrid": False, "categoryarray": list(reversed(_MODELS.values()))},
                margin={"t": 50},
            ),
            answers=[metrics],
            summary="; ".join(f"{named[key]}: AUC {_estimate(row)}" for key, row in aucs.items()),
            alternative=table(title, ["Model", *_METRICS.values()], rows, range(1, 1 + len(_METRICS))),
            note=(
                "AUC: how often a cleared incident has the higher probability of two; 0.5 is a coin. "
                "Lines are 95 % intervals over agencies. What offender fields add is no skill: "
                "they are often written when somebody is arrested."
            ),
            wide=True,
        ),
        here=address("/clearance", **now),
    )


def _dots(rows: Mapping[str, Facts], name: str, colour: str) -> Facts:
    """Values with their intervals, one above the other."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [row["value"] for row in rows.values()],
        "y": list(rows),
        "marker": {"size": 11, "color": colour, "symbol": "diamond" if colour == ORANGE else "circle"},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [(row["high"] or row["value"]) - row["value"] for row in rows.values()],
            "arrayminus": [row["value"] - (row["low"] or row["value"]) for row in rows.values()],
            "thickness": 1.5,
        },
        "hovertemplate": "%{y}: %{x:.3f}<extra>" + name + "</extra>",
    }


def _audit(now: Mapping[str, str], groups: Answer) -> Component:
    found: dict[str, Estimates] = {}
    for row in groups.dicts():
        found.setdefault(str(row["group_name"]), {})[str(row["metric"])] = dict(row)
    rows = [
        (
            "Widest difference" if name == _GAP else name,
            *(_share(of.get(m)) if m in _SHARES else _estimate(of.get(m), 2) for m in _OF_GROUPS),
            NOT_KNOWN if name == _GAP else number(next(iter(of.values()))["incidents"]),
        )
        for name, of in found.items()
    ]
    shown = {name: of for name, of in found.items() if name != _GAP and "base_rate" in of}
    series = [
        ("base_rate", "Cleared", BLUE),
        ("mean_score", "Mean probability", SKY),
        ("selection_rate", "Selected", ORANGE),
    ]
    data = [
        {
            "type": "bar",
            "name": name,
            "x": list(shown),
            "y": [(of.get(metric) or {}).get("value") for of in shown.values()],
            "marker": {"color": colour},
            "hovertemplate": "%{x}: %{y:.1%}<extra>" + name + "</extra>",
        }
        for metric, name, colour in series
    ]
    title = f"For whom it is right and wrong: {_ATTRIBUTES[now['attribute']].lower()}"
    head = ["Group", *_OF_GROUPS.values(), "Incidents"]
    return card(
        Chart(
            ident="audit",
            title=title,
            figure=figure(data, yaxis={"tickformat": ".0%"}, barmode="group"),
            answers=[groups],
            summary="; ".join(f"{name}: {_share(of.get('base_rate'))} cleared" for name, of in shown.items()),
            alternative=table(title, head, rows, range(1, len(head))),
            note=(
                f"Boosted trees. Selected: a probability of {now['at']} or more. TPR and FPR: selected of those that were cleared, "
                "and of those that were not. The model is told none of these groups but the agency's size. "
                "Groups of fewer than five agencies have no interval."
            ),
            height=320,
            wide=True,
        ),
        here=address("/clearance", **now),
    )


def _share(row: Facts | None) -> str:
    if row is None or row["value"] is None:
        return NOT_KNOWN
    if row["low"] is None:
        return percent(row["value"])
    return f"{percent(row['value'])} ({number(100 * row['low'], 1)} to {number(100 * row['high'], 1)})"


def _card(told: Facts) -> Component:
    """The card as it is in the lake, its plots asked of the warehouse, its headings below the page's own."""
    _, _, below_title = told["markdown"].partition("\n")
    text = "## Model card\n" + below_title.replace("\n## ", "\n### ")
    text = _PICTURE.sub(lambda found: f"![{found[1]}]({address('/map/clearance.svg', plot=found[2])})", text)
    return html.Section(
        [
            dcc.Markdown(text, className="model-card"),
            html.Div(
                [
                    csv_link(queries().ask("clearance_card"), "the card"),
                    sql_of([queries().ask("clearance_card")], "the card"),
                ],
                className="actions",
            ),
        ],
        id="card",
        className="card wide",
        **attributes(aria_label="Model card"),
    )


@map_of("clearance")
def plot_of_card(plot: str = "") -> str:
    """A plot of the card as SVG; KeyError where it has none of that name."""
    for row in queries().ask("clearance_plots", plot=plot).dicts():
        return str(row["svg"])
    raise KeyError(plot)
