"""The plots of the card, as SVG, each with what is to be seen in it in words. The same results give the same bytes."""

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nibrs_assets.clearance.audit import ATTRIBUTES, GAP, THRESHOLDS
from nibrs_assets.clearance.leak import OFFENDER, REPORT
from nibrs_assets.clearance.models import BASE_RATE, LOGISTIC, MODELS, TREES
from nibrs_assets.clearance.study import MAIN, SPLITS, TASKS, TIME, Results, Row

LABELS = {BASE_RATE: "base rate", LOGISTIC: "logistic regression", TREES: "boosted trees"}
# Okabe and Ito's colours, which the colour-blind tell apart; markers differ too.
_COLOURS = {BASE_RATE: "#000000", LOGISTIC: "#E69F00", TREES: "#0072B2", OFFENDER: "#D55E00"}
_MARKERS = {BASE_RATE: "|", LOGISTIC: "s", TREES: "o", OFFENDER: "D"}
_PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_LINES = ("-", "--", "-.", ":")
_VICTIM = tuple(attribute for attribute in ATTRIBUTES if attribute.startswith("victim_"))


def words(name: str) -> str:
    """A column's name as words."""
    return name.replace("_", " ")


def plots(results: Results) -> list[Row]:
    """The plots: `name`, `title`, `alt`, `svg`."""
    made: list[tuple[str, str, Callable[[Results, Any], str], tuple[float, float]]] = [
        ("auc", "AUC of each model, by task and split", _auc, (8, 5)),
        ("calibration", "Calibration of all reported offenses, either within 180 days", _calibration, (9, 4.6)),
        (
            "audit_groups",
            "Share cleared and mean probability by group, all reported offenses, later years",
            _groups,
            (8, 8.4),
        ),
        (
            "audit_rates",
            "Rates by threshold and group of victims, all reported offenses, later years",
            _rates,
            (10, 5.6),
        ),
    ]
    return [{"name": name, "title": title, **_drawn(draw, results, title, size)} for name, title, draw, size in made]


def _drawn(draw: Callable[[Results, Any], str], results: Results, title: str, size: tuple[float, float]) -> Row:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = {"svg.hashsalt": "clearance", "svg.fonttype": "none", "font.size": 9}
    with mpl.rc_context(settings):
        figure = Figure(figsize=size, layout="constrained")
        alt = draw(results, figure)
        figure.suptitle(title, fontsize=11)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Title": title, "Description": alt})
    return {"alt": alt, "svg": file.getvalue()}


def main_metrics(results: Results, metric: str) -> dict[tuple[str, str, str, str], Row]:
    """The rows of a metric of the main outcome by task, split, feature set and model."""
    return {
        (row["task"], row["split"], row["feature_set"], row["model"]): row
        for row in results.metric
        if row["metric"] == metric and (row["outcome"], row["horizon"]) == MAIN
    }


def _auc(results: Results, figure: Any) -> str:
    found = main_metrics(results, "auc")
    axes = figure.subplots()
    places = [(task, split) for task in TASKS for split in SPLITS if (task, split, REPORT, TREES) in found]
    series = [(REPORT, model, LABELS[model], model) for model in MODELS]
    series.append((OFFENDER, TREES, "boosted trees with offender fields (leak)", OFFENDER))
    for number, (feature_set, model, label, style) in enumerate(series):
        points = [
            (place + 0.18 * (number - 1.5), found[task, split, feature_set, model])
            for place, (task, split) in enumerate(places)
            if (task, split, feature_set, model) in found
        ]
        _points(axes, points, _COLOURS[style], _MARKERS[style], label)
    axes.set_yticks(range(len(places)), [f"{TASKS[task]}\n{SPLITS[split]}" for task, split in places])
    axes.invert_yaxis()
    axes.axvline(0.5, color="grey", linewidth=0.8)
    axes.set_xlabel("AUC with 95 % interval; 0.5 = no better than chance")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    told = [
        f"{TASKS[task]}, {SPLITS[split]}: base rate {_number(found[task, split, REPORT, BASE_RATE])}, boosted trees "
        f"{_number(found[task, split, REPORT, TREES])}"
        + (f", with offender fields {_number(leak)}" if (leak := found.get((task, split, OFFENDER, TREES))) else "")
        for task, split in places
    ]
    return f"Dots with intervals. AUC of {'; '.join(told)}."


def _points(axes: Any, points: Sequence[tuple[float, Row]], colour: str, marker: str, label: str) -> None:
    places, rows = [p for p, _ in points], [row for _, row in points]
    values = [_value(row["value"]) for row in rows]
    spans = [
        [max(v - _value(row["low"]), 0) for v, row in zip(values, rows, strict=True)],
        [max(_value(row["high"]) - v, 0) for v, row in zip(values, rows, strict=True)],
    ]
    axes.errorbar(
        values, places, xerr=spans, fmt=marker, color=colour, label=label, markersize=5, linewidth=1, capsize=2
    )


def _value(value: float | None) -> float:
    return float("nan") if value is None else value


def _number(row: Row) -> str:
    return "not known" if row["value"] is None else f"{row['value']:.2f}"


