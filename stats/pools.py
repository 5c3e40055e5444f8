"""Pools: several responses to each prompt, with a score per signal and what is known of each response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stats.sufficiency import InsufficientData

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

LEAST_PROMPTS = 20
"""Fewer prompts than this show too little of how much prompts differ."""

_NOTHING = 1e-9
"""Scores that differ by less than this part of their size differ by rounding."""


class UnusableSignal(ValueError):
    """`signal` says nothing about these responses: `why` is "missing", "incomplete" or "constant"."""

    def __init__(self, signal: str, why: str) -> None:
        reason = {
            "missing": "no response has a score of it",
            "incomplete": "some responses to a prompt have a score of it and others have none",
            "constant": "it gives all responses to the same prompt the same score",
        }[why]
        super().__init__(f"the signal {signal} cannot be used: {reason}")
        self.signal = signal
        self.why = why


class UnusableOutcome(ValueError):
    """Only `prompts` prompts have all responses labelled on `outcome` and not all alike: less than LEAST_PROMPTS.

    A pool in which an outcome never differs between responses to one prompt cannot be moved on it, whatever a recipe
    rewards; that this makes no shift is no good news.
    """

    def __init__(self, outcome: str, prompts: int) -> None:
        super().__init__(
            f"the outcome {outcome} cannot be used: only {prompts} prompts have all responses labelled and not all "
            f"alike, and it takes {LEAST_PROMPTS}"
        )
        self.outcome = outcome
        self.prompts = prompts


@dataclass(frozen=True, eq=False)
class Pool:
    """Up to m responses to each of P prompts.

    Arrays are (…, m, P), responses first, so that sums over the responses to a prompt run along contiguous memory.
    """

    signals: tuple[str, ...]
    """k names."""
    scores: Array
    """(k, m, P) scores as they came, nan where absent."""
    outcomes: tuple[str, ...]
    """d names, as "sycophancy", "correctness", "coldness", "length"."""
    values: Array
    """(d, m, P) in natural units (shares from 0 to 1, lengths in standard deviations), nan where unknown."""
    present: Mask
    """(m, P): where there is a response."""
    clusters: Whole
    """(P,): prompts of one family share a number; a prompt without family has one of its own."""
    slices: Mapping[str, Mask]
    """For example "memory:on", "domain:health" or "segment:teen": (P,), the prompts that belong there."""

    @property
    def prompts(self) -> int:
        return int(self.present.shape[1])

    def only(self, kept: Mask | Whole) -> "Pool":
        """The pool of these prompts: `kept` says of each whether it stays, or names their places, again and again."""
        return replace(
            self,
            scores=np.ascontiguousarray(self.scores[:, :, kept]),
            values=np.ascontiguousarray(self.values[:, :, kept]),
            present=np.ascontiguousarray(self.present[:, kept]),
            clusters=self.clusters[kept],
            slices={name: mask[kept] for name, mask in self.slices.items()},
        )

    def choosing(self, outcomes: Sequence[str]) -> "Pool":
        """The pool with these outcomes only, in this order. Raises KeyError for one that it does not have."""
        rows = [self._row(outcome) for outcome in outcomes]
        return replace(self, outcomes=tuple(outcomes), values=self.values[rows])

    def sliced(self, outcome: str, names: Sequence[str]) -> "Pool":
        """The pool with `outcome` in each of these slices as its outcomes, named "outcome, slice".

        An outcome in a slice is one that is known only there, so that whatever takes outcomes takes slices too.
        """
        row = self.values[self._row(outcome)]
        values = np.stack([np.where(self.slices[name], row, np.nan) for name in names])
        return replace(self, outcomes=tuple(f"{outcome}, {name}" for name in names), values=values)

    def _row(self, outcome: str) -> int:
        if outcome not in self.outcomes:
            raise KeyError(outcome)
        return self.outcomes.index(outcome)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Prompts that cannot be used. `why` is "one_response", "score_missing" or "score_infinite"."""

    why: str
    prompts: Whole
    """Their places among the prompts of the pool they were left out of."""
    signals: tuple[str, ...] = ()
    """The signals whose scores are at fault."""


