"""Planned looks: fewer, larger and so cheaper than looking always, if the number of units is fixed beforehand.

Lan and DeMets (*Biometrika* 70, 1983) spend α over the fraction t of the planned units, here as O'Brien and Fleming do,

    α(t) = 2 - 2 Φ(z_{α/2} / √t),

and each boundary is where exactly what was newly spent is crossed for the first time. With B(t) a Brownian motion whose
time is information, the density of B at a look, over paths that crossed at none before, is the integral of the last
one's against the normal step between (Armitage, McPherson and Rowe, *JRSS A* 132, 1969; Jennison and Turnbull, *Group
Sequential Methods*, 2000, chapter 19), here by Gauss-Legendre nodes between the last boundaries.

Looks may come at any fractions and the information between them may be unequal. At a look at or beyond the planned
units all that is left of α is spent, and it is the last one: what comes later is not tested.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, ndtri

from stats.pools import Array, Whole
from stats.sequential.moments import Contrast

MOST_LOOKS = 20
LEAST_STEP = 1e-3
"""What a look knows more than the one before it, at least, as a share of that."""
NODES, MOST_TIMES = 120, 10
FAR = 40.0
"""Where a boundary cannot be reached."""


@dataclass(frozen=True, eq=False)
class Looks:
    """The planned looks that have come (k,): places of their hours, fractions of the planned units, boundaries of |z|.

    `low` and `high` are the difference less and more the boundary's standard errors: together they hold the truth with
    1 - α. `crossed` is the place, among these, of the first that is beyond its boundary. `done` says that no look is
    still to come.
    """

    places: Whole
    fractions: Array
    bounds: Array
    low: Array
    high: Array
    crossed: int | None
    done: bool


def spent(fractions: Array, alpha: float) -> Array:
    """What of α is spent at these fractions of the planned units; all of it from 1 on."""
    t = np.minimum(fractions, 1.0)
    found: Array = 2 * ndtr(ndtri(alpha / 2) / np.sqrt(t))
    return found


def boundaries(fractions: Array, alpha: float = 0.05, *, information: Array | None = None) -> Array:
    """The bounds of |z| at looks (k,) at growing `fractions` of the planned units; infinite where none can be spent.

    `information` (k,), growing, is what is known at each look (1/se², any scale); without it, the fractions. Raises
    ValueError for more than MOST_LOOKS, or for what does not grow.
    """
    known: Array = fractions if information is None else information
    if not 0 < fractions.size <= MOST_LOOKS:
        raise ValueError(f"needs one to {MOST_LOOKS} looks")
    if not (fractions[0] > 0 and known[0] > 0 and (np.diff(fractions) > 0).all() and (np.diff(known) > 0).all()):
        raise ValueError("looks must come one after the other, each knowing more")
    total: Array = spent(fractions, alpha)
    return crossings(total, known)


def crossings(total: Array, information: Array) -> Array:
    """The bounds of |z| at which, of all paths, `total` (k,) has been beyond one by each look at `information` (k,)."""
    times: Array = information / information[-1]
    steps = np.sqrt(np.diff(times, prepend=0.0))
    nodes, density, used = np.zeros(1), np.ones(1), 0.0
    found = np.zeros(times.size)
    for place, (time, step) in enumerate(zip(times, steps, strict=True)):
        bound = _bound(nodes, density, float(step), float(total[place]) - used)
        used = float(total[place])
        found[place] = bound / np.sqrt(time)
        if place + 1 < times.size:
            nodes, density = _stepped(nodes, density, float(step), bound, float(steps[place + 1]))
    return found


def at_looks(contrast: Contrast, *, planned: float, looks: int, alpha: float = 0.05) -> Looks | None:
    """The looks that have come on a path (H,), of `looks` at equal parts of the `planned` units; None before the first.

    A look is made at the first hour with so many units and a difference with an error; several that fall into one hour
    are one. Information is 1/se², taken to grow.
    """
    places = look_places(np.where(contrast.se > 0, contrast.n, 0.0), planned=planned, looks=looks)
    if not places.size:
        return None
    fractions = contrast.n[places] / planned
    bounds = boundaries(fractions, alpha, information=_growing(contrast.se[places] ** -2.0))
    estimate, half = contrast.estimate[places], bounds * contrast.se[places]
    beyond = np.abs(estimate) > half
    crossed = int(beyond.argmax()) if beyond.any() else None
    done = crossed is not None or bool(fractions[-1] >= 1)
    return Looks(places, fractions, bounds, estimate - half, estimate + half, crossed, done)


def look_places(n: Array, *, planned: float, looks: int) -> Whole:
    """The hours (of `n` units each, growing) at which the looks at k/`looks` of the planned units are made."""
    if not 0 < looks <= MOST_LOOKS:
        raise ValueError(f"needs one to {MOST_LOOKS} looks")
    # Against fractions that would miss their own unit by rounding.
    wanted = np.arange(1, looks + 1) * planned / looks - 1e-6
    places = np.searchsorted(np.maximum.accumulate(n) if n.size else n, wanted)
    return np.unique(places[places < n.size])


def _growing(information: Array) -> Array:
    """The same, each by LEAST_STEP more than the last: returning users may make a difference less sure."""
    found = information.copy()
    for place in range(1, found.size):
        found[place] = max(found[place], found[place - 1] * (1 + LEAST_STEP))
    return found


def _bound(nodes: Array, density: Array, step: float, spend: float) -> float:
    """How far B must be so that `spend` more is crossed now: FAR steps if that cannot be told from never."""

    def excess(bound: float) -> float:
        log_tail = np.logaddexp(log_ndtr((-bound - nodes) / step), log_ndtr((nodes - bound) / step))
        largest = log_tail.max()
        return float(largest + np.log((density * np.exp(log_tail - largest)).sum()) - np.log(spend))

    far = float(np.abs(nodes).max()) + FAR * step
    if spend <= 0 or excess(far) > 0:
        return far
    return float(brentq(excess, 0.0, far, xtol=1e-10))


def _stepped(nodes: Array, density: Array, step: float, bound: float, following: float) -> tuple[Array, Array]:
    """Nodes between the boundaries, with the mass of the paths there that have not crossed.

    Nodes are close enough for the step into them and the one out of them.
    """
    # No mass lies farther out than this, so that far boundaries do not thin out the nodes.
    edge = min(bound, float(np.abs(nodes).max()) + 9 * step)
    places, weights = _nodes(int(np.clip(np.ceil(6 * edge / min(step, following) / NODES), 1, MOST_TIMES)) * NODES)
    fresh = edge * places
    z = (fresh[:, None] - nodes[None, :]) / step
    mass = edge * weights * (np.exp(-(z**2) / 2) @ density) / (step * np.sqrt(2 * np.pi))
    return fresh, mass


@lru_cache(maxsize=MOST_TIMES)
def _nodes(number: int) -> tuple[Array, Array]:
    places, weights = np.polynomial.legendre.leggauss(number)
    return places, weights
