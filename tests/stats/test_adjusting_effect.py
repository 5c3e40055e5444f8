"""The effect of an arm at matched behaviour."""

from dataclasses import replace

import numpy as np
import pytest

from stats.adjusting.contrasts import Contrast
from stats.adjusting.effect import THUMBED, adjusted_effect, effects, flagged, over_all_thumbs
from stats.adjusting.labelled import Labelled
from stats.intervals import Estimate
from stats.sufficiency import InsufficientData
from tests.statistics._labelled import World, drawn

FLATTERING = World(sycophantic=(0.08, 0.25))


def _slice(turns: int = 1500, world: World = FLATTERING, seed: int = 1) -> Labelled:
    return drawn(world, turns, np.random.default_rng(seed)).labelled


def _of(labelled: Labelled, **columns: object) -> Labelled:
    return replace(labelled, **columns)  # type: ignore[arg-type]


def test_the_raw_effect_is_the_difference_of_weighted_shares() -> None:
    labelled = _slice(world=replace(FLATTERING, on=0.04, off=0.01))
    up, heard = labelled.said["thumb"], ~np.isnan(labelled.said["thumb"])
    shares = []
    for arm in (0, 1):
        turns = [(up[i], 1 / labelled.probability[i]) for i in np.flatnonzero(heard & (labelled.arm == arm))]
        shares.append(sum(value * weight for value, weight in turns) / sum(weight for _, weight in turns))
    assert adjusted_effect(labelled, "thumb").raw.estimate == pytest.approx(shares[1] - shares[0])


def test_standard_errors_are_those_of_leaving_out_one_unit_after_the_other() -> None:
    labelled = _slice(320, replace(FLATTERING, left=1.0))
    found = effects(labelled, "thumb")
    without = [effects(labelled.where(labelled.unit != unit), "thumb") for unit in np.unique(labelled.unit)]
    count = len(without)
    for name in ("raw", "adjusted", "change"):
        values = np.array([getattr(one, name).estimate for one in without])
        jackknife = float(np.sqrt((count - 1) / count * ((values - values.mean()) ** 2).sum()))
        assert getattr(found, name).se == pytest.approx(jackknife, rel=0.05)


def test_where_one_thing_is_matched_it_is_the_mean_of_the_differences_within_its_levels() -> None:
    """With memory alone the fit is as rich as can be: the effect by hand, each level standing for its turns."""
    labelled = _slice(6000, World(arm=-0.6, by_memory=1.4, on=0.08, off=0.02, left=1.0))
    nothing = np.zeros(len(labelled))
    labels = dict.fromkeys(labelled.labels, nothing)
    labelled = _of(labelled, labels=labels, length=nothing)
    up, weight = labelled.said["thumb"], 1 / labelled.probability
    by_hand = 0.0
    for level in (labelled.memory, ~labelled.memory):
        shares = [up[level & (labelled.arm == arm)].mean() for arm in (0, 1)]
        by_hand += weight[level].sum() / weight.sum() * (shares[1] - shares[0])
    assert effects(labelled, "thumb").adjusted.estimate == pytest.approx(by_hand, abs=2e-4)


def test_exchanging_the_arms_turns_every_effect_round() -> None:
    labelled = _slice()
    one, other = effects(labelled, "thumb"), effects(_of(labelled, arm=1 - labelled.arm), "thumb")
    for name in ("raw", "adjusted", "change"):
        assert getattr(one, name).estimate == pytest.approx(-getattr(other, name).estimate, abs=2e-4)
        assert getattr(one, name).se == pytest.approx(getattr(other, name).se, rel=0.01)


def test_only_the_ratios_of_probabilities_matter() -> None:
    labelled = _slice()
    one, other = effects(labelled, "thumb"), effects(_of(labelled, probability=labelled.probability / 2), "thumb")
    assert one.adjusted.estimate == pytest.approx(other.adjusted.estimate)
    assert one.adjusted.se == pytest.approx(other.adjusted.se)


def test_a_third_arm_is_not_read() -> None:
    labelled = _slice()
    third = np.random.default_rng(2).random(len(labelled)) < 0.3
    with_third = _of(labelled, arm=np.where(third, 2, labelled.arm))
    assert effects(with_third, "thumb") == effects(labelled.where(~third), "thumb")
    moved = _of(labelled, arm=2 * labelled.arm)
    assert effects(moved, "thumb", arm=2) == effects(labelled, "thumb")


def test_where_behaviour_is_alike_nothing_is_changed_but_by_chance() -> None:
    found = adjusted_effect(_slice(4000, World(arm=0.6), seed=2), "thumb")
    assert found.raw.low > 0
    assert found.change.low <= 0 <= found.change.high
    assert found.flag is None


def test_what_is_liked_for_flattery_alone_is_flagged() -> None:
    world = World(sycophantic=(0.05, 0.5), reward={"sycophantic": 2.0, "correct": 0.5, "cold": -0.8, "length": 0.2})
    found = adjusted_effect(_slice(4000, world), "thumb")
    assert found.raw.low > 0
    assert found.adjusted.low <= 0 <= found.adjusted.high
    assert found.change.high < 0
    assert found.flag is not None
    assert found.matched == ("sycophantic", "correct", "cold", "length", "memory")
    assert found.left_out == {}


