"""How a shared set of responses was liked: the score that a source's own people give each."""

import numpy as np

from stats.pools import Array, Whole


def wins(first: Whole, second: Whole, preference: Array, weight: Array, responses: int) -> Array:
    """The share of its comparisons that each response won: (responses,), nan for one in no comparison.

    `first` and `second` (n,) are places among the responses, `preference` (n,) is 1 where the first was preferred, 0
    where the second, 0.5 for a tie; `weight` (n,) says how much each comparison counts.
    """
    won = _sum(first, weight * preference, responses) + _sum(second, weight * (1 - preference), responses)
    return _share(won, _sum(first, weight, responses) + _sum(second, weight, responses))


def ups(response: Whole, value: Array, weight: Array, responses: int) -> Array:
    """The share of each response's thumbs that were up: (responses,), nan for one without. `value` (n,) is 1 or -1."""
    return _share(_sum(response, weight * (value > 0), responses), _sum(response, weight, responses))


def _sum(places: Whole, values: Array, length: int) -> Array:
    return np.bincount(places, values, length).astype(np.float64)


def _share(hits: Array, said: Array) -> Array:
    shares = np.full(len(said), np.nan)
    np.divide(hits, said, out=shares, where=said > 0)
    return shares
