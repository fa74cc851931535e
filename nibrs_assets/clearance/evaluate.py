"""How good probabilities are: AUC, Brier score, calibration, each with an interval.

Intervals are of the bootstrap over agencies: these are drawn with replacement, each with all its incidents, as incidents of one
agency are alike. What is compared on the same incidents is drawn together, so that the interval of a difference is its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nibrs_assets.clearance.models import BASE_RATE
from nibrs_assets.clearance.sample import Codes, Numbers

DRAWS = 200
_BINS = 10
_LEVEL = (2.5, 97.5)


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; NaN where it can't be had."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, replicates: Numbers) -> "Estimate":
        """The first of `replicates` is the value, the others are of the draws."""
        drawn = replicates[1:][~np.isnan(replicates[1:])]
        low, high = np.percentile(drawn, _LEVEL) if len(drawn) else (np.nan, np.nan)
        return cls(float(replicates[0]), float(low), float(high))


@dataclass(frozen=True)
class Drawn:
    """Incidents with what came of them, and how often each agency is in each draw; the first row of `weights` has all once."""

    cleared: Numbers
    agency: Codes
    weights: Numbers

    @classmethod
    def of(cls, cleared: Numbers, agency: Codes, seed: int, draws: int = DRAWS) -> "Drawn":
        """Draw the agencies `draws` times with replacement; the first row of weights is the sample itself."""
        names, place = np.unique(agency, return_inverse=True)
        drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
        return cls(cleared, place.astype(np.int32), np.vstack([np.ones(len(names)), drawn]).astype(np.float64))

    @property
    def agencies(self) -> int:
        """How many agencies the sample has."""
        return int(self.weights.shape[1])

    def sums(self, values: Numbers) -> Numbers:
        """The sum of `values`, one an incident, in every draw."""
        return np.asarray(self.weights @ np.bincount(self.agency, values, self.agencies))

    def mean(self, values: Numbers, among: npt.NDArray[np.bool_] | None = None) -> Numbers:
        """The mean of `values` in every draw, `among` these incidents if given; NaN in a draw that has none."""
        chosen = np.ones(len(values)) if among is None else among.astype(np.float64)
        count = self.sums(chosen)
        return np.asarray(
            np.divide(self.sums(values * chosen), count, out=np.full(len(count), np.nan), where=count > 0)
        )

    def auc(self, score: Numbers, among: npt.NDArray[np.bool_] | None = None) -> Numbers:
        """The area under the ROC curve in every draw; NaN in a draw in which all or none are cleared."""
        chosen = np.arange(len(score)) if among is None else np.nonzero(among)[0]
        order = chosen[np.argsort(score[chosen], kind="stable")]
        if not len(order):
            return np.full(len(self.weights), np.nan)
        cleared, agency = self.cleared[order], self.agency[order]
        # Equal scores are taken together.
        starts = np.nonzero(np.diff(score[order], prepend=-np.inf))[0]
        areas = np.empty(len(self.weights))
        for draw, weights in enumerate(self.weights):
            weight = weights[agency]
            positive = np.add.reduceat(weight * cleared, starts)
            negative = np.add.reduceat(weight * (1 - cleared), starts)
            pairs = positive.sum() * negative.sum()
            below = np.cumsum(negative) - negative / 2
            areas[draw] = (positive * below).sum() / pairs if pairs > 0 else np.nan
        return areas


def metrics(drawn: Drawn, scores: Mapping[str, Numbers]) -> Iterator[tuple[str, str, Estimate]]:
    """Model, metric and estimate for each model's `scores`; gains are over the base rate.

    `auc`; `brier`; `calibration_gap`: mean probability less share cleared; `calibration_error`: mean distance of the two in ten
    bins of equal size; `auc_gain`; `brier_gain`: the share of the base rate's Brier score that is saved.
    """
    aucs = {model: drawn.auc(score) for model, score in scores.items()}
    briers = {model: drawn.mean((score - drawn.cleared) ** 2) for model, score in scores.items()}
    for model, score in scores.items():
        yield model, "auc", Estimate.of(aucs[model])
        yield model, "brier", Estimate.of(briers[model])
        yield model, "calibration_gap", Estimate.of(drawn.mean(score) - drawn.mean(drawn.cleared))
        yield model, "calibration_error", Estimate.of(_calibration_error(drawn, score))
        if model != BASE_RATE:
            yield model, "auc_gain", Estimate.of(aucs[model] - aucs[BASE_RATE])
            yield model, "brier_gain", Estimate.of(1 - briers[model] / briers[BASE_RATE])


@dataclass(frozen=True)
class Bin:
    """Incidents of similar probability: how many, the mean of it, and the share cleared."""

    incidents: int
    predicted: float
    observed: Estimate


def calibration(drawn: Drawn, score: Numbers) -> list[Bin]:
    """The calibration curve in ten bins of equal size, fewer where many scores are equal."""
    return [
        Bin(int(inside.sum()), float(score[inside].mean()), Estimate.of(drawn.mean(drawn.cleared, inside)))
        for inside in _bins(score)
    ]


def _calibration_error(drawn: Drawn, score: Numbers) -> Numbers:
    everyone = drawn.sums(np.ones(len(score)))
    distances = (np.abs(drawn.sums(np.where(inside, score - drawn.cleared, 0.0))) / everyone for inside in _bins(score))
    return np.asarray(sum(distances, start=np.zeros(len(everyone))))


def _bins(score: Numbers) -> Iterator[npt.NDArray[np.bool_]]:
    edges = np.unique(np.quantile(score, np.linspace(0, 1, _BINS + 1)[1:-1]))
    place = np.searchsorted(edges, score, side="right")
    for number in np.unique(place):
        yield place == number


def alone(score: Numbers, cleared: Numbers) -> float:
    """The AUC of what one feature says by itself: of the share cleared among the incidents of its value."""
    return float(Drawn.of(cleared, np.zeros(len(cleared), dtype=np.int32), 0, draws=1).auc(score)[0])
