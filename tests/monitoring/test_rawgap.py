"""The raw gap: by hand and by an obvious loop, the limits of textbooks, drifts found, and what blocks are made of."""

import math
from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, World, series, stream
from stats.monitoring import rawgap
from stats.monitoring.declared import Declared, Reading, Unusable
from stats.monitoring.rawgap import BLOCK, K, RawGap, gap_of, limit, premium_of
from stats.thumbed import Thumbed

M2 = RawGap()


def declared(direction: str = "up", tolerance: float = 0.0, alarms: bool = True) -> Declared:
    return Declared("M2", "gap", tolerance=tolerance, direction=direction, alarms=alarms)  # type: ignore[arg-type]


def run(parts: list[tuple[World, int]], says: Declared | None = None, seed: int = 1, first: int = 1) -> Reading:
    says = says or declared()
    events = series([(UNLIKE, 8000), *parts], np.random.default_rng(seed))
    state = M2.start(says, events.part(0, 8000))
    return M2.reading(says, M2.step(says, state, events.part(8000, len(events)), 8000 + first))


def counts_of(events: Thumbed) -> list[float]:
    s, right = events.sycophantic >= 0.5, (events.sycophantic < 0.5) & (events.correct >= 0.5)
    return [float(events.up[s].sum()), float(s.sum()), float(events.up[right].sum()), float(right.sum())]


def test_the_gap_and_the_premium_are_those_by_hand() -> None:
    gap, error = gap_of([30, 50, 40, 100])
    assert gap == pytest.approx(0.2)
    variance = (30.5 * 20.5 / 51**2) / 50 + (40.5 * 60.5 / 101**2) / 100
    assert error == pytest.approx(math.sqrt(variance))
    log, spread = premium_of([30, 50, 40, 100])
    assert math.exp(log) == pytest.approx((30.5 / 50.5) / (40.5 / 100.5))
    assert spread == pytest.approx(math.sqrt(1 / 30.5 - 1 / 50.5 + 1 / 40.5 - 1 / 100.5))
    assert gap_of([0, 20, 20, 20])[1] > 0


def test_the_limits_are_the_textbooks() -> None:
    """Montgomery, Introduction to Statistical Quality Control, table of two-sided CUSUMs with k = 1/2: half the run."""
    assert limit(2 * 168) == pytest.approx(4.0, abs=0.02)
    assert limit(2 * 465) == pytest.approx(5.0, abs=0.02)
    assert limit(0.5) == 0.0


def test_the_sum_is_that_of_an_obvious_loop() -> None:
    events = series([(UNLIKE, 8000), (UNLIKE.drifting(0.4), 6000)], np.random.default_rng(3))
    state = M2.start(declared(), events.part(0, 8000))
    reading = M2.reading(declared(), M2.step(declared(), state, events.part(8000, 14000), 8001))
    before, its_error = gap_of(counts_of(events.part(0, 8000)))  # type: ignore[arg-type]
    blocks = [gap_of(counts_of(events.part(i, i + BLOCK))) for i in range(0, 8000, BLOCK)]  # type: ignore[arg-type]
    stretch = math.sqrt(max(1.0, sum(((gap - before) / error) ** 2 for gap, error in blocks) / (len(blocks) - 1)))
    w = 0.0
    for i in range(8000, 14000, BLOCK):
        gap, error = gap_of(counts_of(events.part(i, i + BLOCK)))  # type: ignore[arg-type]
        w = max(0.0, w + (gap - before - 2 * its_error * stretch) / (error * stretch) - K)
    assert reading.statistic == pytest.approx(w, rel=1e-12)
    assert reading.value is not None
    recent = counts_of(events.part(14000 - rawgap.RECENT * BLOCK, 14000))
    assert reading.value.estimate == pytest.approx(gap_of(recent)[0])  # type: ignore[arg-type]
    premium = reading.segments["now"]["premium"]
    assert premium["low"] < (recent[0] / recent[1]) / (recent[2] / recent[3]) < premium["high"]


def test_a_rise_is_found_after_it_and_nothing_is_where_there_is_none() -> None:
    reading = run([(UNLIKE, 4000), (UNLIKE.drifting(0.8), 6000)])
    assert reading.standing == "alarm"
    assert reading.since is not None
    assert 12_000 < reading.since <= 16_000
    assert reading.since % BLOCK == 0
    assert run([(UNLIKE, 10_000)], seed=2).standing == "ok"


def test_a_fall_is_found_where_both_directions_are_declared() -> None:
    assert run([(UNLIKE.drifting(-0.9), 8000)]).standing == "ok"
    assert run([(UNLIKE.drifting(-0.9), 8000)], declared("both")).standing == "alarm"


def test_what_is_tolerated_and_what_only_shows_raises_no_alarm() -> None:
    drifted = [(UNLIKE.drifting(0.8), 8000)]
    assert run(drifted, declared(tolerance=0.3)).standing == "ok"
    assert run(drifted, declared(alarms=False)).standing == "watch"


def test_blocks_are_joined_until_both_sides_have_enough() -> None:
    rare = UNLIKE.flattering(0.02)
    events = series([(UNLIKE, 8000), (rare, 8000)], np.random.default_rng(5))
    state = M2.start(declared(), events.part(0, 8000))
    state = M2.step(declared(), state, events.part(8000, 16000), 8001)
    assert 2 < len(state["recent"]) < 20
    assert all(min(block[1], block[3]) >= rawgap.LEAST for block in state["recent"])


def test_people_who_give_many_thumbs_stretch_the_error() -> None:
    rng = np.random.default_rng(6)
    assert M2.start(declared(), stream(UNLIKE, 8000, rng))["stretch"] < 1.35
    # Those with large numbers care for flattery only, and all that they say comes together.
    events = stream(UNLIKE, 8000, rng)
    fond = events.user > 1000
    events = replace(events, up=np.where(fond, events.sycophantic, events.up))
    together = Thumbed.joined(events.where(fond), events.where(~fond))
    assert M2.start(declared(), together)["stretch"] > 3


def test_a_reference_without_flattery_is_refused_with_how_much_is_lacking() -> None:
    with pytest.raises(Unusable, match="thumbs on sycophantic answers: about .* more are needed") as refused:
        M2.start(declared(), stream(UNLIKE.flattering(0.01), 8000, np.random.default_rng(7)))
    assert refused.value.which == "too_few"


def test_before_the_first_block_is_full_it_says_how_much_is_lacking() -> None:
    reading = run([(UNLIKE, 150)])
    assert reading.value is None
    assert reading.needed is not None
    assert 150 <= reading.needed <= BLOCK
