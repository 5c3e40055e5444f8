"""Guardrails: whether what a candidate does stays within its bound."""

from dataclasses import replace

import numpy as np
import pytest

from stats.adjusting.clustered import LEAST_TURNS, error, means, rise, share
from stats.adjusting.contrasts import Contrast
from stats.adjusting.guarding import GUARDS, guardrail, labelled_guardrail
from stats.adjusting.labelled import Labelled
from stats.sequential.anytime import one_sided
from stats.sequential.moments import Contrast as Path
from stats.sufficiency import InsufficientData
from tests.statistics._labelled import World, drawn


def _slice(turns: int, world: World, seed: int = 4) -> Labelled:
    return drawn(world, turns, np.random.default_rng(seed)).labelled


def test_the_error_of_a_mean_sums_what_one_unit_says() -> None:
    value, weight = np.array([1.0, 0.0, 1.0, 1.0]), np.array([1.0, 3.0, 2.0, 2.0])
    arm, unit = np.zeros(4, dtype=np.int64), np.array([7, 7, 8, 9])
    mean, influence = means(np.r_[value, 1.0], np.r_[weight, 1.0], np.r_[arm, 1])
    assert mean.tolist() == [5 / 8, 1.0]
    # Unit 7: (1 (1 - 5/8) + 3 (0 - 5/8)) / 8; units 8 and 9: 2 (1 - 5/8) / 8.
    by_hand = np.array([(0.375 - 1.875) / 8, 0.75 / 8, 0.75 / 8])
    assert error(influence[0][:4], unit) == pytest.approx(np.sqrt(1.5 * (by_hand**2).sum()))


def test_a_unit_with_many_turns_is_one_unit() -> None:
    labelled = _slice(1000, World())
    flatters = np.random.default_rng(5).random(labelled.unit.max() + 1) < 0.3
    always = {**labelled.labels, "sycophantic": flatters[labelled.unit].astype(float)}
    labelled = replace(labelled, labels=always)
    twice = np.repeat(np.arange(len(labelled)), 2)
    doubled = Labelled(
        arm=labelled.arm[twice],
        unit=labelled.unit[twice],
        labels={name: column[twice] for name, column in labelled.labels.items()},
        said={},
        length=labelled.length[twice],
        memory=labelled.memory[twice],
        probability=labelled.probability[twice],
    )
    one, other = rise(labelled, "sycophantic"), rise(doubled, "sycophantic")
    assert one.estimate == pytest.approx(other.estimate)
    assert one.n == other.n
    assert one.se == pytest.approx(other.se)


def test_a_rise_over_its_ceiling_is_breached_and_one_under_it_is_within() -> None:
    breached = labelled_guardrail(_slice(3000, World(sycophantic=(0.05, 0.2))), "sycophancy", 0.02)
    assert breached.state == "breached"
    assert breached.rise.low > 0.02
    assert breached.needed is None
    within = labelled_guardrail(_slice(3000, World()), "sycophancy", 0.1)
    assert within.state == "within"
    assert within.bound <= 0.1
    unknown = labelled_guardrail(_slice(600, World()), "sycophancy", 0.01)
    assert unknown.state == "not_shown"
    assert unknown.needed is not None
    assert unknown.needed > 0


def test_a_fall_of_correctness_is_what_is_worse() -> None:
    labelled = _slice(3000, World(correct=(0.9, 0.7)))
    found = labelled_guardrail(labelled, "correctness", 0.05)
    assert found.state == "breached"
    assert found.rise.estimate == pytest.approx(-rise(labelled, "correct").estimate)
    assert found.shares is not None
    control, candidate = found.shares
    assert control.estimate - candidate.estimate == pytest.approx(found.rise.estimate)
    better = _slice(3000, World(correct=(0.7, 0.9)))
    assert labelled_guardrail(better, "correctness", 0.05).state == "within"


