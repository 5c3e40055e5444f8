"""Who leaves a thumb: sums by definition, effects against a whole fit, what is found and what is not."""

import json
import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, World, series
from stats.drift import BETS
from stats.logistic import Design, fit
from stats.monitoring.declared import Declared, Reading
from stats.monitoring.selection import BLOCK, LEAST, PRIOR, RECENT, Selection
from stats.thumbed import Codes, Thumbed

M4 = Selection()
SAYS = Declared("M4", "selection", direction="both", alarms=False)
KEEN = replace(UNLIKE, keener=4.0)
"""Who was flattered and liked it leaves a thumb unasked four times as often."""


@cache
def reference() -> tuple[Thumbed, str]:
    """The same for most tests, and the state after it."""
    events = series([(UNLIKE, 8000)], np.random.default_rng(1))
    return events, json.dumps(M4.start(SAYS, events))


def run(parts: list[tuple[World, int]], seed: int = 1) -> tuple[Reading, Thumbed]:
    """What is said after these worlds, and their events."""
    events = series(parts, np.random.default_rng([seed, 2]))
    return M4.reading(SAYS, M4.step(SAYS, json.loads(reference()[1]), events, 8001)), events


def asked(events: Thumbed) -> np.ndarray:
    return events.factors["solicited"].names() == "yes"


def by_definition(excess: list[float]) -> float:
    """The mean over bets of the sum over starts of the product of everything from there on."""
    total = 0.0
    for bet in BETS:
        m = 0.0
        for x in excess:
            m = (m + 1) * (1 + bet * x)
        total += m / len(BETS)
    return total


def test_the_shares_statistic_is_the_sums_by_definition() -> None:
    reading, after = run([(UNLIKE.shared("solicited", no=0.62, yes=0.38), 900)], seed=2)
    before, _ = reference()
    total = 0.0
    for group in (0, 1):
        here, later = before.sycophantic == group, after.sycophantic == group
        n, hits = here.sum(), (asked(before) & here).sum()
        everybody = (hits + 0.5) / (n + 1)
        slack = 2 * math.sqrt(everybody * (1 - everybody) / n)
        share = {}
        for segment in ("adult", "teen", "companion"):
            mine = here & (before.factors["segment"].names() == segment)
            share[segment] = ((asked(before) & mine).sum() + PRIOR * everybody) / (mine.sum() + PRIOR)
        segments = after.factors["segment"].names()[later]
        surprise = [x - share[s] for x, s in zip(asked(after)[later].astype(float), segments, strict=True)]
        for direction in (1, -1):
            total += by_definition([(direction * x - slack) / (1 + slack) for x in surprise]) / 2
    assert reading.statistic == pytest.approx(total, rel=1e-9)


def test_effects_are_those_of_a_whole_fit() -> None:
    """One Newton step from the reference's fit against the fit of the same events with s × unsolicited in it."""
    rather = replace(UNLIKE, keener=2.0)
    reading, events = run([(UNLIKE, 1000), (rather, BLOCK * RECENT)], seed=3)
    recent = events.part(len(events) - BLOCK * RECENT, len(events))
    columns = {"constant": np.ones(len(recent)), "correct": recent.correct, "warm": recent.warm}
    for name, codes in recent.factors.items():
        for level in codes.levels[1:]:
            columns[f"{name}:{level}"] = (codes.names() == level).astype(float)
    columns["s"] = recent.sycophantic
    for name in ("segment", "memory", "arm"):
        for level in recent.factors[name].levels[1:]:
            columns[f"s×{name}:{level}"] = recent.sycophantic * columns[f"{name}:{level}"]
    columns["s×unsolicited"] = recent.sycophantic * ~asked(recent)
    found = fit(Design.of(columns, recent.up))
    assert reading.value is not None
    whole = dict(zip(found.names, found.coefficients, strict=True))["s×unsolicited"]
    error = math.sqrt(found.inverse[-1, -1])
    assert 0.3 < whole < 1
    assert reading.value.estimate == pytest.approx(whole, abs=0.2 * whole)
    assert (reading.value.high - reading.value.low) / (2 * 1.96) == pytest.approx(error, rel=0.25)


def test_flattered_users_who_grow_keen_are_found() -> None:
    reading, _ = run([(UNLIKE, 2000), (KEEN, 10_000)], seed=4)
    assert reading.standing == "watch"
    assert reading.since is not None
    assert reading.since > 10_000
    assert reading.value is not None
    assert reading.reference is not None
    assert reading.value.low > reading.reference.estimate
    assert reading.reference.low < 0 < reading.reference.high
    flattering, others = reading.segments["sycophantic"], reading.segments["not sycophantic"]
    assert others["now"]["low"] > flattering["now"]["high"]


def test_a_world_that_stays_is_well() -> None:
    standings = [run([(UNLIKE, 12_000)], seed=seed)[0].standing for seed in range(5)]
    assert standings == ["ok"] * 5


def test_a_share_that_grows_in_one_group_is_found_there() -> None:
    moved = UNLIKE.shared("solicited", no=0.5, yes=0.5)
    reading, _ = run([(moved, 4000)], seed=5)
    assert reading.standing == "watch"
    assert reading.statistic > 20_000
    assert reading.segments["segment:companion"]["sycophantic"]["now"]["estimate"] == pytest.approx(0.5, abs=0.08)
    assert reading.segments["segment:companion"]["sycophantic"]["before"]["estimate"] == pytest.approx(0.33, abs=0.05)


def test_another_mix_of_segments_with_shares_of_their_own_is_no_change() -> None:
    """Companions are asked twice as often as others, before and after there are more of them."""

    def leaning(events: Thumbed, seed: int) -> Thumbed:
        companion = events.factors["segment"].names() == "companion"
        yes = np.random.default_rng(seed).random(len(events)) < np.where(companion, 0.6, 0.3)
        factors = {**events.factors, "solicited": Codes.of(np.where(yes, "yes", "no"))}
        return replace(events, factors=factors)

    more = UNLIKE.shared("segment", adult=0.3, teen=0.1, companion=0.6)
    events = leaning(series([(UNLIKE, 8000), (more, 8000)], np.random.default_rng(6)), 7)
    state = M4.step(SAYS, M4.start(SAYS, events.part(0, 8000)), events.part(8000, 16_000), 8001)
    assert M4.reading(SAYS, state).statistic < 2000


def test_only_thumbs_that_were_asked_for_say_nothing_of_a_difference() -> None:
    alone = series([(UNLIKE.shared("solicited", no=0.0, yes=1.0), 6000)], np.random.default_rng(8))
    state = M4.step(SAYS, M4.start(SAYS, alone.part(0, 4000)), alone.part(4000, 6000), 4001)
    reading = M4.reading(SAYS, state)
    assert (reading.standing, reading.value, reading.reference, reading.needed) == ("ok", None, None, None)


def test_before_a_block_is_full_it_says_how_much_is_lacking() -> None:
    reading, _ = run([(UNLIKE, 300)], seed=9)
    assert reading.value is None
    assert reading.needed == BLOCK - 300
    assert LEAST < BLOCK