@pytest.mark.parametrize(
    ("raw", "adjusted", "low", "high", "flag"),
    [
        (0.02, -0.03, -0.08, -0.02, "sign"),
        (0.02, -0.03, -0.08, 0.01, None),
        (0.08, 0.03, -0.08, -0.02, "size"),
        (0.08, 0.061, -0.02, -0.018, None),
        (-0.02, 0.01, 0.01, 0.05, "sign"),
        (0.0, 0.03, 0.01, 0.05, "size"),
    ],
)
def test_a_flag_takes_a_sure_change_that_turns_the_effect_or_is_a_good_part_of_it(
    raw: float, adjusted: float, low: float, high: float, flag: str | None
) -> None:
    change = Estimate(adjusted - raw, low, high, 100)
    assert flagged(Estimate(raw, -1, 1, 100), Estimate(adjusted, -1, 1, 100), change) == flag


def test_a_question_that_is_hardly_labelled_is_left_out_and_named() -> None:
    labelled = _slice()
    cold = labelled.labels["cold"].copy()
    cold[np.random.default_rng(3).random(len(cold)) < 0.7] = np.nan
    found = effects(_of(labelled, labels={**labelled.labels, "cold": cold}), "thumb")
    assert found.left_out == {"cold": "unlabelled"}
    assert "cold" not in found.matched
    assert found.turns == effects(labelled, "thumb").turns


def test_turns_that_lack_a_label_are_not_used() -> None:
    labelled = _slice()
    flatters = labelled.labels["sycophantic"].copy()
    flatters[::10] = np.nan
    heard = ~np.isnan(labelled.said["thumb"])
    found = effects(_of(labelled, labels={**labelled.labels, "sycophantic": flatters}), "thumb")
    assert sum(found.turns) == int((heard & ~np.isnan(flatters)).sum())


def test_arms_that_never_are_alike_on_something_cannot_be_matched_on_it() -> None:
    labelled = _slice()
    found = effects(_of(labelled, memory=labelled.arm == 1), "thumb")
    assert found.left_out == {"memory": "apart"}
    assert abs(found.adjusted.estimate) < 0.2


def test_what_one_arm_never_does_is_matched_by_what_the_other_shows() -> None:
    labelled = _slice()
    flatters = np.where(labelled.arm == 0, 0.0, labelled.labels["sycophantic"])
    found = effects(_of(labelled, labels={**labelled.labels, "sycophantic": flatters}), "thumb")
    assert "sycophantic" in found.matched
    assert np.isfinite(found.adjusted.se)


def test_few_labelled_thumbs_say_how_many_more_it_takes() -> None:
    with pytest.raises(InsufficientData) as refused:
        adjusted_effect(_slice(200), "thumb")
    assert refused.value.unit == THUMBED
    assert refused.value.needed > 0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_thumbs_that_are_all_alike_say_nothing(value: float) -> None:
    labelled = _slice()
    up = np.where(np.isnan(labelled.said["thumb"]), np.nan, value)
    with pytest.raises(InsufficientData):
        adjusted_effect(_of(labelled, said={"thumb": up}), "thumb")


def test_a_slice_that_is_all_of_the_thumbs_says_what_it_says_alone() -> None:
    found = effects(_slice(), "thumb")
    over_all = over_all_thumbs(found, found.raw, share=1.0)
    assert over_all.estimate == pytest.approx(found.adjusted.estimate)
    assert over_all.se == pytest.approx(found.adjusted.se)


def test_over_all_thumbs_the_raw_effect_is_known_better_and_so_is_the_adjusted_one() -> None:
    labelled = _slice()
    found = adjusted_effect(labelled, "thumb", among_all=Contrast(0.021, 0.003, 100_000), share=0.02)
    assert found.over_all is not None
    raw, adjusted = found.over_all
    assert raw.estimate == 0.021
    assert adjusted.estimate == pytest.approx(0.021 + found.change.estimate)
    assert adjusted.high - adjusted.low < 0.8 * (found.adjusted.high - found.adjusted.low)
    shown = found.as_json()["over_all"]
    assert shown == {"raw": raw.as_json(), "adjusted": adjusted.as_json()}
    assert adjusted_effect(labelled, "thumb").as_json()["over_all"] is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("probability", np.array([0.5, 0.0])), ("probability", np.array([0.5, 1.5])), ("memory", np.array([True]))],
)
def test_a_slice_is_refused_that_cannot_be(column: str, value: np.ndarray) -> None:
    two = np.zeros(2)
    whole = Labelled(
        arm=np.array([0, 1]),
        unit=np.array([0, 1]),
        labels={"sycophantic": two, "correct": two, "cold": two},
        said={"thumb": two},
        length=two,
        memory=np.array([True, False]),
        probability=np.array([0.5, 0.5]),
    )
    with pytest.raises(ValueError, match=r"one length|probability"):
        _of(whole, **{column: value})
