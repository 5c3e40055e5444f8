import json

import numpy as np
import pytest

from stats.drift import BETS, CAP, NEAR, Cusum, Detector, change_point, cusum_threshold, e_bh, factors

BATCHES = (1, 7, 500, 4096)


def recurrence(excess: np.ndarray) -> np.ndarray:
    """The e-SR detector as its formula has it, event by event."""
    m, path = np.zeros(len(BETS)), []
    for one in excess:
        m = (m + 1) * (1 + np.array(BETS) * one)
        path.append(m.mean())
    return np.array(path)


def test_a_detector_is_its_recurrence() -> None:
    excess = np.random.default_rng(1).normal(0.01, 0.3, 3000)
    path, after = Detector.fresh().after(factors(excess))
    np.testing.assert_allclose(path, recurrence(excess), rtol=1e-12)
    assert after.value == path[-1]
    assert after.seen == 3000


@pytest.mark.parametrize("batch", BATCHES)
def test_batches_change_no_bit_of_a_detector_or_a_cusum(batch: int) -> None:
    x = np.random.default_rng(2).normal(-0.02, 0.3, 600 if batch == 1 else 9000)
    whole, last = Detector.fresh().after(factors(x))
    sums, ended = Cusum().after(x)
    detector, cusum, paths = Detector.fresh(), Cusum(), []
    for start in range(0, len(x), batch):
        part = x[start : start + batch]
        one, detector = detector.after(factors(part))
        two, cusum = cusum.after(part)
        detector = Detector.from_json(json.loads(json.dumps(detector.as_json())))
        cusum = Cusum.from_json(json.loads(json.dumps(cusum.as_json())))
        paths.append((one, two))
    assert np.array_equal(np.concatenate([one for one, _ in paths]), whole)
    assert np.array_equal(np.concatenate([two for _, two in paths]), sums)
    assert (detector.as_json(), cusum) == (last.as_json(), ended)


def test_a_detector_grows_no_farther_than_its_cap() -> None:
    path, after = Detector.fresh().after(factors(np.full(100_000, 0.5)))
    assert np.isfinite(path).all()
    assert after.start.max() == CAP


def test_a_detector_runs_as_long_as_promised_when_scores_have_the_mean_it_allows() -> None:
    # Skewed scores of mean 0: up by .9 in one of ten, down by .1 in nine.
    rng = np.random.default_rng(3)
    lasted, alarms = 0, 0
    for _ in range(150):
        path, _ = Detector.fresh().after(factors(np.where(rng.random(2000) < 0.1, 0.9, -0.1)))
        hit = np.flatnonzero(path >= 500)
        lasted += int(hit[0]) if len(hit) else len(path)
        alarms += len(hit) > 0
    assert lasted / alarms >= 500


def test_a_cusum_is_its_recurrence_and_knows_its_last_zero() -> None:
    x = np.random.default_rng(4).normal(-0.05, 1, 3000)
    path, after = Cusum().after(x)
    w, expected = 0.0, []
    for one in x:
        w = max(0.0, w + one)
        expected.append(w)
    np.testing.assert_allclose(path, expected, atol=1e-11)
    assert after.value == path[-1]
    assert after.zero == np.flatnonzero(path == 0)[-1] + 1


def test_a_cusum_threshold_gives_the_run_length_asked_for() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=4000)
    values = (values - values.mean()) / values.std() - 0.2
    threshold = cusum_threshold(values, 1000, rng)
    lasted, alarms = 0, 0
    for _ in range(300):
        path, _ = Cusum().after(rng.choice(values, 4000))
        hit = np.flatnonzero(path >= threshold)
        lasted += int(hit[0]) if len(hit) else len(path)
        alarms += len(hit) > 0
    assert 700 <= lasted / alarms <= 1500
    with pytest.raises(ValueError, match="mean below 0"):
        cusum_threshold(values + 0.2 - values.mean(), 1000, rng)


def test_a_threshold_for_long_runs_goes_on_as_it_began() -> None:
    values = np.random.default_rng(7).normal(size=4000)
    values = (values - values.mean()) / values.std() - 0.2
    at = {length: cusum_threshold(values, length, np.random.default_rng(8)) for length in (5000, 40_000, 320_000)}
    # A walk with drift -0.2 and variance 1 reaches h with a chance that falls like exp(-0.4 h).
    for short, long in ((5000, 40_000), (40_000, 320_000)):
        assert at[long] - at[short] == pytest.approx(np.log(8) / 0.4, rel=0.25)


def test_a_score_below_what_is_bet_on_is_refused() -> None:
    with pytest.raises(ValueError, match="below what is bet on"):
        factors(np.array([0.1, -2.0]))


def test_a_change_point_lies_in_its_interval_as_often_as_said() -> None:
    assert (1 - np.exp(-NEAR)) ** 2 == pytest.approx(0.95)
    rng, inside = np.random.default_rng(6), 0
    for _ in range(200):
        scores = rng.normal(0, 1, 1500)
        scores[1000:] += 0.4
        split = change_point(scores, 1.0)
        inside += split.low <= 1000 <= split.high
        assert split.low <= split.place <= split.high
    assert inside >= 180


def test_detectors_that_stand_out_together_are_named_the_largest_first() -> None:
    assert e_bh({"a": 3e4, "b": 9e4, "c": 10.0}, 20_000) == ("b", "a")
    assert e_bh({"a": 2.9e4, "b": 5e4, "c": 10.0}, 20_000) == ()
    assert e_bh({}, 20_000) == ()