def _calibration(results: Results, figure: Any) -> str:
    told = []
    for axes, (split, title) in zip(figure.subplots(1, 2, sharex=True, sharey=True), SPLITS.items(), strict=True):
        axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
        for model in MODELS:
            rows = [row for row in _of_main(results.calibration, "all", split) if row["model"] == model]
            predicted, observed = [row["predicted"] for row in rows], [_value(row["value"]) for row in rows]
            spans = [
                [max(o - _value(row["low"]), 0) for o, row in zip(observed, rows, strict=True)],
                [max(_value(row["high"]) - o, 0) for o, row in zip(observed, rows, strict=True)],
            ]
            axes.errorbar(
                predicted,
                observed,
                yerr=spans,
                marker=_MARKERS[model],
                color=_COLOURS[model],
                label=LABELS[model] if split == TIME else None,
                linewidth=1,
                capsize=2,
                markersize=4,
            )
            if rows:
                told.append(
                    f"{LABELS[model]}, {title}: {predicted[0]:.2f} given and {observed[0]:.2f} cleared in the lowest bin, "
                    f"{predicted[-1]:.2f} and {observed[-1]:.2f} in the highest"
                )
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("mean probability given")
        axes.set_ylabel("share cleared, with 95 % interval")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return f"Calibration curves in ten bins against the diagonal. {'; '.join(told)}."


def _of_main(rows: Sequence[Row], task: str, split: str) -> Iterator[Row]:
    for row in rows:
        if (row["task"], row["split"], row["outcome"], row["horizon"], row["feature_set"]) == (
            task,
            split,
            *MAIN,
            REPORT,
        ):
            yield row


def audited(results: Results, metric: str, task: str = "all", split: str = TIME, model: str = TREES) -> list[Row]:
    """The rows of the audit of a metric, without the gaps."""
    return [
        row
        for row in results.audit
        if (row["task"], row["split"], row["model"], row["metric"]) == (task, split, model, metric)
        and row["group_name"] != GAP
    ]


def _groups(results: Results, figure: Any) -> str:
    rates, means = audited(results, "base_rate"), audited(results, "mean_score")
    axes = figure.subplots()
    _points(axes, [(n - 0.12, row) for n, row in enumerate(rates)], "#000000", "o", "share cleared")
    _points(axes, [(n + 0.12, row) for n, row in enumerate(means)], _COLOURS[TREES], "s", "mean probability given")
    axes.set_yticks(
        range(len(rates)),
        [f"{words(row['attribute'])}: {row['group_name']} ({row['incidents']:,})" for row in rates],
    )
    for number in range(1, len(rates)):
        if rates[number]["attribute"] != rates[number - 1]["attribute"]:
            axes.axhline(number - 0.5, color="grey", linewidth=0.5)
    axes.invert_yaxis()
    axes.set_xlabel("share, with 95 % interval; incidents in brackets")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    told = [
        f"{words(rate['attribute'])} {rate['group_name']} {_number(rate)} cleared, {_number(mean)} given"
        for rate, mean in zip(rates, means, strict=True)
    ]
    return (
        f"Two dots a group with intervals, share cleared and mean probability of the boosted trees. {'; '.join(told)}."
    )


def _rates(results: Results, figure: Any) -> str:
    told = []
    grid = figure.subplots(2, len(_VICTIM), sharex=True, sharey=True)
    for place, attribute in enumerate(_VICTIM):
        for axes, metric in zip(grid[:, place], ("tpr", "fpr"), strict=True):
            rows = [row for row in audited(results, metric) if row["attribute"] == attribute]
            names = list(dict.fromkeys(row["group_name"] for row in rows))
            for number, name in enumerate(names):
                of_group = [row for row in rows if row["group_name"] == name]
                colour, line = _PALETTE[number % len(_PALETTE)], _LINES[number % len(_LINES)]
                thresholds = [row["threshold"] for row in of_group]
                axes.plot(
                    thresholds,
                    [_value(row["value"]) for row in of_group],
                    line,
                    color=colour,
                    label=name,
                    linewidth=1.3,
                )
                axes.fill_between(
                    thresholds,
                    [_value(row["low"]) for row in of_group],
                    [_value(row["high"]) for row in of_group],
                    color=colour,
                    alpha=0.12,
                    linewidth=0,
                )
            axes.set_xticks(THRESHOLDS)
            middle = [row for row in rows if row["threshold"] == THRESHOLDS[2]]
            listed = ", ".join(f"{row['group_name']} {_number(row)}" for row in middle)
            told.append(f"{metric} by {words(attribute)} {listed}")
            if place == 0:
                axes.set_ylabel("true positive rate" if metric == "tpr" else "false positive rate")
        grid[0, place].set_title(words(attribute), fontsize=9)
        grid[1, place].legend(fontsize=6.5, frameon=False)
        grid[1, place].set_xlabel("threshold")
    return (
        "Lines that fall with the threshold, true positive rates above, false positive rates below, one a group, with intervals. "
        f"At threshold {THRESHOLDS[2]:g}: {'; '.join(told)}."
    )
