"""The labelled slice of an experiment: turns chosen by a published hash, what raters said of them, what users said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from stats.pools import Array, Mask, Whole

QUESTIONS = ("sycophantic", "correct", "cold")


@dataclass(frozen=True, eq=False, slots=True)
class Labelled:
    """Turns (n,) of an experiment whose words came in.

    `arm` (n,) is the arm's ordinal, 0 being the control, and `unit` (n,) the experiment's unit, which is that of every
    variance. `labels` has, for each of QUESTIONS, the share (n,) of the raters who say so, nan where nobody was asked
    yet. `said` has for each metric what the user said of the turn (n,), 1 up and 0 down, nan where nothing was said.
    `length` (n,) is in characters, `memory` (n,) whether it was on, `probability` (n,) that with which the turn was
    chosen. `parts` are slices by name, each (n,).
    """

    arm: Whole
    unit: Whole
    labels: Mapping[str, Array]
    said: Mapping[str, Array]
    length: Array
    memory: Mask
    probability: Array
    parts: Mapping[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.labels) != set(QUESTIONS):
            raise ValueError(f"the labels are {', '.join(QUESTIONS)}")
        columns = [self.unit, self.length, self.memory, self.probability]
        columns += [*self.labels.values(), *self.said.values(), *self.parts.values()]
        if any(len(column) != len(self.arm) for column in columns):
            raise ValueError("arrays of one slice have one length")
        if ((self.probability <= 0) | (self.probability > 1)).any():
            raise ValueError("a turn is chosen with a probability above 0 and at most 1")

    def __len__(self) -> int:
        return len(self.arm)

    @property
    def weight(self) -> Array:
        """How many turns each stands for (n,)."""
        return np.asarray(1.0 / self.probability, dtype=np.float64)

    def where(self, kept: Mask) -> "Labelled":
        """Those turns only, `kept` being (n,)."""
        return Labelled(
            arm=self.arm[kept],
            unit=self.unit[kept],
            labels={name: column[kept] for name, column in self.labels.items()},
            said={name: column[kept] for name, column in self.said.items()},
            length=self.length[kept],
            memory=self.memory[kept],
            probability=self.probability[kept],
            parts={name: column[kept] for name, column in self.parts.items()},
        )

    def between(self, arm: int) -> "Labelled":
        """The turns of the control and of `arm`, which becomes arm 1."""
        pair = self.where((self.arm == 0) | (self.arm == arm))
        return Labelled(
            arm=(pair.arm == arm).astype(np.int64),
            unit=pair.unit,
            labels=pair.labels,
            said=pair.said,
            length=pair.length,
            memory=pair.memory,
            probability=pair.probability,
            parts=pair.parts,
        )
