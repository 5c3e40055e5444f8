"""Weights of a recipe on a lattice: each a whole number of steps, the sum of their sizes one."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from stats.pools import Array

STEPS = (10, 8, 6, 5, 4, 3, 2, 1)
"""Into how many steps the whole is divided, the finest first: 0.1 for six signals is 3,003 points."""

MOST_POINTS = 3_003

Bounds = Mapping[str, tuple[float, float]]
"""The least and the greatest weight of a signal; 0 to 1 where it is not named."""

_ROUNDING = 1e-9


def lattice(signals: Sequence[str], bounds: Bounds, *, most: int = MOST_POINTS) -> tuple[Array, float]:
    """All weights within `bounds` on the finest lattice of at most `most` points, and its step: (n, k).

    A signal whose bounds reach below 0 may have a negative weight; it is the sizes that sum to one. Where the bounds
    leave nothing, not even on a lattice twice as fine as `STEPS` has, no point is returned. Raises ValueError for
    bounds that are no bounds, or that name no signal.
    """
    _check(signals, bounds)
    edges = [bounds.get(signal, (0.0, 1.0)) for signal in signals]
    for steps in STEPS:
        if count(edges, steps) <= most:
            break
    # Narrow bounds can lie between two points.
    for finer in (steps, 2 * steps, 4 * steps):
        if 0 < count(edges, finer) <= most:
            return np.array(list(_points(edges, finer, finer)), dtype=np.float64) / finer, 1 / finer
    return np.empty((0, len(signals))), 1 / steps


def count(edges: Sequence[tuple[float, float]], steps: int) -> int:
    """How many points the lattice has, without making them: ways to spend `steps` signal by signal."""
    ways = [1] + [0] * steps
    for edge in edges:
        sizes = [abs(value) for value in _values(edge, steps)]
        ways = [sum(ways[left - size] for size in sizes if size <= left) for left in range(steps + 1)]
    return ways[steps]


def within(weights: Array, signals: Sequence[str], bounds: Bounds) -> bool:
    """Whether each of these weights (k,) lies within its bounds."""
    edges = [bounds.get(signal, (0.0, 1.0)) for signal in signals]
    return all(
        low - _ROUNDING <= weight <= high + _ROUNDING for weight, (low, high) in zip(weights, edges, strict=True)
    )


def neighbours(weights: Array, step: float) -> Iterator[Array]:
    """The weights (k,) with `step` of size taken from one signal and given to another, for each two of them.

    A signal without weight may take it with either sign; bounds are not looked at.
    """
    for giver, taker in product(range(weights.size), repeat=2):
        if giver == taker or abs(weights[giver]) < step - _ROUNDING:
            continue
        for sign in (1.0, -1.0) if weights[taker] == 0 else (np.sign(weights[taker]),):
            moved = weights.copy()
            moved[giver] -= np.sign(weights[giver]) * step
            moved[taker] += sign * step
            moved[np.abs(moved) < _ROUNDING] = 0.0
            yield moved


def _check(signals: Sequence[str], bounds: Bounds) -> None:
    for signal, (low, high) in bounds.items():
        if signal not in signals:
            raise ValueError(f"bounds for {signal}, which is no signal of this pool")
        if not -1 <= low <= high <= 1:
            raise ValueError(f"the bounds of {signal}, {low:g} to {high:g}, do not lie in order between -1 and 1")


def _values(edge: tuple[float, float], steps: int) -> range:
    low, high = edge
    return range(int(np.ceil(low * steps - _ROUNDING)), int(np.floor(high * steps + _ROUNDING)) + 1)


def _points(edges: Sequence[tuple[float, float]], steps: int, left: int) -> Iterator[tuple[int, ...]]:
    values = _values(edges[0], steps)
    if len(edges) == 1:
        yield from ((value,) for value in {left, -left} if value in values)
        return
    for value in values:
        if abs(value) <= left:
            for rest in _points(edges[1:], steps, left - abs(value)):
                yield (value, *rest)
