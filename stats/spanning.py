"""Moving a pool whose scores a bridge model made, with the bridge's own error in every round.

A round has a bridge fitted anew, and so other scores, so that the grid over the pressure no longer serves all rounds.
Rather than tilt the pool anew in each of hundreds of rounds, each coefficient of the bridge is moved by one deviation
either way, which tells how a shift bends along it; what a round's coefficients add to the round's shift is then a
parabola in each of them. `tests/weighting/test_bridges.py` compares that with tilting anew in each round.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stats.bridging import Bridge, features
from stats.moving import Moved, Mover, as_scored
from stats.pools import Array, Mask, Pool, centred_within
from stats.tilting import shift


@dataclass(frozen=True, eq=False, slots=True)
class Span:
    """A signal that a bridge scores: its row among the signals, and the pool's features (q, m, P) for it."""

    row: int
    bridge: Bridge
    features: Array
    direction: float

    def z(self, coefficients: Array, present: Mask) -> Array:
        """The signal's standardised scores (m, P) under these coefficients (q,)."""
        scores = self.direction * np.tensordot(coefficients, self.features, axes=1)
        centred, spread = centred_within(scores, present)
        return centred / spread if spread > 0 else centred


@dataclass(frozen=True, eq=False, slots=True)
class AcrossBridges:
    """Moves a pool of which some signals are scored by bridges."""

    spans: Sequence[Span]

    def __call__(self, mover: Mover, weights: Array, kl: float) -> Moved:
        """How far the weights move the pool. Raises what tilting it raises."""
        found = as_scored(mover, weights, kl)
        values = found.values.copy()
        for span in self.spans:
            if weights[span.row]:
                values[1:] += self._added(mover, weights, kl, span, found.values[0])
        return Moved(values, found.effective_share)

    def _added(self, mover: Mover, weights: Array, kl: float, span: Span, middle: Array) -> Array:
        """What each round's coefficients add to its shifts: (B, d)."""
        bridge, pool = span.bridge, mover.pool
        off = bridge.rounds - bridge.coefficients
        deviation = off.std(axis=0)
        added = np.zeros((len(off), len(pool.outcomes)))
        for j in np.flatnonzero(deviation > 0):
            step = np.zeros(len(bridge.names))
            step[j] = deviation[j]
            above, below = (
                self._at(mover, weights, kl, span, bridge.coefficients + sign * step) for sign in (1.0, -1.0)
            )
            along = (off[:, j] / deviation[j])[:, None]
            added += along * (above - below) / 2 + along**2 * ((above + below) / 2 - middle)
        return added

    def _at(self, mover: Mover, weights: Array, kl: float, span: Span, coefficients: Array) -> Array:
        z = mover.z.copy()
        z[span.row] = span.z(coefficients, mover.pool.present)
        estimate: Array = shift(mover.pool, z, weights, kl).estimate
        return estimate


def spans_of(pool: Pool, bridges: dict[str, Bridge], directions: dict[str, float]) -> list[Span]:
    """The bridged signals of the pool."""
    return [
        Span(row, bridges[signal], features(pool, bridges[signal].names), directions[signal])
        for row, signal in enumerate(pool.signals)
        if signal in bridges
    ]
