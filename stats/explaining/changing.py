"""When the mean of a score rose: the most likely place, and the places that the data do not rule out.

Before the change the score is measured against the mean of the reference and of what came before it, together; after it
against a mean of its own. Of two means with a common deviation the profile likelihood is, up to a constant,

    L(v) = m (after - before)² / (2 deviation²),   1/m = 1/(reference + v) + 1/(n - v),

with nothing where the mean fell. Around the true place twice the distance from the top is distributed as the greater of
two exponential variables with mean 2 (Hinkley, *Biometrika* 57, 1970; Siegmund, *Statistical Science* 3, 1988; Hansen,
*Econometrica* 68, 2000), so that the places within 7.35 / 2 of the top are a set of 95 %.

Where no change of that size can be told from none, the set holds nearly everything, which is what it should say.
"""

from dataclasses import dataclass

import numpy as np

from stats.pools import Array

LEVEL = 0.95
LEAST_AFTER = 50
"""No change is looked for among the last so many scores: a mean of a few is anything."""

_LONGEST = 20_000
"""So many places are tried one by one; of a longer stream blocks, until there are no more than this."""


@dataclass(frozen=True, slots=True)
class Change:
    """The first score after the change and the interval of it, as places from 0 on, and by how much the mean rose."""

    place: int
    low: int
    high: int
    rise: float


def last_zero(scores: Array, *, mean: float, deviation: float, allowance: float) -> int:
    """Where the tabular CUSUM of `scores` (n,) was at 0 for the last time: how many scores had come by then.

    W = max(0, W + (score - mean) / deviation - allowance); the rise that it looks for is twice the allowance.
    """
    sums = np.concatenate([[0.0], np.cumsum((scores - mean) / deviation - allowance)])
    lowest = np.minimum.accumulate(sums)
    return int(np.flatnonzero(sums <= lowest)[-1])


def change(scores: Array, *, reference: int, start: int = 0) -> Change | None:
    """Where the mean of `scores` (n,) rose, after a reference of so many scores whose mean is 0.

    It is looked for from `start` on. None for fewer than LEAST_AFTER scores, or where nothing rose.
    """
    places = _places(start, len(scores) - LEAST_AFTER)
    if not len(places):
        return None
    sums = np.concatenate([[0.0], np.cumsum(scores)])
    rises = _rises(sums, places, reference)
    weight = (reference + places) * (len(scores) - places) / (reference + len(scores))
    gain = np.where(rises > 0, rises**2 * weight, 0.0)
    top = int(gain.argmax())
    if gain[top] == 0:
        return None
    likely = gain / (2 * _variance(scores, int(places[top])))
    inside = places[likely >= likely[top] - threshold(LEVEL) / 2]
    return Change(int(places[top]), int(inside[0]), int(inside[-1]), float(rises[top]))


def threshold(level: float) -> float:
    """Twice the fall from the top within which places belong to the set: P = (1 - exp(-x/2))² for the greater of two."""
    return float(-2 * np.log1p(-np.sqrt(level)))


def _places(start: int, stop: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    step = max(1, -(-(stop + 1 - start) // _LONGEST))
    return np.arange(start, stop + 1, step, dtype=np.int64)


def _rises(sums: Array, places: np.ndarray[tuple[int], np.dtype[np.int64]], reference: int) -> Array:
    n = len(sums) - 1
    before = sums[places] / np.maximum(reference + places, 1)
    found: Array = (sums[n] - sums[places]) / (n - places) - before
    return found


def _variance(scores: Array, place: int) -> float:
    """The scores' variance around a mean before and a mean after `place`."""
    around = [part - part.mean() for part in (scores[:place], scores[place:]) if len(part)]
    return float(np.concatenate(around).var())
