"""How soon a rise would be found: against the detector itself on streams with that rise."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import UNLIKE, stream
from stats.drift import Detector, factors
from stats.explaining.foretelling import LONGEST, Delay, false_alarm, foretold, power
from stats.explaining.scored import Scored, scored
from stats.monitoring.coefficients import BIAS
from stats.monitoring.declared import Declared
from stats.monitoring.scoring import Scorer, fitted


@pytest.fixture(scope="module")
def known() -> tuple[Scorer, Scored]:
    reference = stream(UNLIKE, 8000, np.random.default_rng(1))
    scorer = fitted(BIAS.question, reference)
    return scorer, scored(scorer, reference)


def test_the_foretold_delay_is_that_of_the_detector_on_such_streams(known: tuple[Scorer, Scored]) -> None:
    scorer, reference = known
    epsilon = 2 * float(reference.score.std()) / len(reference) ** 0.5
    (foretold,) = power(
        reference, epsilon=epsilon, run_length=20_000, rng=np.random.default_rng(2), rises=[0.8], streams=60
    )
    rng, delays = np.random.default_rng(3), []
    for _ in range(40):
        # The same events with the outcome drawn anew, so that the reference's own error is none here either.
        drawn = stream(UNLIKE.drifting(0.8), 4000, rng)
        path, _ = Detector.fresh().after(factors(scored(scorer, drawn).score - epsilon))
        delays.append(int((path >= 20_000).argmax()) + 1)
    assert foretold.median is not None
    assert foretold.q90 is not None
    assert foretold.median == pytest.approx(np.median(delays), rel=0.25)
    assert foretold.median < foretold.q90 < 2.5 * foretold.median


def test_a_smaller_rise_takes_longer_and_none_is_never_found(known: tuple[Scorer, Scored]) -> None:
    _, reference = known
    started = time.process_time()
    found = power(reference, epsilon=0.004, run_length=20_000, rng=np.random.default_rng(4), rises=(0.2, 0.4, 0.8))
    assert time.process_time() - started < 5
    medians = [LONGEST + 1 if one.median is None else one.median for one in found]
    assert medians == sorted(medians, reverse=True)
    assert medians[1] > 1.8 * medians[2]
    (never,) = power(reference, epsilon=0.05, run_length=20_000, rng=np.random.default_rng(5), rises=(0.0,), streams=10)
    assert never == Delay(0.0, None, None)
    again = power(reference, epsilon=0.004, run_length=20_000, rng=np.random.default_rng(4), rises=(0.2, 0.4, 0.8))
    assert again == found


def test_a_monitor_foretells_from_its_own_state() -> None:
    reference = stream(UNLIKE, 8000, np.random.default_rng(6))
    declared = Declared("M1", "effect of sycophancy")
    state = BIAS.start(declared, reference)
    said = foretold(BIAS, declared, state, reference, per_day=200.0)
    assert said == foretold(BIAS, declared, json.loads(json.dumps(state)), reference, per_day=200.0)
    small, large = said["rises"]
    assert (small["rise"], large["rise"]) == (0.4, 0.8)
    assert large["median_days"] == large["median_events"] / 200 < small["median_days"]
    assert said["least"] == large["median_events"]
    assert said["false_alarm"] == pytest.approx(0.632, abs=0.001)
    stricter = foretold(BIAS, replace(declared, run_length=200_000), state, reference, per_day=200.0)
    assert stricter["least"] > said["least"]


def test_a_delay_is_said_in_events_and_in_days() -> None:
    assert Delay(0.4, 1800, None).as_json(200) == {
        "rise": 0.4,
        "median_events": 1800,
        "q90_events": None,
        "median_days": 9.0,
        "q90_days": None,
    }


def test_an_average_run_of_so_many_can_still_mean_63_percent() -> None:
    assert false_alarm(20_000, 20_000) == pytest.approx(1 - np.exp(-1))
    assert false_alarm(0, 20_000) == 0
    assert false_alarm(1, 20_000) == pytest.approx(1 / 20_000, rel=1e-4)
