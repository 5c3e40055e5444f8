"""Recommended weights: the most correctness whose side effects stay under their ceilings, for certain.

Among thousands of weights the best-looking are those that chance favoured, so the prompts are split by family. On the
fitting half a lattice of weights is tried, the best are refined, and of all of them stays the front between
correctness and safety, which is the least distance to a ceiling in standard errors. On the held-out half that front is
walked from the safest weights to the most correct, and the walk ends before the first whose upper bounds do not all
stay under their ceilings.

Two things keep this honest. The order is fixed before the held-out prompts are looked at and the walk ends at the first
failure, so that to recommend weights that break a ceiling, the first such on the way has to pass its own test, whatever
lies around it (Laufer-Goldshtein, Fisch, Barzilay and Jaakkola, "Efficiently controlling multiple risks with Pareto
testing", ICLR 2023; fixed-sequence testing: Maurer, Hothorn and Lehmacher, 1995); that all ceilings hold at once needs
no correction (Berger, *Technometrics* 24, 1982). And where the walk ends depends on the held-out prompts, so the
intervals are widened to hold for all of the front at once (`Trials.together`): the one that is published is as good
as it says, and its upper end is the bound that passed.

Only numbers of the held-out half leave this module, and nothing here applies them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stats.pools import LEAST_PROMPTS, Array, Mask, Pool, Whole, telling
from stats.recommendation import Option, Recommendation, Relaxation, Terms
from stats.simplex import MOST_POINTS, lattice, neighbours, within
from stats.sufficiency import InsufficientData
from stats.trials import Asked, Board, Trials

MOST_FITTED = 4_000
"""More prompts than this teach the lattice nothing; the others hold the result to account."""

LEAST_FAMILIES = 100
"""Fewer prompts (or families of them) are not split in halves."""

FRONT = 16
"""Weights of the front that are shown."""

_REFINED = 3
_MOVES = 20
_EXACT = 1e-12
_TOLD_WELL = 2
"""Times what a half needs, since prompts fall to the halves by lot."""


def halves(clusters: Whole, rng: np.random.Generator, *, most: int = MOST_FITTED) -> tuple[Mask, Mask]:
    """The fitting and the held-out half of the prompts, (P,) each: whole clusters, the first of at most `most` prompts.

    Raises InsufficientData for fewer than LEAST_FAMILIES clusters.
    """
    names, place, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if names.size < LEAST_FAMILIES:
        raise InsufficientData(needed=LEAST_FAMILIES - names.size, unit="prompts")
    order = rng.permutation(names.size)
    taken = np.cumsum(sizes[order]) <= min(most, clusters.size // 2)
    first = np.zeros(names.size, dtype=np.bool_)
    first[order] = taken
    fitting: Mask = first[place]
    return fitting, ~fitting


def told_well(pool: Pool) -> list[str]:
    """The outcomes of which both halves of the prompts will tell enough."""
    counts = zip(pool.outcomes, telling(pool), strict=True)
    return [outcome for outcome, count in counts if count >= 2 * _TOLD_WELL * LEAST_PROMPTS]


def recommend(
    pool: Pool,
    z: Array,
    kl: float,
    terms: Terms,
    rng: np.random.Generator,
    *,
    against: Array | None = None,
    most_points: int = MOST_POINTS,
) -> Recommendation:
    """The most correct weights that are proven to stay under the ceilings of `terms` at divergence `kl`.

    `z` is (k, m, P) as `standardised` gives it. Shifts are against the base policy, or against the weights `against`
    (k,), which are then tried too, since keeping what one has is always an answer. `rng` splits the prompts. Raises
    InsufficientData where a half is too small to say anything, Unreachable or TooThin where no weights can be tried at
    `kl`, KeyError for an outcome, slice or brake that the pool does not have, ValueError for impossible bounds.
    """
    asked = terms.asked(told_well(pool))
    fitting, held_out = halves(pool.clusters, rng)
    points, step = lattice(pool.signals, terms.bounds, most=most_points)
    if not len(points):
        return Recommendation(None, "bounds")
    fit = _half(pool, z, kl, asked, against, fitting)
    allowed = _rule(pool.signals, terms, z[:, :, fitting])
    kept = points[[allowed(each) for each in points]]
    if not len(kept):
        return Recommendation(None, "brake", tried=len(points), step=step)
    if against is not None and allowed(own := against / np.abs(against).sum()):
        kept = np.unique(np.vstack([kept, own]), axis=0)
    board = fit.board(kept)
    if not len(board.weights):
        # Says by how much each falls short.
        fit.tried(kept[0])
    judge = _Judge(terms, fit, len(asked))
    board = _refined(fit, judge, board, step, allowed)
    proof = _half(pool, z, kl, asked, against, held_out)
    route = proof.board(board.weights[judge.front(board)])
    if not len(route.weights):
        proof.tried(board.weights[judge.front(board)[0]])
    reach = proof.together(route.weights, rng)
    return _Verified(pool.signals, judge, board, route, proof, reach, step, fit.total, against).recommendation()


def _half(pool: Pool, z: Array, kl: float, asked: list[Asked], against: Array | None, kept: Mask) -> Trials:
    try:
        return Trials(pool.only(kept), np.ascontiguousarray(z[:, :, kept]), kl, asked, against=against)
    except InsufficientData as few:
        raise InsufficientData(needed=2 * few.needed, unit=few.unit) from few


def _rule(signals: tuple[str, ...], terms: Terms, z: Array) -> Callable[[Array], bool]:
    """Whether weights stay within their bounds and leave the brake its share."""
    likeness = np.einsum("kmp,jmp->kj", z, z)
    brake = None
    if terms.brake is not None:
        if terms.brake not in signals:
            raise KeyError(terms.brake)
        brake = signals.index(terms.brake)

    def allowed(weights: Array) -> bool:
        if not within(weights, signals, terms.bounds):
            return False
        if brake is None:
            return True
        pull = likeness @ weights
        return bool(weights[brake] * pull[brake] >= terms.floor * (weights @ pull) - _EXACT)

    return allowed


class _Judge:
    """How far a board's rows lie from their ceilings."""

    def __init__(self, terms: Terms, trials: Trials, columns: int) -> None:
        self.most = np.full(columns, np.inf)
        for each in terms.ceilings:
            column = trials.asked.index(each.asked)
            self.most[column] = min(self.most[column], each.most)
        self.critical = trials.critical()

    def excess(self, board: Board, reach: Array | None = None) -> Array:
        """By how much the bounds, `reach` errors above, are over their ceilings, (n, r): negative where under."""
        reach = self.critical if reach is None else reach
        # What a weighting shifts against itself is 0 but for rounding.
        over: Array = board.estimate + board.error * reach - self.most - _EXACT
        return over

    def safety(self, board: Board) -> Array:
        """The least distance to a ceiling in standard errors, (n,)."""
        room = self.most - board.estimate
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(board.error > _EXACT, room / board.error, np.where(room >= -_EXACT, np.inf, -np.inf))
        least: Array = each.min(axis=1)
        return least

    def front(self, board: Board) -> Whole:
        """The rows than which none is both safer and more correct, from the safest to the most correct."""
        safety, gain = self.safety(board), board.estimate[:, 0]
        order = np.lexsort((-gain, -safety))
        best = np.maximum.accumulate(np.concatenate([[-np.inf], gain[order][:-1]]))
        chosen: Whole = order[gain[order] > best]
        return chosen


