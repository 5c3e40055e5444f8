"""Thumbs against experts: sums by definition, losses by hand, what is found, and references that fill late."""

import math
from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, World, series
from stats.drift import BETS
from stats.monitoring.calibrated import IN_REFERENCE, LEAST, NOT_LABELLED, Calibrated, chances, losses
from stats.monitoring.declared import Declared, Reading, State
from stats.thumbed import Thumbed

M3 = Calibrated()
SAYS = Declared("M3", "calibration of thumbs")
WORLD = replace(UNLIKE, experts=0.15)
TELLING = replace(WORLD, correct=2.5, base=-1.5)
"""Thumbs say much of whether a response is right."""


def run(reference: Thumbed, events: Thumbed, says: Declared = SAYS) -> tuple[State, Reading]:
    state = M3.step(says, M3.start(says, reference), events, len(reference) + 1)
    return state, M3.reading(says, state)


def drawn(parts: list[tuple[World, int]], seed: int = 1, reference: int = 8000) -> tuple[Thumbed, Thumbed]:
    events = series(parts, np.random.default_rng(seed))
    return events.part(0, reference), events.part(reference, len(events))


def spoiled(events: Thumbed, share: float, start: int = 0, seed: int = 9) -> Thumbed:
    """From `start` on, this share of the thumbs is given at random."""
    rng = np.random.default_rng(seed)
    random = (rng.random(len(events)) < share) & (np.arange(len(events)) >= start)
    return replace(events, up=np.where(random, rng.random(len(events)) < 0.5, events.up).astype(float))


def by_definition(excess: list[float]) -> float:
    """The mean over bets of the sum over starts of the product of everything from there on."""
    total = 0.0
    for bet in BETS:
        each = [1 + bet * x for x in excess]
        total += sum(math.prod(each[j:]) for j in range(len(each))) / len(BETS)
    return total


def test_the_statistic_is_the_sums_by_definition() -> None:
    reference, events = drawn([(WORLD, 8600)])
    state, reading = run(reference, events)
    known = np.isfinite(reference.good)
    up, good = reference.up[known], reference.good[known]
    # Each of the four kinds of label counts half a time more.
    cells = np.array([[((up == t) & (good == x)).sum() + 0.5 for x in (0, 1)] for t in (0, 1)])
    g, counts = cells[:, 1] / cells.sum(axis=1), [(up == t).sum() for t in (0, 1)]
    kinds = np.array([[(x - g[t]) ** 2 for x in (0, 1)] for t in (0, 1)])
    loss = np.average(kinds, weights=cells)
    error = math.sqrt(np.average((kinds - loss) ** 2, weights=cells))
    variance = [g[t] * (1 - g[t]) / counts[t] for t in (0, 1)]
    optimism = 2 * sum(variance[t] * counts[t] for t in (0, 1)) / len(up)
    allowed = 2 * error / math.sqrt(len(up)) + optimism
    slack = {t: 2 * math.sqrt(variance[t]) for t in (0, 1)}
    later = np.isfinite(events.good)
    pairs = list(zip(events.up[later], events.good[later], strict=True))
    expected = by_definition([((y - g[int(t)]) ** 2 - loss - allowed) / (1 + allowed) for t, y in pairs])
    expected += by_definition([(g[1] - y - slack[1]) / (1 + slack[1]) for t, y in pairs if t == 1])
    expected += by_definition([(y - g[0] - slack[0]) / (1 + slack[0]) for t, y in pairs if t == 0])
    assert reading.statistic == pytest.approx(expected / 2, rel=1e-9)
    assert state["gold"] == len(pairs) == reading.events - reading.left_out[NOT_LABELLED]


