"""Whether more users give their thumbs to flattery than the average one does (M10), the vulnerable tail. For display.

With the scores u and information i of the reference's fit (`stats/monitoring/scoring.py`), a user's thumbs add up to
U = Σu, I = Σi and Q = Σu². If flattery does d more to their thumbs than to those of the reference's average, U is about
normal with mean d I and variance Q. Users differ with variance τ², by moments over the reference's users

    τ² = Σ (U² - Q) / Σ (I² - Σi²),

but FLOOR at least, since a narrower prior finds nobody. So given U, d is normal with precision 1/τ² + I²/Q and mean (I
U/Q) / (1/τ² + I²/Q) (empirical Bayes: Efron and Morris, *JASA* 70, 1975). A user is judged each time that their thumbs
have brought ENOUGH information, some sixty of them, and then begins anew; they are in the tail if P(d > b) > 0.9, b
being the tolerance. Some are by chance: what counts is the share in the reference. Where its users were judged too
seldom, the judgments after it are added until there are LEAST. An e-SR detector (`stats/drift.py`) bets that the share
of judgments that say so is above that by more than 2 standard errors.

There are more users than a state can hold. Followed are the MOST_USERS whose numbers have the smallest hashes, a random
sample of all users seen; whoever leaves it never comes back, so that nobody's sums are cut.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from stats.drift import Detector
from stats.intervals import Estimate
from stats.monitoring import paths, standing
from stats.monitoring.blocks import counted, pieces, take_note, until_end
from stats.monitoring.coefficients import BIAS
from stats.monitoring.declared import Declared, Reading, State
from stats.monitoring.scoring import Scorer, fitted
from stats.pools import Array, Mask, Whole
from stats.proportions import wilson
from stats.thumbed import Thumbed

BLOCK = 2000
"""Users are judged at the end of a block."""
MOST_USERS = 250
LEAST = 100
"""A reference has this many judgments of users."""
IN_REFERENCE = "users judged for the reference"
LEAST_USERS = 30
"""Users judged under which no share is shown."""
ENOUGH = 2.0
FLOOR = 0.25
"""The least variance of users' effects that the prior takes."""
SURE = 0.9
_SURE = float(ndtri(SURE))
STAKES = (0.05, 0.1, 0.2, 0.4, 0.8)
RAREST = 0.02
"""Shares under this are held against it: what is rarer cannot be seen in a state's users."""

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Users:
    """Users in the order of their numbers: `sums` (n, 3) of score, information and score squared; `last` (n,) is what
    their last judgment said, 1 or 0, or -1 before there is one."""

    number: Whole
    sums: Array
    last: Whole

    @classmethod
    def none(cls) -> "Users":
        return cls(np.empty(0, dtype=np.int64), np.empty((0, 3)), np.empty(0, dtype=np.int64))

    def after(self, user: Whole, columns: Array) -> "Users":
        """The same with events of `user` (m,) and their (m, 3) added in their order."""
        number = np.union1d(self.number, user)
        sums, last = np.zeros((len(number), 3)), np.full(len(number), -1)
        before = np.searchsorted(number, self.number)
        last[before] = self.last
        # What there was comes first, so that the sum is the same whatever the batches.
        place = np.concatenate([before, np.searchsorted(number, user)])
        for column in range(3):
            each = np.concatenate([self.sums[:, column], columns[:, column]])
            sums[:, column] = np.bincount(place, each, len(number))
        return Users(number, sums, last)

    def smallest(self, most: int) -> "Users":
        """The `most` whose hashes are the smallest."""
        if len(self.number) <= most:
            return self
        return self._where(hashed(self.number).argsort(kind="stable").argsort(kind="stable") < most)

    def judged(self, prior: "Prior") -> tuple["Users", Whole]:
        """Users with enough information begin anew; what is said of each of those, in the order of their numbers."""
        enough = self.sums[:, 1] >= ENOUGH
        said = prior.in_tail(self.sums[enough]).astype(np.int64)
        sums, last = self.sums.copy(), self.last.copy()
        sums[enough] = 0.0
        last[enough] = said
        return Users(self.number, sums, last), said

    def as_json(self) -> list[list[Any]]:
        return [
            [number, *sums, last]
            for number, sums, last in zip(self.number.tolist(), self.sums.tolist(), self.last.tolist(), strict=True)
        ]

    @classmethod
    def from_json(cls, stored: list[list[Any]]) -> "Users":
        if not stored:
            return cls.none()
        sums = np.array([row[1:4] for row in stored], dtype=float)
        return cls(np.array([row[0] for row in stored]), sums, np.array([row[4] for row in stored]))

    def _where(self, kept: Mask) -> "Users":
        return Users(self.number[kept], self.sums[kept], self.last[kept])