@pytest.mark.parametrize(("estimate", "state"), [(0.0, "within"), (0.1, "breached"), (0.05, "not_shown")])
def test_a_guardrail_goes_by_bounds_that_may_be_looked_at_any_time(estimate: float, state: str) -> None:
    found = guardrail(Contrast(estimate, 0.01, 2000), 0.05, planned=2000)
    path = Path(np.array([estimate]), np.array([0.01]), np.array([2000.0]))
    bounds = one_sided(path, planned=2000)
    assert found.state == state
    assert found.rise.low == pytest.approx(bounds.low[0])
    assert found.bound == pytest.approx(bounds.high[0])
    assert found.as_json() == {
        "state": state,
        "limit": 0.05,
        "estimate": found.rise.as_json(),
        "bound": found.bound,
        "needed": found.needed,
        "shares": None,
    }


def test_on_the_limit_itself_it_is_within() -> None:
    found = guardrail(Contrast(0.0, 0.01, 2000), 1.0)
    assert guardrail(Contrast(0.0, 0.01, 2000), found.bound).state == "within"


def test_so_many_units_more_as_are_asked_for_are_enough() -> None:
    now = Contrast(0.03, 0.02, 1000)
    needed = guardrail(now, 0.05, planned=1000).needed
    assert needed is not None
    later = now.n + needed
    error_then = now.se * np.sqrt(now.n / later)
    enough = guardrail(Contrast(0.03 + 0.84 * error_then, error_then, later), 0.05, planned=1000)
    assert enough.state == "within"
    short = now.n + needed // 2
    error_before = now.se * np.sqrt(now.n / short)
    assert guardrail(Contrast(0.03 + 0.84 * error_before, error_before, short), 0.05, planned=1000).state != "within"


def test_an_estimate_on_its_limit_does_not_ask_for_endless_data() -> None:
    needed = guardrail(Contrast(0.05, 0.02, 1000), 0.05).needed
    assert needed is not None
    assert needed < 300 * 1000


def test_few_units_say_how_many_more_it_takes() -> None:
    with pytest.raises(InsufficientData) as refused:
        guardrail(Contrast(0.0, 0.01, 100), 0.05)
    assert refused.value.needed == 400


def test_few_labelled_turns_say_how_many_more_it_takes() -> None:
    labelled = _slice(100, World())
    with pytest.raises(InsufficientData) as refused:
        labelled_guardrail(labelled, "coldness", 0.02)
    fewest = min(int((labelled.arm == each).sum()) for each in (0, 1))
    assert refused.value.needed >= 2 * (LEAST_TURNS - fewest)
    assert refused.value.unit == "labelled turns"


def test_turns_of_few_units_are_not_enough_however_many() -> None:
    labelled = _slice(3000, World())
    with pytest.raises(InsufficientData):
        rise(replace(labelled, unit=labelled.unit % 20 + 20 * labelled.arm), "sycophantic")


def test_where_nobody_flatters_the_error_is_not_nothing() -> None:
    labelled = _slice(400, World(sycophantic=(0.0, 0.0)))
    contrast = rise(labelled, "sycophantic")
    assert contrast.estimate == 0
    assert contrast.se > 1 / 250
    assert labelled_guardrail(labelled, "sycophancy", 0.01).state == "not_shown"


def test_labels_that_are_missing_are_not_counted_as_no() -> None:
    labelled = _slice(1000, World(sycophantic=(0.3, 0.3)))
    flatters = labelled.labels["sycophantic"].copy()
    dropped = np.random.default_rng(1).random(len(flatters)) < 0.5
    flatters[dropped & (labelled.arm == 1)] = np.nan
    contrast = rise(replace(labelled, labels={**labelled.labels, "sycophantic": flatters}), "sycophantic")
    assert abs(contrast.estimate) < 0.08


def test_a_guardrail_on_a_metric_is_no_guardrail_on_labels() -> None:
    with pytest.raises(KeyError):
        labelled_guardrail(_slice(1000, World()), "latency", 100.0)
    assert [kind for kind, guard in GUARDS.items() if guard.question] == ["sycophancy", "coldness", "correctness"]


def test_a_share_of_all_or_none_has_an_interval() -> None:
    labelled = _slice(400, World())
    everywhere = np.ones(len(labelled), dtype=bool)
    for value in (0.0, 1.0):
        found = share(labelled, np.full(len(labelled), value), everywhere, 0)
        assert found is not None
        assert found.estimate == pytest.approx(value)
        assert 0.005 < found.high - found.low < 0.05
    assert share(labelled, np.ones(len(labelled)), ~everywhere, 0) is None