def test_losses_and_errors_are_those_by_hand() -> None:
    table = [[60, 20], [30, 90]]
    assert chances(table) == (0.25, 0.75)
    assert losses((0.25, 0.75)).tolist() == [0.0625, 0.5625, 0.5625, 0.0625]
    reference, events = drawn([(WORLD, 12_000)], seed=2)
    _, reading = run(reference, events)
    before = reading.segments["before"]
    known = np.isfinite(reference.good)
    up, good = reference.up[known] == 1, reference.good[known]
    assert before["good_if_up"]["estimate"] == pytest.approx(good[up].mean())
    assert before["bad_if_down"]["estimate"] == pytest.approx(1 - good[~up].mean())
    assert before["brier"] == pytest.approx(((good - np.where(up, good[up].mean(), good[~up].mean())) ** 2).mean())
    assert before["calibration_error"]["estimate"] == pytest.approx(0, abs=1e-12)
    now = reading.segments["now"]
    assert 200 <= now["experts"] < 400
    later = np.flatnonzero(np.isfinite(events.good))[-now["experts"] :]
    up, good = events.up[later] == 1, events.good[later]
    g_down, g_up = 1 - before["bad_if_down"]["estimate"], before["good_if_up"]["estimate"]
    error = up.mean() * abs(good[up].mean() - g_up) + (~up).mean() * abs(good[~up].mean() - g_down)
    assert now["calibration_error"]["estimate"] == pytest.approx(error)
    assert now["brier"] == pytest.approx(((good - np.where(up, g_up, g_down)) ** 2).mean())
    assert reading.value is not None
    assert reading.value.estimate == pytest.approx(now["brier"] - before["brier"])


def test_thumbs_that_say_less_than_they_did_are_found() -> None:
    reference, events = drawn([(TELLING, 28_000)], seed=3)
    _, reading = run(reference, spoiled(events, 0.9, start=4000))
    assert reading.standing == "alarm"
    assert reading.since is not None
    assert 12_000 < reading.since < 26_000
    now, before = reading.segments["now"], reading.segments["before"]
    assert now["good_if_up"]["high"] < before["good_if_up"]["estimate"] + 0.05
    assert now["calibration_error"]["low"] > 0


def test_the_alarm_begins_with_an_event_that_an_expert_labelled() -> None:
    reference, events = drawn([(TELLING, 28_000)], seed=3)
    _, reading = run(reference, spoiled(events, 0.9))
    assert reading.since is not None
    assert np.isfinite(events.good[reading.since - 8001])
    tolerant = Declared("M3", "calibration", tolerance=0.4)
    assert run(reference, spoiled(events, 0.9), tolerant)[1].standing == "ok"


def test_without_a_change_false_alarms_are_rarer_than_promised() -> None:
    """40 streams of one run length of experts' labels each: the promise allows 63 % to alarm."""
    says = Declared("M3", "calibration", run_length=600)
    alarmed = 0
    for seed in range(40):
        reference, events = drawn([(replace(WORLD, experts=0.3), 4000)], seed=seed, reference=2000)
        alarmed += run(reference, events, says)[1].standing == "alarm"
    assert alarmed <= 25


def test_a_reference_without_an_exception_does_not_rule_them_out() -> None:
    """Every thumb of the reference was right; later one in a hundred is not, which 200 right ones do not exclude."""
    reference, events = drawn([(WORLD, 10_000)], seed=5)
    labelled = np.arange(8000) % 40 == 0
    always = replace(reference, up=(np.arange(8000) % 80 == 0).astype(float))
    always = replace(always, good=np.where(labelled, always.up, np.nan))
    wrong = np.arange(2000) % 101 == 7
    later = replace(events, good=np.where(wrong, 1 - events.up, events.up))
    _, reading = run(always, later, replace(SAYS, run_length=1000))
    assert chances([[100, 0], [0, 100]]) == (0.0, 1.0)
    assert reading.standing != "alarm"


def test_a_reference_with_few_experts_is_filled_by_those_after_it() -> None:
    few = replace(UNLIKE, experts=0.01)
    reference, events = drawn([(few, 8000), (WORLD, 4000)], seed=4)
    waiting, reading = run(reference, events.part(0, 300))
    assert waiting["gold"] is None
    assert reading.value is None
    have = int(np.isfinite(reference.good).sum() + np.isfinite(events.good[:300]).sum())
    assert have < LEAST
    share = np.isfinite(events.good[:300]).sum() / 300
    assert reading.needed == math.ceil((LEAST - have) / share)
    state, reading = run(reference, events)
    assert sum(map(sum, state["reference"])) == LEAST
    assert reading.left_out[IN_REFERENCE] == LEAST - int(np.isfinite(reference.good).sum())
    assert reading.value is not None


def test_no_experts_at_all_say_nothing() -> None:
    reference, events = drawn([(replace(UNLIKE, experts=0.0), 9000)])
    _, reading = run(reference, events)
    assert (reading.standing, reading.value, reading.needed, reading.segments["now"]) == ("ok", None, None, {})
