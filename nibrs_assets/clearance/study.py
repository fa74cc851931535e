"""What is learned and tested: tasks, outcomes, splits, feature sets; the rows of the result tables that come of it."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from nibrs_assets.clearance.audit import audit
from nibrs_assets.clearance.evaluate import Drawn, Estimate, alone, calibration, metrics
from nibrs_assets.clearance.leak import AGENCY_RATE, OFFENDER, REPORT, LeakError
from nibrs_assets.clearance.models import BASE_RATE, MODELS, TREES, BaseRate, Models, features_of, fit
from nibrs_assets.clearance.sample import Numbers, Places, Reader, Sample
from nibrs_assets.core.errors import NibrsError

TASKS = {
    "all": "all reported offenses",
    "larceny": "larceny",
    "violent": "violent crime",
    "open": "all that were not cleared on their first day",
}
TIME, AGENCY = "time", "agency"
SPLITS = {TIME: "later years", AGENCY: "agencies never seen"}
OUTCOMES = {"arrest": "by arrest", "exceptional": "by exceptional means", "either": "by either"}
HORIZONS = (90, 180)

MAIN = ("either", 180)
"""The outcome that the audit, the ablation and the stored model are of."""

AUDITED = (BASE_RATE, TREES)

TOO_MUCH_ALONE = 0.9
"""The AUC from which on one feature alone says so much of the outcome that it must be made from it."""

_AGENCY_FOLDS = 5
_LEAST = 50
"""Incidents cleared, and not cleared, without which nothing is learned or tested."""

Row = dict[str, Any]


class Run(NamedTuple):
    """What one model is of."""

    task: str
    outcome: str
    horizon: int
    split: str
    feature_set: str


RUNS = (
    *(Run("all", o, h, s, REPORT) for o, h, s in itertools.product(OUTCOMES, HORIZONS, SPLITS)),
    *(
        Run(t, "either", h, s, REPORT)
        for t, h, s in itertools.product(("larceny", "violent", "open"), HORIZONS, SPLITS)
    ),
    *(Run(t, *MAIN, s, OFFENDER) for t, s in itertools.product(TASKS, SPLITS)),
)


@dataclass
class Results:
    """The rows of the result tables by name, the stored models by task, and what was not run and why."""

    metric: list[Row] = field(default_factory=list)
    calibration: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    feature: list[Row] = field(default_factory=list)
    models: dict[str, Models] = field(default_factory=dict)
    not_run: list[str] = field(default_factory=list)


def study(reader: Reader, size: int, seed: int, tell: Callable[[str], None], runs: Sequence[Run] = RUNS) -> Results:
    """Learn and test everything in `runs`, over samples of `size` incidents.

    Raises `LeakError` where a feature alone tells the outcome, `NibrsError` where there is nothing to learn from.
    """
    results = Results()
    by_sample = sorted(runs, key=lambda run: (run.task, run.horizon))
    for (task, horizon), of_sample in itertools.groupby(by_sample, key=lambda run: (run.task, run.horizon)):
        sample = reader.sample(task, horizon, size, seed)
        if task == "all" and horizon == MAIN[1]:
            results.feature = _features(sample) if len(sample) else []
        for run in of_sample:
            tell(
                f"{TASKS[task]}, {OUTCOMES[run.outcome]} within {horizon} days, {SPLITS[run.split]}, {run.feature_set}"
            )
            _run(run, sample, seed, results)
    if not results.metric:
        raise NibrsError(f"there is too little to learn from: {'; '.join(results.not_run)}; add years")
    return results


def _run(run: Run, sample: Sample, seed: int, results: Results) -> None:
    cleared = sample.flags(run.outcome).astype(np.float64) if len(sample) else np.empty(0)
    folds = list(folds_of(run, sample, seed))
    if not folds or not all(_has_enough(cleared[part]) for part in _parts(folds)):
        results.not_run.append(
            f"{' '.join(map(str, run))}: fewer than {_LEAST} cleared or not cleared, or one year only"
        )
        return
    scores = {model: np.full(len(sample), np.nan) for model in MODELS}
    for learned, tested in folds:
        models = fit(sample.take(learned), cleared[learned], run.feature_set, seed, run.split == AGENCY)
        for model, predicted in models.predict(sample.take(tested)).items():
            scores[model][tested] = predicted
        if run.split == TIME and run.feature_set == REPORT and (run.outcome, run.horizon) == MAIN:
            results.models[run.task] = models
    tested = np.nonzero(~np.isnan(scores[BASE_RATE]))[0]
    _record(run, sample.take(tested), cleared[tested], {m: s[tested] for m, s in scores.items()}, seed, results)


def folds_of(run: Run, sample: Sample, seed: int) -> Iterator[tuple[Places, Places]]:
    """Which incidents are learned from, and which the models are tested on.

    By time: the last third of the years is tested, and nothing is learned of an incident whose outcome was not known when these
    began. By agency: five folds, each agency tested once by models that never saw it.
    """
    if not len(sample):
        return
    if run.split == AGENCY:
        agencies = np.unique(sample.agencies)
        fold = np.random.default_rng(seed).permutation(np.arange(len(agencies)) % _AGENCY_FOLDS)
        of_row = fold[np.searchsorted(agencies, sample.agencies)]
        for number in range(min(_AGENCY_FOLDS, len(agencies)) if len(agencies) > 1 else 0):
            yield np.nonzero(of_row != number)[0], np.nonzero(of_row == number)[0]
        return
    first = first_tested_year(sample)
    if first is None:
        return
    began = (np.datetime64(f"{first}-01-01") - np.datetime64("1970-01-01")).astype(int)
    yield np.nonzero(sample.days + run.horizon < began)[0], np.nonzero(sample.years >= first)[0]


def first_tested_year(sample: Sample) -> int | None:
    """The first of the last third of the years; None where there is only one."""
    years = np.unique(sample.years)
    return int(years[-math.ceil(len(years) / 3)]) if len(years) > 1 else None


def _parts(folds: Sequence[tuple[Places, Places]]) -> list[Places]:
    """What is learned from in each fold, and all that is tested."""
    return [*(learned for learned, _ in folds), np.concatenate([tested for _, tested in folds])]


def _has_enough(cleared: Numbers) -> bool:
    return bool(min(cleared.sum(), len(cleared) - cleared.sum()) >= _LEAST)


def _record(
    run: Run, tested: Sample, cleared: Numbers, scores: dict[str, Numbers], seed: int, results: Results
) -> None:
    drawn = Drawn.of(cleared, tested.agencies, seed)
    about = run._asdict()
    size = {"incidents": len(tested), "cleared": int(cleared.sum()), "agencies": drawn.agencies}
    for model, metric, estimate in metrics(drawn, scores):
        results.metric.append({**about, "model": model, "metric": metric, **_values(estimate), **size})
    for model, score in scores.items():
        for number, found in enumerate(calibration(drawn, score), 1):
            row = {"bin": number, "predicted": found.predicted, "incidents": found.incidents}
            results.calibration.append({**about, "model": model, **row, **_values(found.observed)})
    if run.feature_set == REPORT and (run.outcome, run.horizon) == MAIN:
        for model in AUDITED:
            for one in audit(drawn, tested, scores[model]):
                of_run = {"task": run.task, "split": run.split, "model": model}
                group = {"attribute": one.attribute, "group_name": one.group, "incidents": one.incidents}
                what = {"metric": one.metric, "threshold": one.threshold, "agencies": one.agencies}
                results.audit.append({**of_run, **group, **what, **_values(one.estimate)})


def _values(estimate: Estimate) -> Row:
    return {name: None if math.isnan(value) else value for name, value in vars(estimate).items()}


def _features(sample: Sample) -> list[Row]:
    """The features with what each says by itself; raises `LeakError` where that is too much."""
    cleared = sample.flags(MAIN[0]).astype(np.float64)
    rows = []
    for feature in features_of(OFFENDER):
        score = _share_of_value(sample, feature.column, feature.kind, cleared)
        rows.append({**asdict(feature), "auc_alone": alone(score, cleared)})
    refuse_telling(rows)
    return rows


def refuse_telling(rows: Sequence[Row]) -> None:
    """Raises `LeakError` naming the features of the report that alone tell the outcome."""
    telling = [r["column"] for r in rows if r["feature_set"] == REPORT and r["auc_alone"] > TOO_MUCH_ALONE]
    if telling:
        raise LeakError(
            f"{', '.join(telling)} alone tells whether an incident is cleared (AUC above {TOO_MUCH_ALONE}): it must be made from "
            "the outcome; look at where it comes from, and forbid that in forbidden.csv"
        )


def _share_of_value(sample: Sample, column: str, kind: str, cleared: Numbers) -> Numbers:
    """The share cleared among the incidents of each one's value: of a category, or of one of 20 ranges of a number."""
    if column == AGENCY_RATE:
        return BaseRate.fit(sample, cleared)(sample)
    if kind == "category":
        codes = sample.words(column)[0] + 1
    else:
        values = sample.numbers(column)
        known = values[~np.isnan(values)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, 21)[1:-1])) if len(known) else np.empty(0)
        codes = np.where(np.isnan(values), 0, np.searchsorted(edges, values, side="right") + 1)
    incidents, found = np.bincount(codes), np.bincount(codes, cleared)
    return np.asarray((found / np.maximum(incidents, 1))[codes])
