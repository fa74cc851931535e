"""The audit: how a model treats groups of victims, agencies and states, at every threshold that somebody might choose."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nibrs_assets.clearance.evaluate import Drawn, Estimate
from nibrs_assets.clearance.sample import Numbers, Sample

ATTRIBUTES = ("victim_race", "victim_sex", "victim_age", "victim_ethnicity", "agency_size", "state")
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
GAP = "gap"
"""What stands for a group where the value is the widest difference of groups."""

_NO_GROUP = "no person"
"""Incidents whose victims are businesses and the like: listed, but no group of persons to compare with."""

_LEAST, _LEAST_AGENCIES = 200, 5
"""Incidents and agencies that a group must have for the differences; of fewer agencies there is no interval either."""


@dataclass(frozen=True)
class Finding:
    """A metric of a group; `threshold` is None where the metric has none."""

    attribute: str
    group: str
    metric: str
    threshold: float | None
    estimate: Estimate
    incidents: int
    agencies: int


def audit(drawn: Drawn, sample: Sample, score: Numbers) -> Iterator[Finding]:
    """The metrics of all groups of all attributes, and for each metric the widest difference of groups.

    `base_rate`, `mean_score`, `auc`, `brier`, `calibration_gap` (mean score less base rate); by threshold `selection_rate`,
    `tpr`, `fpr` and `ppv`. Intervals are of the bootstrap over agencies; groups of fewer than five have none. The widest
    difference of noisy values is never 0: read it with its interval. (The values are those of fairlearn's MetricFrame, as the
    tests show; it takes 40 times as long.)
    """
    for attribute in ATTRIBUTES:
        codes, names = sample.words(attribute)
        inside = {name: codes == code for code, name in sorted(enumerate(names), key=lambda named: named[1])}
        sizes = {name: (int(rows.sum()), len(np.unique(drawn.agency[rows]))) for name, rows in inside.items()}
        compared = [
            name
            for name, (incidents, agencies) in sizes.items()
            if name != _NO_GROUP and incidents >= _LEAST and agencies >= _LEAST_AGENCIES
        ]
        for threshold in (None, *THRESHOLDS):
            replicates = {name: _replicates(drawn, score, rows, threshold) for name, rows in inside.items()}
            for name, by_metric in replicates.items():
                for metric, values in by_metric.items():
                    found = Estimate.of(values if sizes[name][1] >= _LEAST_AGENCIES else values[:1])
                    yield Finding(attribute, name, metric, threshold, found, *sizes[name])
            if len(compared) > 1:
                everyone = np.logical_or.reduce([inside[name] for name in compared])
                size = int(everyone.sum()), len(np.unique(drawn.agency[everyone]))
                for metric in replicates[compared[0]]:
                    of_groups = np.vstack([replicates[name][metric] for name in compared])
                    gap = Estimate.of(of_groups.max(axis=0) - of_groups.min(axis=0))
                    yield Finding(attribute, GAP, metric, threshold, gap, *size)


def _replicates(
    drawn: Drawn, score: Numbers, inside: npt.NDArray[np.bool_], threshold: float | None
) -> dict[str, Numbers]:
    """The metrics of a group in every draw."""
    cleared = drawn.cleared
    if threshold is None:
        base_rate, mean_score = drawn.mean(cleared, inside), drawn.mean(score, inside)
        return {
            "base_rate": base_rate,
            "mean_score": mean_score,
            "auc": drawn.auc(score, inside),
            "brier": drawn.mean((score - cleared) ** 2, inside),
            "calibration_gap": mean_score - base_rate,
        }
    chosen = score >= threshold
    selected = chosen.astype(np.float64)
    return {
        "selection_rate": drawn.mean(selected, inside),
        "tpr": drawn.mean(selected, inside & (cleared == 1)),
        "fpr": drawn.mean(selected, inside & (cleared == 0)),
        "ppv": drawn.mean(cleared, inside & chosen),
    }
