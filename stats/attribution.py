"""Which change brought how much of a shift, and what is left of a budget.

v(T) is the shift with the changes T only. Shapley's value of a change is what it adds, averaged over all orders in
which the changes could have come (Shapley, *Contributions to the Theory of Games* II, 1953); Moebius's transform is
what a set adds beyond all of its subsets (Harsanyi's dividends, *International Economic Review* 4, 1963).

Everything here is linear in v, and every v(T) may be an array: with the estimate and the rounds of one bootstrap as its
entries, the results are the estimates and rounds of the attribution.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from stats.intervals import Estimate, interval
from stats.mixtures import subsets
from stats.pools import Array, Whole

Values = Mapping[frozenset[str], Array]
"""A value or array for each subset of the players; all of one shape."""

MOST_EXACT = 8
"""Up to this many changes all 2^n subsets are evaluated."""


def shapley(values: Values, players: Sequence[str]) -> dict[str, Array]:
    """Shapley's value of each player; they sum to v(all) - v(none). Raises ValueError where a subset is missing."""
    _check(values, players)
    n = len(players)
    found = {}
    for player in players:
        rest = subsets(other for other in players if other != player)
        found[player] = sum(
            (_weight(n, len(some)) * (_at(values, some | {player}) - _at(values, some)) for some in rest),
            start=np.zeros_like(_at(values, frozenset())),
        )
    return found


def mobius(values: Values, players: Sequence[str]) -> dict[frozenset[str], Array]:
    """What each set that is not empty adds beyond its subsets: the sum over U in T of (-1)^(|T| - |U|) v(U).

    Raises ValueError where a subset is missing.
    """
    _check(values, players)
    return {
        whole: sum(
            ((-1.0) ** (len(whole) - len(part)) * _at(values, part) for part in subsets(whole)),
            start=np.zeros_like(_at(values, frozenset())),
        )
        for whole in subsets(players)
        if whole
    }


def leave_one_out(values: Values, players: Sequence[str]) -> dict[str, Array]:
    """How much lower the value of all is without each player: v(all) - v(all but one)."""
    everyone = frozenset(players)
    return {player: _at(values, everyone) - _at(values, everyone - {player}) for player in players}


def sampled_shapley(
    value: Callable[[frozenset[str]], Array], players: Sequence[str], *, orders: int, rng: np.random.Generator
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Shapley's values from random orders, and the standard error that the sampling adds to each.

    Orders are drawn in pairs, one the other's reverse, which makes them vary less (antithetic sampling: Mitchell,
    Cooper, Frank and Holmes, *JMLR* 23, 2022). Each order shares out v(all) - v(none), and so does their mean. `value`
    is asked once for each subset. Raises ValueError for fewer than four orders or an odd number of them.
    """
    if orders < 4 or orders % 2:
        raise ValueError("an even number of orders, four at least")
    asked: dict[frozenset[str], Array] = {}

    def at(some: frozenset[str]) -> Array:
        if some not in asked:
            asked[some] = np.asarray(value(some), dtype=np.float64)
        return asked[some]

    pairs: dict[str, list[Array]] = {player: [] for player in players}
    for _ in range(orders // 2):
        order = [players[place] for place in rng.permutation(len(players))]
        forth, back = _marginal(at, order), _marginal(at, order[::-1])
        for player in players:
            pairs[player].append((forth[player] + back[player]) / 2)
    stacked = {player: np.stack(each) for player, each in pairs.items()}
    number = orders // 2
    return (
        {player: each.mean(axis=0) for player, each in stacked.items()},
        {player: each.std(axis=0, ddof=1) / np.sqrt(number) for player, each in stacked.items()},
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One release on the budget's line: how far it is from the pinned reference, and from the release before it."""

    cumulative: Estimate
    step: Estimate


def budget_line(values: Array, clusters: Whole) -> list[Step]:
    """The line of successive releases from `values` (v, 1 + B): each one's shift against one pinned reference.

    A tolerance for each step lets any number of small steps pass; the cumulative shift is what a ceiling holds.
    """
    before = np.concatenate([np.zeros_like(values[:1]), values[:-1]])
    return [
        Step(
            interval(float(whole[0]), whole[1:], clusters),
            interval(float(whole[0] - last[0]), whole[1:] - last[1:], clusters),
        )
        for whole, last in zip(values, before, strict=True)
    ]


def _marginal(at: Callable[[frozenset[str]], Array], order: Sequence[str]) -> dict[str, Array]:
    found, before = {}, frozenset[str]()
    for player in order:
        found[player] = at(before | {player}) - at(before)
        before = before | {player}
    return found


def _weight(players: int, before: int) -> float:
    return factorial(before) * factorial(players - before - 1) / factorial(players)


def _at(values: Values, some: frozenset[str]) -> Array:
    return np.asarray(values[some], dtype=np.float64)


def _check(values: Values, players: Sequence[str]) -> None:
    if len(set(players)) < len(players):
        raise ValueError("each player has a name of its own")
    if missing := [sorted(some) for some in subsets(players) if some not in values]:
        raise ValueError(f"no value for {missing[0] or 'no change at all'}")
