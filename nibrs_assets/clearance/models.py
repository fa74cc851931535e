"""The models: base rate of agency and offense, logistic regression, gradient-boosted trees; calibrated; kept as JSON.

All three learn from the same incidents, of which a part is kept back to calibrate them by (Platt). The base rate is smoothed:
that of an offense towards that of all, that of an agency by how much more than expected it clears, that of both towards these.
The other two are given its logit as a feature: what they add is what is known of the incident itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nibrs_assets.clearance.leak import AGENCY_RATE, OFFENDER, REPORT, Feature, features
from nibrs_assets.clearance.sample import Codes, Numbers, Places, Sample

BASE_RATE, LOGISTIC, TREES = "base_rate", "logistic_regression", "gradient_boosted_trees"
MODELS = (BASE_RATE, LOGISTIC, TREES)
"""What the models are called, in the order of what they know."""

_SMOOTHING = 20.0
"""Incidents that a share of few is smoothed by."""

_FOLDS = 5
_KEPT_BACK = 0.2
_RARE = 20
"""A value of fewer incidents is taken as unknown."""

# One thread: the trees are small, and threads that wait for each other on a busy machine take 25 times as long.
_TREES: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 31,
    "learning_rate": 0.05,
    "min_data_in_leaf": 100,
    "max_cat_to_onehot": 8,
    "cat_smooth": 50,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_ROUNDS = 200


def features_of(feature_set: str) -> tuple[Feature, ...]:
    """The features of a set; the ablation has those of the report too."""
    wanted = (REPORT,) if feature_set == REPORT else (REPORT, OFFENDER)
    return tuple(feature for feature in features() if feature.feature_set in wanted)


def logit(share: Numbers) -> Numbers:
    """The log odds of each share; shares of 0 and 1 are moved in by a millionth."""
    bounded = np.clip(share, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(bounded / (1 - bounded)))


def logistic(value: Numbers) -> Numbers:
    """The inverse of `logit`."""
    return np.asarray(1 / (1 + np.exp(-value)))


@dataclass(frozen=True)
class Calibration:
    """What turns the logit of a score into that of a probability: a line."""

    slope: float
    intercept: float

    @classmethod
    def fit(cls, score: Numbers, cleared: Numbers) -> "Calibration":
        """Learn the line from scores and outcomes; the identity where all outcomes are the same."""
        from sklearn.linear_model import LogisticRegression

        if len(np.unique(cleared)) < 2:
            return cls(1.0, 0.0)
        fitted = LogisticRegression(C=1e6, max_iter=200).fit(logit(score)[:, None], cleared)
        return cls(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))

    def __call__(self, score: Numbers) -> Numbers:
        """The calibrated probability of each score."""
        return logistic(self.slope * logit(score) + self.intercept)


@dataclass(frozen=True)
class BaseRate:
    """Shares cleared: `overall`, `offenses`, `agencies` (cleared over expected), `pairs` (cleared, incidents of agency|offense)."""

    overall: float
    offenses: Mapping[str, float]
    agencies: Mapping[str, float]
    pairs: Mapping[str, Sequence[float]]

    @classmethod
    def fit(cls, sample: Sample, cleared: Numbers) -> "BaseRate":
        """Learn the shares from a sample, small agencies and offenses smoothed towards the overall share."""
        (agency, agencies), (offense, offenses) = sample.words("ori"), sample.words("main_offense")
        overall = float(cleared.mean())
        by_offense = _smoothed(offense, cleared, len(offenses), np.full(len(offenses), overall))
        expected = np.bincount(agency, by_offense[offense], len(agencies))
        found = np.bincount(agency, cleared, len(agencies))
        some = _SMOOTHING * overall
        ratios = (found + some) / np.maximum(expected + some, 1e-9)
        pair = agency.astype(np.int64) * len(offenses) + offense
        pairs, place = np.unique(pair, return_inverse=True)
        counts = np.bincount(place, minlength=len(pairs))
        cleared_of = np.bincount(place, cleared, len(pairs))
        return cls(
            overall,
            dict(zip(offenses, by_offense.tolist(), strict=True)),
            dict(zip(agencies, ratios.tolist(), strict=True)),
            {
                f"{agencies[p // len(offenses)]}|{offenses[p % len(offenses)]}": [float(c), int(n)]
                for p, c, n in zip(pairs.tolist(), cleared_of, counts, strict=True)
            },
        )

    def __call__(self, sample: Sample) -> Numbers:
        """The smoothed share of each incident's agency and main offense; of those not learned from, what is nearest."""
        (agency, agencies), (offense, offenses) = sample.words("ori"), sample.words("main_offense")
        pair, place = np.unique(agency.astype(np.int64) * len(offenses) + offense, return_inverse=True)
        rates = [self._rate(agencies[p // len(offenses)], offenses[p % len(offenses)]) for p in pair.tolist()]
        return np.asarray(rates, dtype=np.float64)[place]

    def _rate(self, agency: str, offense: str) -> float:
        expected = min(self.offenses.get(offense, self.overall) * self.agencies.get(agency, 1.0), 0.99)
        cleared, incidents = self.pairs.get(f"{agency}|{offense}", (0.0, 0))
        return float((cleared + _SMOOTHING * expected) / (incidents + _SMOOTHING))


def _smoothed(codes: Codes, cleared: Numbers, size: int, towards: Numbers) -> Numbers:
    found, incidents = np.bincount(codes, cleared, size), np.bincount(codes, minlength=size)
    return np.asarray((found + _SMOOTHING * towards) / (incidents + _SMOOTHING))


@dataclass(frozen=True)
class Encoding:
    """How features become numbers: the values of categories that were seen often enough, mean and deviation of numbers."""

    feature_set: str
    categories: Mapping[str, Sequence[str]]
    scales: Mapping[str, Sequence[float]]

    @classmethod
    def fit(cls, sample: Sample, rate: Numbers, feature_set: str) -> "Encoding":
        """Learn the categories and scales of a feature set from a sample; `rate` is the base rate of each incident."""
        categories: dict[str, list[str]] = {}
        scales: dict[str, list[float]] = {}
        for feature in features_of(feature_set):
            if feature.kind == "category":
                codes, words = sample.words(feature.column)
                counts = np.bincount(codes[codes >= 0], minlength=len(words))
                categories[feature.column] = sorted(w for w, n in zip(words, counts, strict=True) if n >= _RARE)
            else:
                values = _scaled(feature.column, _numbers(sample, rate, feature.column))
                known = values[~np.isnan(values)]
                mean, deviation = (float(known.mean()), float(known.std())) if len(known) else (0.0, 1.0)
                scales[feature.column] = [mean, deviation or 1.0]
        return cls(feature_set, categories, scales)

    def codes(self, sample: Sample, column: str) -> Codes:
        """A category as places in its list, -1 for what is not in it."""
        codes, words = sample.words(column)
        places = {word: place for place, word in enumerate(self.categories[column])}
        known = np.asarray([*(places.get(word, -1) for word in words), -1], dtype=np.int32)
        return known[codes]

    def for_trees(self, sample: Sample, rate: Numbers) -> Numbers:
        """A column per feature, categories as their places; NaN = not known."""
        columns = []
        for feature in features_of(self.feature_set):
            if feature.kind == "category":
                codes = self.codes(sample, feature.column).astype(np.float64)
                columns.append(np.where(codes < 0, np.nan, codes))
            else:
                columns.append(_numbers(sample, rate, feature.column))
        return np.column_stack(columns)

    def for_regression(self, sample: Sample, rate: Numbers) -> Any:
        """A sparse matrix: a column per category and value, number and missing number."""
        from scipy import sparse

        blocks = []
        for feature in features_of(self.feature_set):
            if feature.kind == "category":
                codes = self.codes(sample, feature.column)
                [there] = np.nonzero(codes >= 0)
                shape = (len(sample), len(self.categories[feature.column]))
                blocks.append(sparse.csr_matrix((np.ones(len(there)), (there, codes[there])), shape=shape))
            else:
                mean, deviation = self.scales[feature.column]
                values = (_scaled(feature.column, _numbers(sample, rate, feature.column)) - mean) / deviation
                missing = np.isnan(values)
                blocks.append(sparse.csr_matrix(np.column_stack([np.where(missing, 0.0, values), missing])))
        return sparse.hstack(blocks, format="csr")


def _numbers(sample: Sample, rate: Numbers, column: str) -> Numbers:
    return logit(rate) if column == AGENCY_RATE else sample.numbers(column)


def _scaled(column: str, values: Numbers) -> Numbers:
    """Amounts by their order of magnitude, as regression is linear in them."""
    return values if column == AGENCY_RATE else np.asarray(np.log1p(np.maximum(values, 0)))


@dataclass(frozen=True)
class Models:
    """The three models, as learned from the same incidents: all that is needed to predict, and to write them down."""

    base_rate: BaseRate
    encoding: Encoding
    coefficients: Sequence[float]
    intercept: float
    trees: str
    calibrations: Mapping[str, Calibration]

    def predict(self, sample: Sample) -> dict[str, Numbers]:
        """The probability that each incident is cleared, by model."""
        scores = self.scores(sample)
        return {name: self.calibrations[name](scores[name]) if self.calibrations else scores[name] for name in MODELS}

    def scores(self, sample: Sample) -> dict[str, Numbers]:
        """The uncalibrated score of each incident, by model."""
        import lightgbm

        rate = self.base_rate(sample)
        weighted = self.encoding.for_regression(sample, rate) @ np.asarray(self.coefficients)
        booster = lightgbm.Booster(model_str=self.trees)
        return {
            BASE_RATE: rate,
            LOGISTIC: logistic(np.asarray(weighted) + self.intercept),
            TREES: np.asarray(booster.predict(self.encoding.for_trees(sample, rate))),
        }

    def as_json(self) -> dict[str, Any]:
        """Everything the models are made of, as JSON can hold it."""
        return {
            "base_rate": {
                "smoothing": _SMOOTHING,
                "overall": self.base_rate.overall,
                "offenses": self.base_rate.offenses,
                "agencies": self.base_rate.agencies,
                "pairs": self.base_rate.pairs,
            },
            "encoding": {
                "feature_set": self.encoding.feature_set,
                "categories": self.encoding.categories,
                "scales": self.encoding.scales,
            },
            "logistic_regression": {"coefficients": list(self.coefficients), "intercept": self.intercept},
            "gradient_boosted_trees": self.trees,
            "calibrations": {name: [c.slope, c.intercept] for name, c in self.calibrations.items()},
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Models":
        """The inverse of `as_json`."""
        rate, encoding, regression = written["base_rate"], written["encoding"], written["logistic_regression"]
        return cls(
            BaseRate(rate["overall"], rate["offenses"], rate["agencies"], rate["pairs"]),
            Encoding(encoding["feature_set"], encoding["categories"], encoding["scales"]),
            regression["coefficients"],
            regression["intercept"],
            written["gradient_boosted_trees"],
            {name: Calibration(*line) for name, line in written["calibrations"].items()},
        )


def fit(sample: Sample, cleared: Numbers, feature_set: str, seed: int, by_agency: bool) -> Models:
    """Learn the three models from `sample`. With `by_agency`, parts are kept back by agencies, for agencies never seen."""
    random = np.random.default_rng(seed)
    units = sample.agencies if by_agency else np.arange(len(sample))
    fold = _folds(units, random, round(1 / _KEPT_BACK))
    [kept], [learned] = np.nonzero(fold == 0), np.nonzero(fold != 0)
    if len(np.unique(cleared[kept])) < 2 or len(np.unique(cleared[learned])) < 2:
        # Too few to keep some back.
        learned = kept = np.arange(len(sample))
    part, outcome = sample.take(learned), cleared[learned]
    uncalibrated = _fit(part, outcome, feature_set, seed, _folds(units[learned], random, _FOLDS))
    scores = uncalibrated.scores(sample.take(kept))
    calibrations = {name: Calibration.fit(scores[name], cleared[kept]) for name in MODELS}
    return Models(**{**vars(uncalibrated), "calibrations": calibrations})


def _fit(sample: Sample, cleared: Numbers, feature_set: str, seed: int, fold: Places) -> Models:
    import lightgbm
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rate = out_of_fold_rate(sample, cleared, fold)
    encoding = Encoding.fit(sample, rate, feature_set)
    # More threads add up in another order.
    with threadpool_limits(1):
        regression = LogisticRegression(max_iter=500).fit(encoding.for_regression(sample, rate), cleared)
    categories = [n for n, feature in enumerate(features_of(feature_set)) if feature.kind == "category"]
    data = lightgbm.Dataset(encoding.for_trees(sample, rate), cleared, categorical_feature=categories)
    booster = lightgbm.train({**_TREES, "seed": seed}, data, num_boost_round=_ROUNDS)
    return Models(
        BaseRate.fit(sample, cleared),
        encoding,
        regression.coef_[0].tolist(),
        float(regression.intercept_[0]),
        booster.model_to_string(),
        {},
    )


def _folds(units: npt.NDArray[Any], random: np.random.Generator, count: int) -> Places:
    """A fold of `count` for each row, the same for all rows of a unit."""
    values, place = np.unique(units, return_inverse=True)
    folds = np.arange(len(values)) % count
    random.shuffle(folds)
    return np.asarray(folds[place], dtype=np.int64)


def out_of_fold_rate(sample: Sample, cleared: Numbers, fold: Places) -> Numbers:
    """The base rate of each incident, learned from the other folds."""
    rate = np.empty(len(sample))
    for number in np.unique(fold):
        [inside], [others] = np.nonzero(fold == number), np.nonzero(fold != number)
        learned = BaseRate.fit(sample.take(others), cleared[others]) if len(others) else BaseRate.fit(sample, cleared)
        rate[inside] = learned(sample.take(inside))
    return rate


def written(models: Mapping[str, Models], about: Mapping[str, Any]) -> bytes:
    """Models by task as JSON, the same bytes for the same models."""
    by_task = {task: fitted.as_json() for task, fitted in models.items()}
    return json.dumps({**about, "models": by_task}, sort_keys=True, separators=(",", ":")).encode()


def read(text: bytes) -> dict[str, Models]:
    """The models by task that `written` wrote."""
    return {task: Models.from_json(models) for task, models in json.loads(text)["models"].items()}