def _refined(trials: Trials, judge: _Judge, board: Board, step: float, allowed: Callable[[Array], bool]) -> Board:
    """The board with what lies around its best rows: half and quarter steps, as long as they gain correctness."""
    feasible = np.flatnonzero((judge.excess(board) <= 0).all(axis=1))
    best = feasible[np.argsort(-board.estimate[feasible, 0], kind="stable")][:_REFINED]
    for row in best:
        weights, gain = board.weights[row], board.estimate[row, 0]
        for finer in (step / 2, step / 4):
            for _ in range(_MOVES):
                around = [each for each in neighbours(weights, finer) if allowed(each)]
                found = trials.board(np.array(around).reshape(-1, weights.size))
                board = board.and_also(found)
                under = np.flatnonzero((judge.excess(found) <= 0).all(axis=1))
                if not under.size or (top := found.estimate[under, 0].max()) <= gain:
                    break
                gain = top
                weights = found.weights[under[found.estimate[under, 0].argmax()]]
    _, first = np.unique(board.weights.round(9), axis=0, return_index=True)
    return board.only(first)


@dataclass(frozen=True, eq=False)
class _Verified:
    """The walk along the front on the held-out half, and what is said of it."""

    signals: tuple[str, ...]
    judge: _Judge
    board: Board
    """All that was tried on the fitting half."""
    route: Board
    """Its front, on the held-out half."""
    proof: Trials
    reach: Array
    step: float
    fitted: int
    against: Array | None

    def recommendation(self) -> Recommendation:
        route = self.route
        excess = self.judge.excess(route, self.reach)
        passed: Mask = np.all(excess <= 0, axis=1)
        walked = len(passed) if passed.all() else int(passed.argmin())
        binding = None if walked == len(passed) else self._name(int(excess[walked].argmax()))
        if walked:
            chosen = self._option(route, walked - 1)
            return self._said(chosen, binding, reference=self._is_reference(route.weights[walked - 1]))
        return self._nearest(route.only(np.array([0])))

    def _nearest(self, safest: Board) -> Recommendation:
        """Nothing passed: which ceilings would have to be raised the least, and whether more prompts would do."""
        over = np.maximum(self.judge.excess(self.board), 0).sum(axis=1)
        near = self.proof.board(self.board.weights[[int(over.argmin())]])
        if not len(near.weights) or (self.judge.excess(near, self.reach) <= 0).all():
            near = safest
        excess = self.judge.excess(near, self.reach)[0]
        high = near.estimate[0] + near.error[0] * self.reach
        raised = {self._name(int(column)): float(high[column]) for column in np.flatnonzero(excess > 0)}
        relaxation = Relaxation(raised, self._named(near.weights[0]))
        return self._said(None, self._name(int(excess.argmax())), relaxation=relaxation, needed=self._needed(near))

    def _needed(self, board: Board) -> int | None:
        """About how many more prompts would bring the upper bounds under the ceilings; None where none would.

        A distance under half a standard error counts as half of one.
        """
        bound = np.isfinite(self.judge.most)
        room, error = (self.judge.most - board.estimate[0])[bound], board.error[0, bound]
        if (room <= 0).any():
            return None
        times = float(((error * self.reach[bound] / np.maximum(room, error / 2)) ** 2).max())
        return max(1, int(np.ceil((times - 1) * (self.fitted + self.proof.total))))

    def _said(
        self,
        chosen: Option | None,
        binding: str | None,
        *,
        reference: bool = False,
        relaxation: Relaxation | None = None,
        needed: int | None = None,
    ) -> Recommendation:
        return Recommendation(
            chosen,
            binding,
            relaxation,
            needed,
            self._front(),
            reference,
            tried=len(self.board.weights),
            step=self.step,
            fitted=self.fitted,
            held_out=self.proof.total,
        )

    def _front(self) -> tuple[Option, ...]:
        """Some weights than which none of those tried is better in all that is asked of all prompts, evenly spread."""
        columns = [column for column, each in enumerate(self.proof.asked) if each.within is None]
        worth = np.where(np.array(columns) == 0, 1.0, -1.0) * self.board.estimate[:, columns]
        rows = np.array([row for row, own in enumerate(worth) if not _beaten(own, worth)])
        rows = rows[np.argsort(worth[rows, 0], kind="stable")]
        if rows.size > FRONT:
            rows = rows[np.linspace(0, rows.size - 1, FRONT).round().astype(np.int64)]
        shown = self.proof.board(self.board.weights[rows])
        return tuple(self._option(shown, row) for row in range(len(shown.weights)))

    def _option(self, board: Board, row: int) -> Option:
        one = board.only(np.array([row]))
        return Option(self._named(one.weights[0]), self.proof.estimates(one, self.reach)[0])

    def _named(self, weights: Array) -> dict[str, float]:
        return {name: round(float(weight), 9) for name, weight in zip(self.signals, weights, strict=True)}

    def _name(self, column: int) -> str:
        return self.proof.asked[column].name

    def _is_reference(self, weights: Array) -> bool:
        return self.against is not None and bool(np.allclose(weights, self.against / np.abs(self.against).sum()))


def _beaten(own: Array, others: Array) -> bool:
    return bool(np.any((others >= own).all(axis=1) & (others > own).any(axis=1)))
