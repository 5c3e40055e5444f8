"""Whether an arm does something else where memory is on than where it is off."""

import math
from dataclasses import dataclass
from typing import Any

from stats.adjusting.contrasts import PLANNED, Contrast, always
from stats.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Interaction:
    """An arm's effect with memory on, with it off, and the first less the second, always valid.

    Where the same units are on both sides, what they share makes the interval of `difference` too wide rather than too
    narrow.
    """

    on: Estimate
    off: Estimate
    difference: Estimate

    @property
    def shown(self) -> bool:
        """Whether memory surely matters to what the arm does. If not, no broad effect is shown."""
        return not self.difference.low <= 0 <= self.difference.high

    def as_json(self) -> dict[str, Any]:
        return {
            "on": self.on.as_json(),
            "off": self.off.as_json(),
            "difference": self.difference.as_json(),
            "shown": self.shown,
        }


def interaction(on: Contrast, off: Contrast, *, planned: int = PLANNED, level: float = 0.95) -> Interaction:
    """The interaction of memory and arm from the arm's effect on either side."""
    both = Contrast(on.estimate - off.estimate, math.hypot(on.se, off.se), max(on.n, off.n))
    return Interaction(*(always(each, planned=planned, level=level) for each in (on, off, both)))
