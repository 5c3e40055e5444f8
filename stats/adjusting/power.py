"""How much it takes: labelled turns for a guardrail, units for the primary metric.

Turns of one unit are alike, so that n turns are worth n / (1 + (per unit - 1) × icc) (Kish, *Survey Sampling*, 1965).
With an always-valid bound, what is needed is where that bound lies 0.84 standard errors (a power of 0.8) within the
distance to be told; that some would be told earlier makes it a little too many. The simulation in docs/statistics.md
says by how much.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from stats.adjusting.contrasts import reach, reach_to_one_side
from stats.pools import Array, Mask
from stats.sufficiency import InsufficientData

POWER = 0.8
LIKENESS = 0.1
"""How alike turns of one unit are where nobody knows (intra-class correlation)."""
MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Needed:
    """Labelled turns of both arms together, the units they come from, and the turns of the smaller arm."""

    turns: int
    units: int
    smaller: int

    def as_json(self) -> dict[str, Any]:
        return {"turns": self.turns, "units": self.units, "smaller": self.smaller}

    def days(self, *, turns_a_day: float, rate: float) -> float:
        """How many days that takes, where the product sees so many turns a day in both arms and labels `rate`."""
        if turns_a_day <= 0 or not 0 < rate <= 1:
            raise ValueError("a day has turns and some of them are labelled")
        return self.turns / (turns_a_day * rate)


def labelled_turns_needed(
    *,
    base: float,
    limit: float,
    rise: float = 0.0,
    share: float = 0.5,
    per_unit: float = 1.0,
    icc: float = LIKENESS,
    power: float = POWER,
    level: float = 0.95,
    planned: float | None = None,
) -> Needed:
    """Labelled turns until a guardrail tells a true rise of `rise` from its `limit` with this power.

    With `rise` 0 that is until it says *within*; with the rise of the harm that is feared, until it says *breached*.
    `base` is the control's share, `share` the candidate's share of the turns, `per_unit` labelled turns of a unit. The
    bound is made tightest at `planned` units; None for at what it takes. Raises ValueError for a rise on the limit.
    """
    distance = abs(limit - rise)
    if not distance:
        raise ValueError("nothing tells a rise from a limit that it lies on")
    _check(base, base + rise, share)
    variance = base * (1 - base) / (1 - share) + (base + rise) * (1 - base - rise) / share
    spread = math.sqrt(max(variance, 1e-12) * (1 + max(per_unit - 1, 0.0) * icc))

    def tells(turns: Array) -> Mask:
        units = turns / max(per_unit, 1.0)
        far = reach_to_one_side(units, planned=planned or units, level=level)
        told: Mask = (far + ndtri(power)) * spread / np.sqrt(turns) <= distance
        return told

    turns = _least(tells)
    return Needed(turns, math.ceil(turns / max(per_unit, 1.0)), math.ceil(turns * min(share, 1 - share)))


def units_needed(
    *,
    deviation: float,
    effect: float,
    share: float = 0.5,
    power: float = POWER,
    level: float = 0.95,
    planned: float | None = None,
    looks: bool = True,
) -> int:
    """Units of both arms until a two-sided interval of the difference leaves out 0, for a true `effect`.

    `deviation` is that of a unit's value (for a ratio: of its linearised value, see `share_deviation`). With `looks`
    the interval is always valid, otherwise it is looked at once. Raises ValueError for no effect.
    """
    if not effect:
        raise ValueError("no number of units shows an effect of nothing")
    spread = deviation / math.sqrt(share * (1 - share))

    def tells(units: Array) -> Mask:
        far = reach(units, planned=planned or units, level=level) if looks else ndtri((1 + level) / 2)
        told: Mask = (far + ndtri(power)) * spread / np.sqrt(units) <= abs(effect)
        return told

    return _least(tells)


def power_at(
    *,
    units: int,
    deviation: float,
    effect: float,
    share: float = 0.5,
    level: float = 0.95,
    planned: float | None = None,
    looks: bool = True,
) -> float:
    """The chance that the interval leaves out 0 once there are `units`, on the side of the true `effect`.

    Raises InsufficientData for no units.
    """
    if units < 2:
        raise InsufficientData(needed=2 - units, unit="units")
    error = deviation / math.sqrt(share * (1 - share) * units)
    n = np.asarray(float(units))
    far = reach(n, planned=planned or units, level=level) if looks else ndtri((1 + level) / 2)
    return float(ndtr(abs(effect) / error - far))


def share_deviation(*, share: float, per_unit: float = 1.0, icc: float = 0.2) -> float:
    """The deviation of a unit's linearised share, of units with `per_unit` thumbs each that are as alike as `icc`."""
    _check(share, share, 0.5)
    return math.sqrt(share * (1 - share) * (1 + (max(per_unit, 1.0) - 1) * icc) / max(per_unit, 1.0))


def _check(base: float, other: float, share: float) -> None:
    if not (0 <= base <= 1 and 0 <= other <= 1 and 0 < share < 1):
        raise ValueError("shares lie between 0 and 1, and each arm has some of the units")


def _least(tells: Callable[[Array], Mask]) -> int:
    """The least number from which on something is told, to two thousandths; MOST where there is none."""
    numbers = np.geomspace(4, MOST, 10_000)
    told = tells(numbers)
    return math.ceil(numbers[int(told.argmax())]) if told.any() else MOST