def usable(pool: Pool) -> tuple[Pool, tuple[LeftOut, ...]]:
    """The pool without the prompts that cannot be used, and what was left out and why.

    Left out are prompts with fewer than two responses, and those of which a signal has scored not all responses, or
    not with a finite number. A signal that scored nothing at all raises UnusableSignal, since leaving out its prompts
    would leave none.
    """
    several = pool.present.sum(axis=0) >= 2
    infinite = (np.isinf(pool.scores) & pool.present).any(axis=1)
    missing = (np.isnan(pool.scores) & pool.present).any(axis=1)
    for row, signal in enumerate(pool.signals):
        if several.any() and not np.isfinite(pool.scores[row][pool.present]).any():
            raise UnusableSignal(signal, "missing")
    out = [LeftOut("one_response", np.flatnonzero(~several))]
    for why, faults in (("score_missing", missing), ("score_infinite", infinite)):
        faults = faults & several
        at_fault = tuple(signal for row, signal in enumerate(pool.signals) if faults[row].any())
        out.append(LeftOut(why, np.flatnonzero(faults.any(axis=0)), at_fault))
    kept = several & ~missing.any(axis=0) & ~infinite.any(axis=0)
    return (pool if kept.all() else pool.only(kept)), tuple(each for each in out if each.prompts.size)


def standardised(pool: Pool) -> Array:
    """Scores centred within the prompt, in pooled standard deviations within prompts: (k, m, P), 0 where absent.

    A constant added to all responses to a prompt never changes a policy, so it is taken out before the spread is
    measured. Raises UnusableSignal for a signal that is constant within prompts or that lacks scores of responses, and
    InsufficientData for a pool without prompts.
    """
    if not pool.prompts:
        raise InsufficientData(needed=LEAST_PROMPTS, unit="prompts")
    scores = np.where(pool.present, pool.scores, 0.0)
    for row, signal in enumerate(pool.signals):
        if not np.isfinite(scores[row]).all():
            finite = np.isfinite(scores[row]) & pool.present
            raise UnusableSignal(signal, "incomplete" if finite.any() else "missing")
    centred, spread = centred_within(scores, pool.present)
    size = np.abs(scores).max(axis=(1, 2), initial=0.0)
    for row, signal in enumerate(pool.signals):
        if not spread[row] > _NOTHING * size[row]:
            raise UnusableSignal(signal, "constant")
    return np.ascontiguousarray(centred / spread[:, None, None])


def centred_within(scores: Array, present: Mask) -> tuple[Array, Array]:
    """Scores (…, m, P) less their prompt's mean, 0 where absent, and their pooled standard deviation (…)."""
    there = np.where(present, scores, 0.0)
    each = np.maximum(present.sum(axis=0), 1)
    centred = np.where(present, there - there.sum(axis=-2, keepdims=True) / each, 0.0)
    return centred, np.sqrt((centred**2).sum(axis=(-2, -1)) / max(1, int(present.sum())))


def known(pool: Pool) -> Mask:
    """(d, P): where an outcome is known of all responses to a prompt."""
    unknown = ~np.isfinite(pool.values) & pool.present
    return np.logical_and(pool.present.any(axis=0), ~unknown.any(axis=1))


def varying(pool: Pool) -> Mask:
    """(d, P): where an outcome is known of all responses to a prompt, which are not all alike."""
    low = np.where(pool.present, pool.values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(pool.present, pool.values, -np.inf).max(axis=1, initial=-np.inf)
    differ: Mask = known(pool) & (low < high)
    return differ


def telling(pool: Pool) -> Whole:
    """(d,): how many prompts an outcome varies in, and is known of all responses."""
    return np.asarray(varying(pool).sum(axis=1), dtype=np.int64)


def with_telling_outcomes(pool: Pool) -> tuple[Pool, dict[str, int]]:
    """The pool with the outcomes that can be used, and the others with how many prompts tell something of them.

    The first has no outcomes at all if none can be used.
    """
    counts = dict(zip(pool.outcomes, map(int, telling(pool)), strict=True))
    kept = [outcome for outcome, count in counts.items() if count >= LEAST_PROMPTS]
    few = {outcome: count for outcome, count in counts.items() if count < LEAST_PROMPTS}
    return (pool.choosing(kept) if few else pool), few
