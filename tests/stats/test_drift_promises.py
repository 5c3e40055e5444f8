"""A small form of what benchmarks/_drift_promises.py holds the monitor of bias against at full length."""

from dataclasses import replace

import numpy as np

from benchmarks._drift_promises import QUARTER, delays, false_alarms, kept, moved
from scenarios.driftworlds import NUISANCES, UNLIKE

COHORT = {"cohort": NUISANCES["cohort 30 % to 60 %"]}


def test_false_alarms_are_as_few_as_promised_for_nearly_every_reference() -> None:
    shares = false_alarms({"null": UNLIKE, **COHORT}, np.random.default_rng(1), references=3, streams=3)
    assert all(kept(each) >= 0.6 for each in shares.values())
    assert shares["null"].mean() <= 0.5


def test_rises_are_found_about_as_soon_as_promised() -> None:
    found = delays(0.8, np.random.default_rng(2), streams=6, after=3000)
    assert found.within(1500) >= 0.7
    assert found.within(3000) == 1.0
    assert delays(0.4, np.random.default_rng(3), streams=4, after=5000).within(5000) >= 0.6


def test_what_was_known_before_moves_no_score() -> None:
    rng = np.random.default_rng(4)
    worlds = {**COHORT, "base": replace(UNLIKE, base=UNLIKE.base + 0.3)}
    for name, shares in moved(worlds, rng, references=3, events=50_000).items():
        assert abs(shares.mean()) <= 0.15, name


def test_a_rise_of_nothing_is_not_found() -> None:
    assert delays(0.0, np.random.default_rng(6), streams=2, world=QUARTER, after=3000).within(3000) <= 0.4
