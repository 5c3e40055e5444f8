"""What an alarm is suspected to be, rule by rule."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from scenarios.driftworlds import DAY, UNLIKE, stream
from stats.explaining.scored import scored
from stats.explaining.splitting import Gaps
from stats.explaining.suspecting import HANDFUL, Facts, handful, in_window, near, suspected
from stats.monitoring.coefficients import BIAS
from stats.monitoring.scoring import fitted

PLAIN = Facts(unusable=0.05, handful=0.1, raters=False, risen=True, gaps=Gaps(0.05, 0.15, 0.01, 0.09))
MOSTLY_MIX = Gaps(0.05, 0.15, 0.08, 0.02)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "bias_drift"),
        ({"raters": True}, "label_drift"),
        ({"raters": True, "unusable": 0.6}, "data_fault"),
        ({"handful": 0.6}, "data_fault"),
        ({"risen": False, "gaps": MOSTLY_MIX}, "mix_shift"),
        ({"risen": False, "gaps": MOSTLY_MIX, "raters": True}, "label_drift"),
        ({"risen": False}, "bias_drift"),
        ({"risen": False, "gaps": None}, "bias_drift"),
        ({"gaps": MOSTLY_MIX}, "bias_drift"),
        ({"risen": None, "gaps": MOSTLY_MIX}, "bias_drift"),
    ],
)
def test_each_rule_comes_in_its_order(changed: dict[str, Any], said: str) -> None:
    assert suspected(replace(PLAIN, **changed)) == said


def test_what_went_live_near_the_change_is_listed_nearest_first() -> None:
    change = 100 * DAY
    times = [change + d * DAY for d in (-3.1, -3.0, -0.2, 0.9, 1.1, 0.1, -40)]
    assert near(times, change) == [5, 2, 3, 1]
    assert near([], change) == []


def test_raters_count_from_a_week_before_the_change_until_now() -> None:
    window = {"change": 50 * DAY, "now": 60 * DAY}
    assert in_window([43.1 * DAY], **window)
    assert in_window([1.0, 60 * DAY], **window)
    assert not in_window([42.9 * DAY, 60.1 * DAY], **window)
    assert not in_window([], **window)


def test_a_handful_of_users_behind_a_rise_is_seen_and_busy_ones_are_not() -> None:
    rng = np.random.default_rng(1)
    reference = stream(UNLIKE, 6000, rng)
    scorer = fitted(BIAS.question, reference)
    after = scored(scorer, stream(UNLIKE.drifting(1.0), 3000, rng))
    assert handful(after) < 0.1
    # As if one in seven of the thumbs came from five users, and all of the rise with them.
    order = np.argsort(-after.score, kind="stable")[: len(after) // 7]
    few = after.user.copy()
    few[order] = 10_000 + np.arange(len(order)) % 5
    assert handful(replace(after, user=few)) > 0.5
    # Those five give as much, and as they please: nothing can be said against them.
    drawn = rng.permutation(len(after))[: len(after) // 7]
    busy = after.user.copy()
    busy[drawn] = 10_000 + np.arange(len(drawn)) % 5
    assert handful(replace(after, user=busy)) < 0.5
    assert handful(replace(after, user=after.user % (4 * HANDFUL))) == 0
    assert handful(replace(after, score=-after.score)) == 0
