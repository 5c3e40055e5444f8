"""A recipe with some of its changes only: what lies between the reference and the recipe.

Weights have no scale: a recipe twice as large is the same recipe. So signals that no change names keep the recipe's
weight, a change that is in takes the recipe's weights, and one that is out takes the reference's, put to the recipe's
scale by what both give the unchanged signals. The result is divided by the sum of its absolute weights. With no change
in it is the reference, with all of them the recipe.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from stats.pools import Array

REST = "undeclared"
"""The name of the change that `complete` adds."""

_SAME = 1e-6


class UnusableRecipe(ValueError):
    """The weights or changes do not make a recipe; the message says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """Signals whose weights were changed together, for one reason."""

    name: str
    signals: tuple[str, ...]


def normalised(weights: Array) -> Array:
    """These weights, the sum of their absolute values being 1. Raises UnusableRecipe."""
    total = float(np.abs(weights).sum())
    if not np.isfinite(total) or not total > 0:
        raise UnusableRecipe("a recipe has finite weights, and one of them is not 0")
    return weights / total


def subsets(players: Iterable[str]) -> list[frozenset[str]]:
    """All subsets, the smaller first: 2^n of them."""
    names = sorted(set(players))
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def complete(
    reference: Mapping[str, float], recipe: Mapping[str, float], changes: Sequence[Change]
) -> tuple[Change, ...]:
    """The declared changes, and one named REST for signals that moved without being declared.

    Which of the undeclared signals stood still is told by the one with the largest weight in both recipes: those
    that kept their proportion to it did.
    """
    declared = {signal for change in changes for signal in change.signals}
    free = [signal for signal in {**reference, **recipe} if signal not in declared]
    before = {signal: reference.get(signal, 0.0) for signal in free}
    after = {signal: recipe.get(signal, 0.0) for signal in free}
    still = max(free, key=lambda signal: min(abs(before[signal]), abs(after[signal])), default=None)
    if still is None or not before[still] * after[still] > 0:
        moved = [signal for signal in free if before[signal] or after[signal]]
    else:
        scale = after[still] / before[still]
        moved = [
            signal
            for signal in free
            if abs(after[signal] - scale * before[signal])
            > _SAME * max(abs(after[signal]), scale * abs(before[signal]))
        ]
    return (*changes, Change(REST, tuple(moved))) if moved else tuple(changes)


def mixture(
    reference: Mapping[str, float],
    recipe: Mapping[str, float],
    changes: Sequence[Change],
    signals: Sequence[str],
    inside: Iterable[str],
) -> Array:
    """The weights (k,), in the order of `signals`, with only the changes named `inside`. Raises UnusableRecipe."""
    _check(reference, recipe, changes, signals)
    changed = {signal: change.name for change in changes for signal in change.signals}
    still = [signal for signal in signals if signal not in changed]
    before = sum(abs(reference.get(signal, 0.0)) for signal in still)
    after = sum(abs(recipe.get(signal, 0.0)) for signal in still)
    scale = after / before if before and after else 1.0
    names = set(inside)
    weights = np.array(
        [
            scale * reference.get(signal, 0.0)
            if changed.get(signal, "") not in names and signal in changed
            else recipe.get(signal, 0.0)
            for signal in signals
        ]
    )
    return normalised(weights)


def mixtures(
    reference: Mapping[str, float],
    recipe: Mapping[str, float],
    changes: Sequence[Change],
    signals: Sequence[str],
) -> dict[frozenset[str], Array]:
    """The weights of every subset of the changes, by the names of those that are in: 2^n arrays (k,).

    Raises UnusableRecipe for changes that overlap, share a name or leave out a signal that moved (see `complete`), for
    a signal that is not among `signals`, and where a mixture has no weight at all.
    """
    return {
        inside: mixture(reference, recipe, changes, signals, inside)
        for inside in subsets(change.name for change in changes)
    }


def _check(
    reference: Mapping[str, float], recipe: Mapping[str, float], changes: Sequence[Change], signals: Sequence[str]
) -> None:
    named = [signal for change in changes for signal in change.signals]
    weighed = [signal for signal, weight in {**reference, **recipe}.items() if weight]
    if unknown := sorted({*named, *weighed} - set(signals)):
        raise UnusableRecipe(f"the pool has no scores of {', '.join(unknown)}")
    if len(set(named)) < len(named) or len({change.name for change in changes}) < len(changes):
        raise UnusableRecipe("a signal belongs to one change only, and each change has a name of its own")
    if extra := complete(reference, recipe, changes)[len(changes) :]:
        raise UnusableRecipe(f"no change declares that {', '.join(extra[0].signals)} moved")
