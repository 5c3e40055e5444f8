"""Experiments of known truth: cumulative moments of two arms by hour, many experiments at once.

Every world gives a pair of moments (R, H), control and candidate, R experiments of H hours. Units take their arm by
lot. Where users come back, `events` are the moments of events taken for users, as a test on events would have them.
"""

from dataclasses import dataclass

import numpy as np

from stats.pools import Array
from stats.sequential.moments import Moments

HOURS = 720
Arms = tuple[Moments, Moments]


@dataclass(frozen=True)
class Returning:
    """Moments of both arms over users, and over events as if each were a user."""

    users: Arms
    events: Arms


def shares(rng: np.random.Generator, runs: int, first: float, second: float, *, per_hour: int = 28) -> Arms:
    """One thumb of each unit, up with `first` and `second`: `per_hour` new units an hour."""
    mine = rng.binomial(per_hour, 0.5, (runs, HOURS))
    return _ones(per_hour - mine, rng, first), _ones(mine, rng, second)


def rare(rng: np.random.Generator, runs: int, share: float, *, of_units: float = 0.5, per_hour: int = 28) -> Arms:
    """One thing that few exposed units do, without a difference; the candidate has `of_units` of these."""
    mine = rng.binomial(per_hour, of_units, (runs, HOURS))
    found = []
    for units in (per_hour - mine, mine):
        exposed, did = np.cumsum(units, axis=1), np.cumsum(rng.binomial(units, share), axis=1)
        found.append(_moments(did, exposed, did, did, did, did, did))
    return found[0], found[1]


def waits(rng: np.random.Generator, runs: int, *, per_hour: int = 14) -> Arms:
    """The mean wait for an answer, without a difference: users have 1 + Poisson(2), of means of their own."""
    shape = (runs, HOURS, per_hour)
    m = 1.0 + rng.poisson(2.0, shape)
    x = np.exp(rng.normal(7.0, 0.6, shape)) * rng.standard_gamma(m)
    return _split(x, m, rng.random(shape) < 0.5)


def votes(rng: np.random.Generator, runs: int, *, ties: float = 0.3, per_hour: int = 14) -> Arms:
    """One comparison of each unit, a tie with `ties` and otherwise even: 2 points for a win, 1 for a tie."""
    shape = (runs, HOURS, per_hour)
    x = np.where(rng.random(shape) < ties, 1.0, 2.0 * rng.integers(0, 2, shape))
    return _split(x, np.ones(shape), rng.random(shape) < 0.5)


def returning(
    rng: np.random.Generator, runs: int, *, users: int, likeness: float, share: float, ties: float = 0.0
) -> Returning:
    """Users who come back: 1 + Poisson(4) thumbs each, at any hour after their first, without a difference.

    Their own shares of ups are Beta with mean `share`, so that two thumbs of a user correlate by `likeness`. With
    `ties`, what comes are comparisons of 2, 1 or 0 points.
    """
    per_user = 1 + rng.poisson(4.0, runs * users)
    user = np.repeat(np.arange(runs * users), per_user)
    first = rng.integers(0, HOURS, runs * users)
    hour = first[user] + ((HOURS - first[user]) * rng.random(user.size)).astype(int)
    strength = 1 / likeness - 1
    inclined = rng.beta(share * strength, (1 - share) * strength, runs * users)
    y = (rng.random(user.size) < inclined[user]).astype(float)
    if ties:
        y = np.where(rng.random(user.size) < ties, 1.0, 2 * y)
    # What a thumb says does not depend on when it comes: hours alone are put in order, within each user.
    hour = np.sort(user * HOURS + hour) % HOURS
    arm = (rng.random(runs * users) < 0.5).astype(int)
    place = ((user // users) * 2 + arm[user]) * HOURS + hour
    starts = np.repeat(np.cumsum(per_user) - per_user, per_user)
    count = np.arange(user.size) - starts + 1.0
    total = np.cumsum(y)
    total = total - (total - y)[starts]
    before = total - y
    added = (
        (count == 1).astype(float),
        y,
        np.ones(user.size),
        total**2 - before**2,
        total * count - before * (count - 1),
        2 * count - 1,
    )
    sums = [_cumulative(place, each, runs) for each in added]
    squares = _cumulative(place, y**2, runs)
    arms, events = [], []
    for one in (0, 1):
        units, sx, sm, sxx, sxm, smm = (each[:, one] for each in sums)
        arms.append(Moments(units, units, sx, sm, sxx, sxm, smm))
        events.append(Moments(sm, sm, sx, sm, squares[:, one], sx, sm))
    return Returning((arms[0], arms[1]), (events[0], events[1]))


def _cumulative(place: Array, values: Array, runs: int) -> Array:
    summed = np.bincount(place, weights=values, minlength=runs * 2 * HOURS)
    return np.cumsum(summed.reshape(runs, 2, HOURS), axis=2)


def _ones(units: Array, rng: np.random.Generator, share: float) -> Moments:
    n, up = np.cumsum(units, axis=1), np.cumsum(rng.binomial(units, share), axis=1)
    return _moments(n, n, up, n, up, up, n)


def _split(x: Array, m: Array, candidate: Array) -> Arms:
    found = []
    for mine in (~candidate, candidate):
        a, b = x * mine, m * mine
        sums = (mine, mine, a, b, a * a, a * b, b * b)
        found.append(_moments(*(np.cumsum(each.sum(axis=2), axis=1) for each in sums)))
    return found[0], found[1]


def _moments(*sums: Array) -> Moments:
    return Moments(*(np.asarray(each, dtype=np.float64) for each in sums))
