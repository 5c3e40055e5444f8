"""What an alarm is suspected to be before a person has looked: a rule over what is known, in this order.

1. `data_fault`: most events since the change could not be used, or a handful of users make most of the rise.
2. `label_drift`: raters changed on the anchors in the window of the alarm, so labels may have changed, not users.
3. `mix_shift`: the refit, which holds the mix, finds no rise, and most of the raw gap's change is mix.
4. `bias_drift`: none of these.

It is a suspicion. What an alarm was, a person decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stats.explaining.scored import Scored
from stats.explaining.splitting import Gaps

Suspicion = Literal["bias_drift", "label_drift", "mix_shift", "data_fault"]

DAY = 86_400.0
BEFORE, AFTER = 3 * DAY, 1 * DAY
"""What went live from so long before a change to so long after it may have brought it."""
WINDOW = 7 * DAY
"""Raters' alarms from so long before a change on count as in its window."""
HANDFUL = 10
LEAST_USERS = 50
"""Of fewer users a handful is most of them anyhow."""
_MOST = 0.5
_CLEAR = 3.0
"""Standard errors."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rule looks at."""

    unusable: float
    """The share of events since the change that could not be used."""
    handful: float
    """The share of the rise that is due to a handful of users (`handful`)."""
    raters: bool
    """Whether raters changed on the anchors in the window."""
    risen: bool | None
    """Whether the refit finds a rise over all, None where there is no refit."""
    gaps: Gaps | None


def suspected(facts: Facts) -> Suspicion:
    """The suspicion that these facts give."""
    if facts.unusable > _MOST or facts.handful > _MOST:
        return "data_fault"
    if facts.raters:
        return "label_drift"
    if facts.risen is False and facts.gaps is not None and _is_mix(facts.gaps):
        return "mix_shift"
    return "bias_drift"


def in_window(alarms: Sequence[float], *, change: float, now: float) -> bool:
    """Whether one of the raters' `alarms` (seconds) falls from WINDOW before `change` to `now`."""
    return any(change - WINDOW <= at <= now for at in alarms)


def near(times: Sequence[float], change: float) -> list[int]:
    """The places of those `times` that may have brought a change at `change` (seconds), the nearest first."""
    inside = [place for place, at in enumerate(times) if change - BEFORE <= at <= change + AFTER]
    return sorted(inside, key=lambda place: (abs(times[place] - change), place))


def handful(after: Scored) -> float:
    """How much of the rise since the change is due to the HANDFUL users who gave most of its thumbs, 0 to 1.

    Users are chosen by how many thumbs they gave, not by what these say: chance alone gives such users no more of the
    rise than of the thumbs. 0 with fewer than LEAST_USERS, or where their own rise could be chance.
    """
    users, place, count = np.unique(after.user, return_inverse=True, return_counts=True)
    total = float(after.score.sum())
    if len(users) < LEAST_USERS or total <= 0:
        return 0.0
    busiest = np.argsort(-count, kind="stable")[:HANDFUL]
    theirs = after.score[np.isin(place, busiest)]
    if theirs.sum() < _CLEAR * float(np.sqrt((theirs**2).sum())):
        return 0.0
    return min(1.0, float(theirs.sum()) / total)


def _is_mix(gaps: Gaps) -> bool:
    return abs(gaps.mix) > abs(gaps.coefficient)
