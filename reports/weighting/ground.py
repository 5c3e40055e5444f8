"""What every part of a report stands on: the pool as arrays, the weights, and how far recipes move it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from django.utils.translation import gettext as _

from reports.reading.pools import Read
from reports.weighting.found import Found
from reports.weighting.scoring import Scored, bridged
from reports.weighting.wanting import Missing
from stats.intervals import Rounds
from stats.moving import Move, Mover, as_scored, rounds_for
from stats.pools import Array, LeftOut, Pool, UnusableOutcome, standardised, usable, with_telling_outcomes
from stats.spanning import AcrossBridges, spans_of


@dataclass(frozen=True, eq=False)
class Ground:
    """A pool that can be used, and the two recipes as weights (k,) in the order of its signals."""

    found: Found
    read: Read
    pool: Pool
    left_out: tuple[LeftOut, ...]
    z: Array
    rounds: Rounds
    reference: Array
    recipe: Array
    unlabelled: tuple[str, ...]
    """The outcomes of which too few prompts tell anything; the pool has the others."""
    move: Move = as_scored
    bridged: tuple[str, ...] = ()
    """The signals that a bridge model scores."""

    @property
    def seed(self) -> int:
        return int(self.found.report.seed)

    @property
    def kl(self) -> float:
        return float(self.found.budget.kl)

    @cached_property
    def mover(self) -> Mover:
        """Moves the pool's outcomes."""
        return Mover(self.pool, self.z, self.rounds, self.move)

    def weighed(self, weights: dict[str, float]) -> Array:
        """These weights in the order of the pool's signals."""
        return np.array([weights.get(signal, 0.0) for signal in self.pool.signals])

    def named(self, weights: Array) -> dict[str, float]:
        """These weights by signal."""
        return dict(zip(self.pool.signals, map(float, weights), strict=True))


def ground_of(found: Found, read: Read, scored: Scored) -> Ground:
    """The ground of a report. Raises what REFUSALS names: something is missing that the whole report needs."""
    signals = found.mixed()
    if not read.pool.prompts:
        raise Missing(_("The pool %(pool)s is empty.") % {"pool": found.the_pool().name})
    pool, left_out = usable(_of_signals(scored.pool, signals))
    if not pool.prompts:
        raise Missing(_("No prompt of the pool has two responses or more that all signals of the recipe have scored."))
    directions = {signal: float(one.direction) for signal, one in found.signals.items()}
    for signal in set(scored.bridges) & set(signals):
        # On the prompts that are left, so that rounds and estimate have the same scale.
        pool = bridged(pool, signal, scored.bridges[signal], directions[signal])
    spans = spans_of(pool, scored.bridges, directions)
    pool, few = with_telling_outcomes(pool)
    if "sycophancy" in few:
        raise UnusableOutcome("sycophancy", few["sycophancy"])
    reference, recipe = found.weights()
    return Ground(
        found=found,
        read=read,
        pool=pool,
        left_out=left_out,
        z=standardised(pool),
        rounds=rounds_for(pool, int(found.report.seed)),
        reference=np.array([reference.get(signal, 0.0) for signal in signals]),
        recipe=np.array([recipe.get(signal, 0.0) for signal in signals]),
        unlabelled=tuple(few),
        move=AcrossBridges(spans) if spans else as_scored,
        bridged=tuple(pool.signals[span.row] for span in spans),
    )


def _of_signals(pool: Pool, signals: tuple[str, ...]) -> Pool:
    rows = [pool.signals.index(signal) for signal in signals]
    return replace(pool, signals=signals, scores=pool.scores[rows])