@dataclass(frozen=True, slots=True)
class Prior:
    """Users' effects around the reference's average have `variance`; in the tail is who is surely above `limit`."""

    variance: float
    limit: float

    def in_tail(self, sums: Array) -> Mask:
        """Whether P(d > limit) > SURE for users of these sums (n, 3)."""
        score, information, squares = sums.T
        noise = np.maximum(squares, 1e-12)
        precision = 1 / self.variance + information**2 / noise
        found: Mask = information * score / noise / precision - _SURE / np.sqrt(precision) > self.limit
        return found

    def chance(self, effect: float) -> float:
        """The chance that a user with this effect is found, given just ENOUGH information and noise of its size."""
        precision = 1 / self.variance + ENOUGH
        least = (self.limit + _SURE / math.sqrt(precision)) * precision / ENOUGH
        return float(ndtr((effect - least) * math.sqrt(ENOUGH)))


class Tail:
    """M10."""

    key = "M10"

    def start(self, declared: Declared, reference: Thumbed) -> State:
        """The state after the reference. Raises Unusable where it cannot be fitted."""
        scorer = fitted(BIAS.question, reference)
        _, (user, columns, _) = _placed(scorer, reference)
        variance = moment(user, columns)
        prior = Prior(max(variance, FLOOR), declared.tolerance)
        users, counts = Users.none(), [0, 0]
        for piece, _ in pieces(len(user), 1, BLOCK):
            users, said = users.after(user[piece], columns[piece]).judged(prior)
            counts = [counts[0] + len(said), counts[1] + int(said.sum())]
        return {
            "events": 0,
            "last": None,
            "scorer": scorer.as_json(),
            "variance": variance,
            "reference": counts,
            "users": users.smallest(MOST_USERS).as_json(),
            "detector": Detector.fresh(len(STAKES)).as_json(),
            "left_out": {IN_REFERENCE: 0},
            **standing.blank(),
            "path": paths.blank(BLOCK),
        }

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        after = copy.deepcopy(state)
        take_note(after, first, len(events))
        place, (user, columns, left_out) = _placed(Scorer.from_json(BIAS.question, after["scorer"]), events)
        after["left_out"] = counted(after["left_out"], left_out)
        users, prior = Users.from_json(after["users"]), _prior(declared, after)
        for piece, last in pieces(len(events), first, BLOCK):
            start, stop = np.searchsorted(place, (piece.start, piece.stop)).tolist()
            users = users.after(*_followed(users, user[start:stop], columns[start:stop])).smallest(MOST_USERS)
            if last is not None:
                users, said = users.judged(prior)
                _take(after, said)
                _close(declared, after, users, last, float(events.at[piece.stop - 1]))
        after["users"] = users.as_json()
        return after

    def reading(self, declared: Declared, state: State) -> Reading:
        """The share of users followed whose last judgment puts them in the tail, of those who have one."""
        statistic = Detector.from_json(state["detector"]).value
        users, prior = Users.from_json(state["users"]), _prior(declared, state)
        value = _share(users) if state["reference"][0] >= LEAST else None
        return Reading(
            standing=state["standing"],
            value=value,
            statistic=statistic,
            threshold=float(declared.run_length),
            warning=statistic / declared.run_length,
            since=state["since"],
            events=state["events"],
            left_out=dict(state["left_out"]),
            path=paths.path(state["path"]),
            segments={
                "users": {
                    "followed": len(users.number),
                    "judged": int((users.last >= 0).sum()),
                    "deviation": math.sqrt(max(0.0, state["variance"])),
                    "found_of_those_one_above": prior.chance(prior.limit + 1),
                },
            },
            reference=_before(state),
            needed=None if value else _needed(state),
        )


