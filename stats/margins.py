"""By how much a recipe rewards one response to a prompt more than another.

The reward of a response is R = sum over k of w_k z_k, each score centred within the prompt and divided by its pooled
standard deviation within prompts (as `pools.standardised` does). For two responses to one prompt the centre falls out:

    R(y) - R(y') = sum over k of c_k (s_k(y) - s_k(y')),   c_k = w_k / spread_k

so that one coefficient for each signal is all that a margin needs.
"""

import numpy as np

from stats.pools import Array, UnusableSignal

_NOTHING = 1e-9
"""A spread that is smaller than this part of a signal's greatest score is rounding."""


def coefficients(signals: tuple[str, ...], weights: Array, counts: Array, squares: Array, greatest: Array) -> Array:
    """(k,) what a point of each signal's raw score adds to the reward.

    Per signal, each (k,): `counts` of the scores, one at least, `squares` the sum of their squared distances from the
    mean of their prompt, `greatest` the greatest absolute score. Raises UnusableSignal for one that is constant within
    prompts.
    """
    for row, signal in enumerate(signals):
        if not np.sqrt(squares[row] / counts[row]) > _NOTHING * greatest[row]:
            raise UnusableSignal(signal, "constant")
    made: Array = weights / np.sqrt(squares / counts)
    return made
