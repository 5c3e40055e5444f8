"""The mix: distances against scipy's and by hand, intervals that hold, and which factor moved."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency

from scenarios.driftworlds import UNLIKE, series, stream
from stats.monitoring.declared import Declared, Reading
from stats.monitoring.mixing import (
    BLOCK,
    MOST_LEVELS,
    NOT_KNOWN,
    OTHERS,
    Mixing,
    chi_square,
    jensen_shannon,
    psi,
    psi_interval,
)
from stats.multiplicity import holm
from stats.thumbed import Codes, Thumbed

M6 = Mixing()
SAYS = Declared("M6", "mix", alarms=False)


def read(events: Thumbed, reference: int = 8000) -> Reading:
    state = M6.start(SAYS, events.part(0, reference))
    return M6.reading(SAYS, M6.step(SAYS, state, events.part(reference, len(events)), reference + 1))


def relabelled(events: Thumbed, name: str, names: np.ndarray) -> Thumbed:
    columns = {key: getattr(events, key) for key in ("up", "sycophantic", "correct", "warm", "good", "user", "at")}
    return Thumbed(**columns, factors={**events.factors, name: Codes.of(names)})


@pytest.mark.parametrize("seed", range(6))
def test_the_tests_are_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, now = rng.integers(0, 400, 6).astype(float), rng.integers(0, 90, 6).astype(float)
    before[0] = now[0] = 0
    theirs = chi2_contingency(np.stack([before, now])[:, 1:], correction=False)
    assert chi_square(before, now) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-10)
    assert jensen_shannon(before, now) == pytest.approx(jensenshannon(before, now, base=2) ** 2, rel=1e-10)


def test_distances_by_hand() -> None:
    before, now = np.array([599.5, 399.5]), np.array([49.5, 49.5])
    p, q = np.array([0.6, 0.4]), np.array([0.5, 0.5])
    assert psi(before, now) == pytest.approx(float(((q - p) * np.log(q / p)).sum()))
    assert psi(np.array([10.0, 0.0]), np.array([10.0, 0.0])) == 0
    assert chi_square(np.array([10.0, 0.0]), np.array([7.0, 0.0])) == (0.0, 1.0)
    assert jensen_shannon(np.array([5.0, 0.0]), np.array([0.0, 9.0])) == pytest.approx(1.0)


def test_holms_are_those_by_hand() -> None:
    adjusted = {"a": 0.04, "c": 0.09, "b": 0.09, "d": 0.5}
    p = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.5}
    assert dict(zip(p, holm(list(p.values())), strict=True)) == pytest.approx(adjusted)


@pytest.mark.parametrize("q", [(0.5, 0.3, 0.2), (0.45, 0.32, 0.23), (0.35, 0.35, 0.3), (0.2, 0.3, 0.5)])
def test_the_interval_holds_the_truth_as_often_as_it_says(q: tuple[float, ...]) -> None:
    """300 draws: 0.91 is three standard errors below 0.95. Nothing moved: it must reach down to nothing."""
    p, rng = np.array([0.5, 0.3, 0.2]), np.random.default_rng(len(q) + int(100 * q[0]))
    truth = float(((np.array(q) - p) * np.log(np.array(q) / p)).sum())
    before, now = rng.multinomial(8000, p, 300), rng.multinomial(2000, q, 300)
    found = [psi_interval(a.astype(float), b.astype(float)) for a, b in zip(before, now, strict=True)]
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.91
    assert all(one.low <= one.estimate <= one.high for one in found)


def test_shares_that_are_the_same_by_luck_leave_room_for_a_move() -> None:
    found = psi_interval(np.array([4000.0, 4000.0]), np.array([1000.0, 1000.0]))
    assert (found.estimate, found.low) == (0, 0)
    assert 1 / 1600 < found.high < 0.01


def test_the_factor_that_moved_is_the_one_that_is_said() -> None:
    moved = UNLIKE.shared("segment", adult=0.15, teen=0.15, companion=0.7)
    reading = read(series([(UNLIKE, 8000), (UNLIKE, 2000), (moved, 3000)], np.random.default_rng(1)))
    assert (reading.standing, reading.since) == ("watch", 11_000)
    assert reading.segments["segment"]["says"] == "warn"
    assert reading.segments["segment"]["p_adjusted"] < 1e-10
    assert [name for name, said in reading.segments.items() if said["says"] != "ok"] == ["segment"]
    assert reading.value is not None
    assert reading.value.low > 0.25
    assert reading.segments["segment"]["shares"]["companion"] == pytest.approx([0.3, 0.7], abs=0.03)


def test_a_small_move_is_noted_and_a_watch_goes_with_it() -> None:
    little = UNLIKE.shared("language", en=0.45, de=0.25, es=0.3)
    events = series([(UNLIKE, 8000), (little, 3000), (UNLIKE, 3000)], np.random.default_rng(2))
    assert read(events.part(0, 11_000)).segments["language"]["says"] == "note"
    assert read(events.part(0, 11_000)).standing == "watch"
    assert read(events).standing == "ok"


def test_levels_that_are_new_and_those_not_known_are_levels() -> None:
    events = stream(UNLIKE, 12_000, np.random.default_rng(3))
    names = events.factors["domain"].names()
    names[9000::3] = ""
    names[9001::3] = "law"
    shares = read(relabelled(events, "domain", names)).segments["domain"]["shares"]
    assert shares[NOT_KNOWN] == pytest.approx([0, 1 / 3], abs=0.01)
    assert shares[OTHERS] == pytest.approx([0, 1 / 3], abs=0.01)


def test_of_many_levels_the_most_frequent_are_followed() -> None:
    events = stream(UNLIKE, 10_000, np.random.default_rng(4))
    rng = np.random.default_rng(5)
    names = np.array([f"topic {i:03}" for i in np.minimum(rng.geometric(0.05, 10_000), 120)])
    reading = read(relabelled(events, "domain", names))
    shares = reading.segments["domain"]["shares"]
    assert len(shares) == MOST_LEVELS + 1
    assert shares[OTHERS][0] == pytest.approx(0.95**30, abs=0.03)
    assert reading.segments["domain"]["says"] == "ok"


def test_nothing_is_said_before_a_block_is_full() -> None:
    reading = read(stream(UNLIKE, 8400, np.random.default_rng(6)))
    assert (reading.value, reading.segments, reading.needed) == (None, {}, BLOCK - 400)


def test_a_reference_that_ends_just_before_a_block_does_is_not_held_against_a_few_events() -> None:
    """As after a reset: one event, all of one level, is no mix."""
    events = stream(UNLIKE, 8000 + 1500, np.random.default_rng(7))
    for end, needed in ((7999, BLOCK + 1), (7400, BLOCK - 400)):
        state = M6.start(SAYS, events.part(0, end))
        early = M6.step(SAYS, state, events.part(end, 8000), end + 1)
        whole = M6.step(SAYS, early, events.part(8000, 9000), 8001)
        assert M6.reading(SAYS, M6.step(SAYS, state, events.part(0, 0), end + 1)).needed == BLOCK
        assert M6.reading(SAYS, early).standing == M6.reading(SAYS, whole).standing == "ok"
        assert (M6.reading(SAYS, early).value is None) == (end == 7999)
        assert M6.reading(SAYS, M6.step(SAYS, state, events.part(end, end + 1), end + 1)).needed == needed - 1
        assert M6.reading(SAYS, whole).value is not None


def test_a_mix_that_turned_over_has_a_finite_interval() -> None:
    found = psi_interval(np.array([1e6, 0.0, 0.0]), np.array([0.0, 2000.0, 3.0]))
    assert np.isfinite([found.low, found.estimate, found.high]).all()
    assert found.low <= found.estimate <= found.high