def _take(state: State, said: Whole) -> None:
    """Take in judgments (n,) in their order: into the reference, until it has enough, or the detector."""
    n, hits = state["reference"]
    if n < LEAST:
        state["reference"] = [n + len(said), hits + int(said.sum())]
        state["left_out"][IN_REFERENCE] += len(said)
        return
    share = (hits + 0.5) / (n + 1)
    bound = min(0.98, max(RAREST, share + 2 * math.sqrt(share * (1 - share) / n)))
    # A stake is what is lost of it when a judgment does not say so.
    factor = np.array([[1 - stake, 1 + stake * (1 - bound) / bound] for stake in STAKES])
    _, detector = Detector.from_json(state["detector"]).after(np.ascontiguousarray(factor[:, said]))
    state["detector"] = detector.as_json()


def hashed(number: Whole) -> Hashes:
    """A random-looking number for each (n,): the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    z = number.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Hashes = z ^ (z >> np.uint64(31))
    return mixed


def moment(user: Whole, columns: Array) -> float:
    """The variance of users' effects by moments, from their events' (m, 3); not positive where none is seen."""
    _, place = np.unique(user, return_inverse=True)
    score, information, squares, own = (np.bincount(place, column) for column in (*columns.T, columns[:, 1] ** 2))
    scale = float((information**2 - own).sum())
    return float((score**2 - squares).sum()) / scale if scale > 0 else 0.0


def _placed(scorer: Scorer, events: Thumbed) -> tuple[Whole, tuple[Whole, Array, dict[str, int]]]:
    """The places (m,) of events that can be used; their users, and score, information and score squared (m, 3)."""
    scores = scorer.scores(events)
    place = np.flatnonzero(scores.rows.kept)
    columns = np.stack([scores.score, scores.information, scores.score**2], axis=1)
    return place, (events.user[place], columns, dict(scores.rows.left_out))


def _followed(users: Users, user: Whole, columns: Array) -> tuple[Whole, Array]:
    """The events of those who are followed, or may be."""
    if len(users.number) < MOST_USERS:
        return user, columns
    kept = hashed(user) <= hashed(users.number).max()
    return user[kept], columns[kept]


def _prior(declared: Declared, state: State) -> Prior:
    return Prior(max(state["variance"], FLOOR), declared.tolerance)


def _share(users: Users) -> Estimate | None:
    """The share in the tail; None under LEAST_USERS who were judged."""
    n, hits = int((users.last >= 0).sum()), int((users.last == 1).sum())
    return Estimate(hits / n, *wilson(hits / n, n), n) if n >= LEAST_USERS else None


def _before(state: State) -> Estimate | None:
    """The share of judgments in the reference; None until it has enough."""
    n, hits = state["reference"]
    return Estimate(hits / n, *wilson(hits / n, n), n) if n >= LEAST else None


def _needed(state: State) -> int | None:
    """About how many events it takes; None where nobody has been judged yet."""
    n, events = int(state["left_out"][IN_REFERENCE]), int(state["events"])
    lacking = LEAST - int(state["reference"][0])
    if lacking > 0:
        return math.ceil(lacking * events / n) if n else None
    return until_end(state, BLOCK)


def _close(declared: Declared, state: State, users: Users, last: int, at: float) -> None:
    statistic = Detector.from_json(state["detector"]).value
    near = statistic / declared.run_length
    standing.move(state, standing.judged(near, 1.0, math.inf), last)
    share = _share(users) if state["reference"][0] >= LEAST else None
    paths.offer(state["path"], last, at, share, statistic, near)
