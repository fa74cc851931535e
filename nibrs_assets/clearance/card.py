"""The model card: Markdown of the results, in the template `card.md.j2`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from nibrs_assets.clearance.audit import GAP, THRESHOLDS
from nibrs_assets.clearance.leak import OFFENDER, REPORT
from nibrs_assets.clearance.models import MODELS, TREES
from nibrs_assets.clearance.plots import LABELS, audited, main_metrics, words
from nibrs_assets.clearance.study import MAIN, OUTCOMES, SPLITS, TASKS, TIME, Results, Row

_THRESHOLD = THRESHOLDS[2]
_METRICS = ("auc", "brier", "calibration_error", "calibration_gap", "auc_gain", "brier_gain")
_OF_GROUP = ("base_rate", "mean_score", "auc", "brier")
_AT_THRESHOLD = ("selection_rate", "tpr", "fpr")
_IMPOSSIBLE_OF = "victim_race"
_STRONGEST = 5
_LEAST = 200


def card_text(card: Row, results: Results, flow: Sequence[Row], left_out: Sequence[Row], plots: Sequence[Row]) -> str:
    """The card as Markdown; the plots stand beside it as `<name>.svg`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701
    )
    environment.filters |= {"estimate": _estimate, "count": _count}
    features = [row for row in results.feature if row["feature_set"] == REPORT]
    return environment.get_template("card.md.j2").render(
        card=card,
        flow=flow,
        left_out=left_out,
        plots={plot["name"]: plot for plot in plots},
        strongest=sorted(features, key=lambda row: -row["auc_alone"])[:_STRONGEST],
        main=list(_main(results)),
        others=list(_others(results)),
        ablation=list(_ablation(results)),
        first_day=_first_day(flow),
        groups=list(_groups(results)),
        gaps=list(_gaps(results)),
        threshold=_THRESHOLD,
        thresholds=THRESHOLDS,
        impossible=impossible(results),
    )


def _estimate(row: Mapping[str, Any] | None) -> str:
    """A value with its interval."""
    if row is None or row["value"] is None:
        return "–"
    if row["low"] is None:
        return f"{row['value']:.3f}"
    return f"{row['value']:.3f} ({row['low']:.3f}, {row['high']:.3f})"


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _main(results: Results) -> Iterator[Row]:
    found = {metric: main_metrics(results, metric) for metric in _METRICS}
    for task, split in ((task, split) for task in TASKS for split in SPLITS):
        for model in MODELS:
            key = (task, split, REPORT, model)
            if key in found["auc"]:
                values = {metric: found[metric].get(key) for metric in _METRICS}
                yield {"task": task, "split": SPLITS[split], "model": LABELS[model], **values}


def _others(results: Results) -> Iterator[Row]:
    by_run: dict[tuple[Any, ...], Row] = {}
    for row in results.metric:
        if row["model"] == TREES and row["feature_set"] == REPORT and (row["outcome"], row["horizon"]) != MAIN:
            key = (row["task"], row["outcome"], row["horizon"], row["split"])
            about = {"task": row["task"], "outcome": OUTCOMES[row["outcome"]], "horizon": row["horizon"]}
            about |= {"split": SPLITS[row["split"]], "share": row["cleared"] / row["incidents"]}
            by_run.setdefault(key, about)[row["metric"]] = row
    yield from by_run.values()


def _ablation(results: Results) -> Iterator[Row]:
    aucs = main_metrics(results, "auc")
    for task, split in ((task, split) for task in TASKS for split in SPLITS):
        if leaking := aucs.get((task, split, OFFENDER, TREES)):
            yield {
                "task": task,
                "split": SPLITS[split],
                "without": aucs.get((task, split, REPORT, TREES)),
                "with": leaking,
            }


def _first_day(flow: Sequence[Row]) -> Row | None:
    cleared, first = sum(row["cleared_180"] for row in flow), sum(row["cleared_first_day"] for row in flow)
    return {"cleared": cleared, "first": first} if cleared else None


def _groups(results: Results) -> Iterator[Row]:
    for base in audited(results, "base_rate"):
        place = base["attribute"], base["group_name"]
        values = {metric: _of(results, metric, *place) for metric in _OF_GROUP}
        values |= {metric: _of(results, metric, *place, _THRESHOLD) for metric in _AT_THRESHOLD}
        about = {"attribute": words(place[0]), "group": place[1]}
        yield {**about, "incidents": base["incidents"], "agencies": base["agencies"], **values}


def _of(results: Results, metric: str, attribute: str, group: str, threshold: float | None = None) -> Row | None:
    rows = audited(results, metric)
    place = attribute, group, threshold
    return next((row for row in rows if (row["attribute"], row["group_name"], row["threshold"]) == place), None)


def _gaps(results: Results) -> Iterator[Row]:
    by_metric: dict[tuple[str, str], list[Row]] = {}
    for row in results.audit:
        is_main = (row["task"], row["split"], row["model"]) == ("all", TIME, TREES)
        if is_main and row["group_name"] == GAP and row["metric"] in _AT_THRESHOLD:
            by_metric.setdefault((row["attribute"], row["metric"]), []).append(row)
    for (attribute, metric), rows in by_metric.items():
        yield {"attribute": words(attribute), "metric": words(metric), "gaps": rows}


def impossible(results: Results) -> Row | None:
    """The two largest groups, that cleared less as `low`, and the false positive rate that `high` needs to have its TPR and PPV."""
    groups = [
        row
        for row in audited(results, "base_rate")
        if row["attribute"] == _IMPOSSIBLE_OF
        and row["group_name"] not in ("missing", "no person")
        and row["incidents"] >= _LEAST
    ]
    if len(groups) < 2:
        return None
    largest = sorted(groups, key=lambda row: -int(row["incidents"]))[:2]
    by_share = sorted(largest, key=lambda row: float(row["value"]))
    low, high = (_rates_of(results, row["group_name"], row["value"]) for row in by_share)
    if None in (*low.values(), *high.values()) or not low["ppv"]:
        return None
    implied = high["p"] / (1 - high["p"]) * (1 - low["ppv"]) / low["ppv"] * low["tpr"]
    return {"attribute": words(_IMPOSSIBLE_OF), "low": low, "high": high, "implied": implied}


def _rates_of(results: Results, group: str, share: float) -> Row:
    found = {metric: _of(results, metric, _IMPOSSIBLE_OF, group, _THRESHOLD) for metric in ("tpr", "fpr", "ppv")}
    return {"group": group, "p": share, **{metric: row and row["value"] for metric, row in found.items()}}
