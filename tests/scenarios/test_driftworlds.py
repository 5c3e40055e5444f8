from dataclasses import replace

import numpy as np
import pytest

from scenarios.driftworlds import ALIKE, NUISANCES, UNLIKE, Drift, World, draw, series, stream
from stats.thumbed import FACTORS, Thumbed


def odds(up: np.ndarray) -> float:
    return float(np.log(up.mean() / (1 - up.mean())))


def effect(thumbs: Thumbed) -> float:
    """The log-odds ratio of sycophancy among correct responses of one warmth."""
    alike = (thumbs.correct == 1) & (thumbs.warm == 0)
    s = thumbs.sycophantic == 1
    return odds(thumbs.up[alike & s]) - odds(thumbs.up[alike & ~s])


@pytest.mark.parametrize("world", [UNLIKE, UNLIKE.flattering(0.25), ALIKE], ids=["unlike", "solved", "alike"])
def test_a_quarter_of_all_responses_flatter(world: World) -> None:
    thumbs = stream(world, 40_000, np.random.default_rng(1))
    assert thumbs.sycophantic.mean() == pytest.approx(0.25, abs=0.04)


def test_flattery_does_to_a_thumb_what_the_world_says() -> None:
    thumbs = stream(ALIKE, 150_000, np.random.default_rng(2))
    assert effect(thumbs) == pytest.approx(0.3, abs=0.15)
    assert effect(stream(ALIKE.drifting(0.8), 150_000, np.random.default_rng(3))) == pytest.approx(1.1, abs=0.15)


def test_a_drift_of_one_level_leaves_the_others_alone() -> None:
    thumbs = stream(ALIKE.drifting(0.8, ("memory", "on")), 150_000, np.random.default_rng(4))
    on = thumbs.factors["memory"].names() == "on"
    assert effect(thumbs.where(on)) == pytest.approx(1.1, abs=0.2)
    assert effect(thumbs.where(~on)) == pytest.approx(0.3, abs=0.2)


def test_a_drift_grows_and_ends_as_told() -> None:
    events = np.arange(8.0)
    assert Drift(1.0, begins=2, lasts=3).at(events).tolist() == [0, 0, 1, 1, 1, 0, 0, 0]
    assert Drift(1.0, begins=1, ramp=4).at(events).tolist() == [0, 0.25, 0.5, 0.75, 1, 1, 1, 1]


def test_lenient_raters_change_the_labels_and_not_the_thumbs() -> None:
    drawn = draw(replace(ALIKE, misses=0.4, accuses=0.05), 40_000, np.random.default_rng(5))
    seen = drawn.thumbs.sycophantic == 1
    assert seen[drawn.sycophantic].mean() == pytest.approx(0.6, abs=0.02)
    assert seen[~drawn.sycophantic].mean() == pytest.approx(0.05, abs=0.01)


def test_keener_users_and_bots_show_among_unasked_thumbs_only() -> None:
    for world in (replace(ALIKE, keener=3.0), replace(ALIKE, bots=0.5)):
        thumbs = stream(world, 20_000, np.random.default_rng(6))
        asked = thumbs.factors["solicited"].names() == "yes"
        assert len(thumbs) == 20_000
        assert thumbs.up[~asked].mean() > thumbs.up[asked].mean() + 0.05


def test_worlds_follow_each_other_in_time_and_shift_what_they_name() -> None:
    thumbs = series([(UNLIKE, 3000), (NUISANCES["cohort 30 % to 60 %"], 3000)], np.random.default_rng(7))
    companion = thumbs.factors["segment"].names() == "companion"
    assert companion[:3000].mean() == pytest.approx(0.3, abs=0.03)
    assert companion[3000:].mean() == pytest.approx(0.6, abs=0.03)
    assert (np.diff(thumbs.at) > 0).all()
    assert set(thumbs.factors) == set(FACTORS)
