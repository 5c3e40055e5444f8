"""Users who talk with bundles and give thumbs, as arrays: what was said and what is true of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stats.pools import Mask, Whole
from stats.thumbed import Small

QUESTIONS = ("correct", "sycophantic", "cold")
CONTEXT = ("segment", "arm", "memory", "domain", "language")


@dataclass(frozen=True, slots=True)
class Launch:
    """A bundle that gets all of the traffic from this event on."""

    bundle: str
    event: int


@dataclass(frozen=True, eq=False, slots=True)
class Stream:
    """n thumbs in the order in which they were given, and what is said of the answers they were given to.

    `up`, `solicited` and `gold` (n,) say whether it is a thumb up, whether it was asked for and whether an expert
    labels the answer; `true` and `seen` hold, for each of QUESTIONS (n,), the answer that is right and the one that a
    rater gives, as values of the default rubric; `context` has the name of the level of each of CONTEXT (n,), `user`
    (n,) a number per user from 0 on. `share` is the probability with which an answer was drawn for the experts. The
    first launch is that of event 0.
    """

    up: Mask
    solicited: Mask
    gold: Mask
    true: Mapping[str, Small]
    seen: Mapping[str, Small]
    context: Mapping[str, npt.NDArray[np.str_]]
    user: Whole
    share: float
    launches: Sequence[Launch]

    def __len__(self) -> int:
        return len(self.up)

    def bundle(self, event: int) -> str:
        """The bundle that answered."""
        return [launch.bundle for launch in self.launches if launch.event <= event][-1]
