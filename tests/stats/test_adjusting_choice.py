"""Who leaves a thumb, what that does to the answer, and whether memory matters."""

from dataclasses import replace

import numpy as np
import pytest

from stats.adjusting.contrasts import Contrast
from stats.adjusting.interaction import interaction
from stats.adjusting.labelled import Labelled
from stats.adjusting.selection import leaving, selected
from stats.sufficiency import InsufficientData
from tests.statistics._labelled import World, drawn


def _slice(turns: int = 3000, *, flattered: float = 0.0, arm: float = 0.0) -> Labelled:
    """Turns of which 30 % get a thumb, more by `flattered` where they are sycophantic and by `arm` in the candidate."""
    rng = np.random.default_rng(8)
    labelled = drawn(World(sycophantic=(0.3, 0.3), left=1.0), turns, rng).labelled
    leaves = 0.3 + flattered * labelled.labels["sycophantic"] + arm * labelled.arm
    said = np.where(rng.random(len(labelled)) < leaves, labelled.said["thumb"], np.nan)
    return replace(labelled, said={"thumb": said}, parts={"memory=on": labelled.memory})


def test_the_rate_of_thumbs_is_shown_by_arm_and_by_what_turns_are() -> None:
    found = leaving(_slice(flattered=0.4))
    assert list(found.rates) == ["all", "sycophantic", "not sycophantic", "memory=on"]
    for control, candidate in found.rates.values():
        assert control is not None
        assert candidate is not None
        assert control.low < control.estimate < control.high
    flattering, honest = found.rates["sycophantic"][0], found.rates["not sycophantic"][0]
    assert flattering is not None
    assert honest is not None
    assert flattering.low < 0.7 < flattering.high
    assert honest.low < 0.3 < honest.high


def test_flattered_users_who_leave_more_thumbs_are_seen() -> None:
    found = leaving(_slice(flattered=0.3))
    assert found.flattered is not None
    assert found.flattered.low > 0.1
    assert found.more is not None
    assert found.more.low <= 0 <= found.more.high
    even = leaving(_slice())
    assert even.flattered is not None
    assert even.flattered.low <= 0 <= even.flattered.high


def test_an_arm_that_gets_more_thumbs_is_seen() -> None:
    found = leaving(_slice(arm=0.3))
    assert found.more is not None
    assert found.more.low > 0.1


def test_of_few_turns_there_are_rates_and_no_difference() -> None:
    found = leaving(_slice(60))
    assert found.more is None
    assert found.flattered is None
    assert found.as_json()["rates"]["all"][0]["n"] > 0


def test_an_empty_group_has_no_rate() -> None:
    labelled = _slice(500)
    found = leaving(replace(labelled, parts={"locale=fr": np.zeros(len(labelled), dtype=bool)}))
    assert found.rates["locale=fr"] == (None, None)
    assert found.as_json()["rates"]["locale=fr"] == [None, None]


def test_what_choosing_does_is_the_effect_unasked_less_the_effect_asked() -> None:
    found = selected(Contrast(0.06, 0.004, 9000), Contrast(0.01, 0.003, 4000), planned=9000)
    assert found.difference.estimate == pytest.approx(0.05)
    alone = Contrast(0.05, 0.005, 9000).always(planned=9000)
    assert found.difference.low == pytest.approx(alone.low)
    assert found.shown
    assert found.as_json()["shown"] is True
    assert not selected(Contrast(0.02, 0.01, 9000), Contrast(0.01, 0.01, 4000)).shown


def test_memory_matters_only_where_the_difference_surely_is_not_nothing() -> None:
    found = interaction(Contrast(0.08, 0.006, 4000), Contrast(0.0, 0.008, 6000), planned=6000)
    assert found.difference.estimate == pytest.approx(0.08)
    assert found.difference == Contrast(0.08, 0.01, 6000).always(planned=6000)
    assert found.shown
    even = interaction(Contrast(0.03, 0.01, 4000), Contrast(0.01, 0.01, 6000))
    assert not even.shown
    assert even.as_json() == {
        "on": even.on.as_json(),
        "off": even.off.as_json(),
        "difference": even.difference.as_json(),
        "shown": False,
    }


def test_a_side_with_few_units_is_no_ground_for_an_interaction() -> None:
    with pytest.raises(InsufficientData) as refused:
        interaction(Contrast(0.1, 0.05, 120), Contrast(0.0, 0.01, 6000))
    assert refused.value.needed == 380
