"""Metrics and intervals, against scikit-learn and fairlearn, and against what is known of made data."""

import numpy as np
import pyarrow as pa
import pytest
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import brier_score_loss, precision_score, roc_auc_score

from nibrs_assets.clearance.audit import ATTRIBUTES, GAP, THRESHOLDS, audit
from nibrs_assets.clearance.evaluate import Drawn, Estimate, calibration, metrics
from nibrs_assets.clearance.models import BASE_RATE, TREES, BaseRate, Calibration, logistic, out_of_fold_rate
from nibrs_assets.clearance.sample import Sample

SIZE = 3000


@pytest.fixture(scope="module")
def random() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture(scope="module")
def drawn(random: np.random.Generator) -> Drawn:
    agency = random.choice(20, SIZE, p=np.arange(1, 21) / 210).astype(np.int32)
    return Drawn.of((random.random(SIZE) < 0.3).astype(np.float64), agency, seed=5, draws=20)


@pytest.fixture(scope="module")
def score(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    # Two decimals: many scores are equal.
    return np.round(np.clip(0.3 + 0.2 * drawn.cleared + 0.2 * random.standard_normal(SIZE), 0.01, 0.99), 2)


def test_auc_and_brier_of_every_draw_are_scikit_learns(drawn: Drawn, score: np.ndarray) -> None:
    some = np.arange(SIZE) % 3 == 0
    for draw, weights in enumerate(drawn.weights):
        weight = weights[drawn.agency]
        assert drawn.auc(score)[draw] == pytest.approx(roc_auc_score(drawn.cleared, score, sample_weight=weight))
        inside = roc_auc_score(drawn.cleared[some], score[some], sample_weight=weight[some])
        assert drawn.auc(score, some)[draw] == pytest.approx(inside)
        brier = brier_score_loss(drawn.cleared, score, sample_weight=weight)
        assert drawn.mean((score - drawn.cleared) ** 2)[draw] == pytest.approx(brier)
    assert (drawn.weights[0] == 1).all()
    assert (drawn.weights.sum(axis=1) == 20).all()


def test_more_incidents_of_the_same_agencies_make_no_interval_narrower(drawn: Drawn, score: np.ndarray) -> None:
    """As they would if incidents, not agencies, were drawn."""
    ten = Drawn.of(np.tile(drawn.cleared, 10), np.tile(drawn.agency, 10), seed=5, draws=20)
    assert Estimate.of(ten.auc(np.tile(score, 10))) == pytest.approx(Estimate.of(drawn.auc(score)))


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """The share cleared of 40 agencies that differ, again and again: 95 % of the intervals should hold 0.3."""
    random = np.random.default_rng(2)
    held = 0
    for again in range(200):
        rates = random.beta(3, 7, 40)
        agency = np.repeat(np.arange(40, dtype=np.int32), 30)
        cleared = (random.random(1200) < rates[agency]).astype(np.float64)
        estimate = Estimate.of(Drawn.of(cleared, agency, again, 100).mean(cleared))
        held += estimate.low <= 0.3 <= estimate.high
    # By the binomial of 200 with 0.95 down to 0.88, as few agencies make such intervals a little narrow.
    assert 172 <= held <= 199


def test_a_gain_is_of_the_same_incidents(drawn: Drawn, score: np.ndarray) -> None:
    found = {(model, metric): e for model, metric, e in metrics(drawn, {BASE_RATE: score, TREES: score})}
    assert found[TREES, "auc_gain"] == Estimate(0, 0, 0)
    assert found[TREES, "brier_gain"] == Estimate(0, 0, 0)
    assert (BASE_RATE, "auc_gain") not in found


def test_calibration_tells_the_calibrated_from_what_is_not(random: np.random.Generator) -> None:
    truth = random.beta(2, 5, 50_000)
    cleared = (random.random(50_000) < truth).astype(np.float64)
    drawn = Drawn.of(cleared, random.integers(0, 50, 50_000).astype(np.int32), 1, 50)
    found = {(model, metric): e for model, metric, e in metrics(drawn, {BASE_RATE: truth, TREES: truth**2})}
    assert found[BASE_RATE, "calibration_error"].value < 0.01
    assert found[BASE_RATE, "calibration_gap"].low < 0 < found[BASE_RATE, "calibration_gap"].high
    assert found[TREES, "calibration_gap"].value == pytest.approx((truth**2).mean() - cleared.mean())
    assert found[TREES, "calibration_error"].low > 0.1
    assert all(one.observed.low <= one.predicted <= one.observed.high for one in calibration(drawn, truth)[1:9:3])
    # And Platt's line finds the way back from logits that are twice as wide and moved.
    line = Calibration.fit(logistic(2 * np.log(truth / (1 - truth)) + 1), cleared)
    assert [line.slope, line.intercept] == pytest.approx([0.5, -0.5], abs=0.04)


def test_the_base_rate_by_hand() -> None:
    """Smoothed by 20 incidents: of the offense towards all, of the agency by expected clearances, of both towards these."""
    sample = Sample(pa.table({"ori": ["A"] * 60 + ["B"] * 40, "main_offense": ["220"] * 50 + ["13A"] * 50}))
    cleared = np.array([1.0] * 10 + [0.0] * 40 + [1.0] * 10 + [1.0] * 20 + [0.0] * 20)
    fitted = BaseRate.fit(sample, cleared)
    overall, burglary, assault = 0.4, (10 + 20 * 0.4) / 70, (30 + 20 * 0.4) / 70
    expected = 50 * burglary + 10 * assault
    ratio = (20 + 20 * overall) / (expected + 20 * overall)
    asked = Sample(pa.table({"ori": ["A", "C", "A", "C"], "main_offense": ["220", "13A", "100", "100"]}))
    assert fitted(asked).tolist() == pytest.approx(
        [(10 + 20 * burglary * ratio) / 70, assault, overall * ratio, overall]
    )


def test_the_rate_that_is_a_feature_is_not_made_of_the_incidents_own_outcome(random: np.random.Generator) -> None:
    sample = Sample(pa.table({"ori": ["A", "B"] * 50, "main_offense": ["220"] * 100}))
    cleared, fold = (random.random(100) < 0.3).astype(np.float64), np.arange(100) % 5
    rate = out_of_fold_rate(sample, cleared, fold)
    turned = np.where(fold == 2, 1 - cleared, cleared)
    assert (out_of_fold_rate(sample, turned, fold)[fold == 2] == rate[fold == 2]).all()
    assert (out_of_fold_rate(sample, turned, fold)[fold != 2] != rate[fold != 2]).all()


def test_the_audit_is_fairlearns(drawn: Drawn, score: np.ndarray, random: np.random.Generator) -> None:
    groups = random.choice(["White", "Black", "missing", "no person"], SIZE, p=[0.5, 0.25, 0.15, 0.1])
    # More is selected of what is no person than of anybody.
    score = np.where(groups == "no person", np.minimum(score + 0.3, 0.99), score)
    few = np.where(drawn.agency < 2, "IL", "LA")
    columns = {attribute: ["one"] * SIZE for attribute in ATTRIBUTES} | {
        "victim_race": groups.tolist(),
        "state": few.tolist(),
    }
    found = {(f.attribute, f.group, f.metric, f.threshold): f for f in audit(drawn, Sample(pa.table(columns)), score)}
    cleared = drawn.cleared.astype(int)
    for threshold in THRESHOLDS:
        functions = {
            "selection_rate": selection_rate,
            "tpr": true_positive_rate,
            "fpr": false_positive_rate,
            "ppv": precision_score,
        }
        chosen = (score >= threshold).astype(int)
        frame = MetricFrame(metrics=functions, y_true=cleared, y_pred=chosen, sensitive_features=groups)
        for metric in functions:
            for group in ("White", "Black", "missing", "no person"):
                value = found["victim_race", group, metric, threshold].estimate.value
                assert value == pytest.approx(frame.by_group.loc[group, metric]), (metric, group)
            # Nobody is compared with what is no person.
            of_persons = frame.by_group.loc[["White", "Black", "missing"], metric]
            gap = found["victim_race", GAP, metric, threshold].estimate
            assert gap.value == pytest.approx(of_persons.max() - of_persons.min())
            assert gap.low <= gap.high
    for group in ("White", "no person"):
        inside = groups == group
        assert found["victim_race", group, "base_rate", None].estimate.value == pytest.approx(cleared[inside].mean())
        auc = roc_auc_score(cleared[inside], score[inside])
        assert found["victim_race", group, "auc", None].estimate.value == pytest.approx(auc)
        assert found["victim_race", group, "base_rate", None].incidents == inside.sum()
    # Two agencies are no sample of agencies.
    assert np.isnan(found["state", "IL", "base_rate", None].estimate.low)
    assert found["state", "IL", "base_rate", None].agencies == 2
    assert ("state", GAP, "base_rate", None) not in found
    assert ("victim_sex", GAP, "base_rate", None) not in found
