"""Who leaves a thumb, and what that choosing does to the answer.

A thumb is left by whoever wants to; a random share of turns is asked for one. The rate of thumbs among labelled turns,
by arm and by sycophancy, says who leaves them; the effect of the arm among thumbs that were not asked for, less that
among those that were, says what leaving them by choice does to the answer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from stats.adjusting.clustered import mean_rise, share
from stats.adjusting.contrasts import PLANNED, Contrast
from stats.adjusting.labelled import Labelled
from stats.intervals import Estimate
from stats.pools import Array, Mask
from stats.sequential.anytime import BURN_IN
from stats.sufficiency import InsufficientData

GROUPS = ("sycophantic", "not sycophantic")


@dataclass(frozen=True, slots=True)
class Leaving:
    """The share of labelled turns with a thumb, in the control and in the arm, by group of turns; None for too few.

    Groups are "all", GROUPS, and the slices of the turns. `more` is by how much more of an arm's turns get one than of
    the control's, `flattered` by how much more of the sycophantic turns than of the others (both arms together); each
    with its always-valid interval.
    """

    rates: dict[str, tuple[Estimate | None, Estimate | None]]
    more: Estimate | None
    flattered: Estimate | None

    def as_json(self) -> dict[str, Any]:
        return {
            "rates": {name: [each.as_json() if each else None for each in pair] for name, pair in self.rates.items()},
            "more": self.more.as_json() if self.more else None,
            "flattered": self.flattered.as_json() if self.flattered else None,
        }


@dataclass(frozen=True, slots=True)
class Selected:
    """An arm's effect on thumbs not asked for, on those asked for, and the first less the second; always valid.

    Where the same users are in both streams, what they share makes the interval of `difference` too wide rather than
    too narrow.
    """

    unsolicited: Estimate
    solicited: Estimate
    difference: Estimate

    @property
    def shown(self) -> bool:
        """Whether choosing to leave a thumb surely moves the answer."""
        return not self.difference.low <= 0 <= self.difference.high

    def as_json(self) -> dict[str, Any]:
        return {
            "unsolicited": self.unsolicited.as_json(),
            "solicited": self.solicited.as_json(),
            "difference": self.difference.as_json(),
            "shown": self.shown,
        }


def leaving(labelled: Labelled, metric: str = "thumb", *, arm: int = 1, planned: float = PLANNED) -> Leaving:
    """Who leaves a thumb among the labelled turns of the control and of `arm`."""
    pair = labelled.between(arm)
    left = (~np.isnan(pair.said[metric])).astype(np.float64)
    flatters = pair.labels["sycophantic"]
    groups = {"all": np.ones(len(pair), dtype=bool), GROUPS[0]: flatters >= 0.5, GROUPS[1]: flatters < 0.5}
    groups |= dict(pair.parts)
    rates = {name: (share(pair, left, mask, 0), share(pair, left, mask, 1)) for name, mask in groups.items()}
    known = ~np.isnan(flatters)
    among = pair.where(known)
    by_flattery = Labelled(
        arm=(among.labels["sycophantic"] >= 0.5).astype(np.int64),
        unit=among.unit,
        labels=among.labels,
        said=among.said,
        length=among.length,
        memory=among.memory,
        probability=among.probability,
    )
    everywhere = np.ones(len(pair), dtype=bool)
    return Leaving(
        rates=rates,
        more=_sure(pair, left, everywhere, planned),
        flattered=_sure(by_flattery, left[known], everywhere[known], planned),
    )


def selected(
    unsolicited: Contrast,
    solicited: Contrast,
    *,
    planned: float = PLANNED,
    level: float = 0.95,
    burn_in: float = BURN_IN,
) -> Selected:
    """What selection does to an arm's effect, from its effect in each stream over units. Raises InsufficientData."""
    offered, asked, both = (
        part.always(planned=planned, level=level, burn_in=burn_in)
        for part in (unsolicited, solicited, unsolicited.less(solicited))
    )
    return Selected(offered, asked, both)


def _sure(pair: Labelled, left: Array, known: Mask, planned: float) -> Estimate | None:
    try:
        return mean_rise(pair, left, known).always(planned=planned, burn_in=0)
    except InsufficientData:
        return None
