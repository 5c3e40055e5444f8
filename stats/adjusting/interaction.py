"""Whether an arm does something else where memory is on than where it is off."""

from dataclasses import dataclass
from typing import Any

from stats.adjusting.contrasts import PLANNED, Contrast
from stats.intervals import Estimate
from stats.sequential.anytime import BURN_IN


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


def interaction(
    on: Contrast, off: Contrast, *, planned: float = PLANNED, level: float = 0.95, burn_in: float = BURN_IN
) -> Interaction:
    """The interaction of memory and arm from the arm's effect on either side. Raises InsufficientData."""
    with_it, without, both = (
        part.always(planned=planned, level=level, burn_in=burn_in) for part in (on, off, on.less(off))
    )
    return Interaction(with_it, without, both)
