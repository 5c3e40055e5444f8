"""Logistic regression with weights, and the errors that tell why there is none.

The coefficients maximise the weighted Bernoulli likelihood, by Newton's method (McCullagh and Nelder, *Generalized
Linear Models*, 2nd ed. 1989, section 4.4); an outcome of 0.5 is a tie, half a win for either side. With a ridge, the
penalty is ridge × sum of (b_j s_j)² / 2, where s_j is the root mean square of column j; the constant goes free.

That no finite coefficients exist (Albert and Anderson, *Biometrika* 71, 1984) is proven by a linear programme (Konis,
*Linear programming algorithms for detecting separated data in binary logistic regression models*, Oxford 2007), which
is asked only when Newton's steps run away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from stats.pools import Array, Mask

CONSTANT = "constant"
"""The name of a column of ones, where a design has one."""

MOST_STEPS = 60
FARTHEST = 25.0
"""On the logit: odds of more than 10^10 to one are looked at for separation."""

_ROWS = 500
_EXACT = 1e-7
"""How far a linear programme may miss a bound."""
_APART = 1e-4
"""A solution that is farther from 0 than this is not 0."""

SAME = 1e-9
"""A singular value below this share of the greatest counts as none."""


class Unfittable(ValueError):
    """No coefficients can be had from these rows; `columns` are those to blame and the message says what is missing."""

    def __init__(self, message: str, columns: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


class NoRows(Unfittable):
    """There is nothing to fit."""


class OneClass(Unfittable):
    """The outcome is the same in all rows."""


class NoVariance(Unfittable):
    """Columns that never change, or are nothing but zeros."""


class Collinear(Unfittable):
    """Columns that are sums of others, a copy being the plainest case."""


class Separated(Unfittable):
    """Columns foretell the outcome without fail, so that the likelihood grows for ever.

    `blamed` are those that do so alone, where there are such; `columns` all that have no finite best coefficient.
    """

    def __init__(self, blamed: Sequence[str], columns: Sequence[str]) -> None:
        super().__init__(f"{_listed(blamed)} foretell the outcome without fail", columns)
        self.blamed = tuple(blamed)


@dataclass(frozen=True, slots=True)
class Design:
    """What is fitted: `x` (n, k) with a name for each column, `y` (n,) in [0, 1], and `weight` (n,), not negative."""

    names: tuple[str, ...]
    x: Array
    y: Array
    weight: Array

    @classmethod
    def of(cls, columns: dict[str, Array], y: Array, weight: Array | None = None) -> "Design":
        """A design of named columns, all of the length of `y`. Raises ValueError where something is not a number."""
        x = np.column_stack(list(columns.values())).astype(float) if columns else np.empty((len(y), 0))
        w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=float)
        if not (np.isfinite(x).all() and np.isfinite(y).all() and np.isfinite(w).all()):
            raise ValueError("a design is made of finite numbers")
        if (w < 0).any() or (y < 0).any() or (y > 1).any():
            raise ValueError("weights are not negative and outcomes lie between 0 and 1")
        return cls(tuple(columns), x, np.asarray(y, dtype=float), w)

    def without(self, names: Sequence[str]) -> "Design":
        """The same rows without these columns."""
        kept = [j for j, name in enumerate(self.names) if name not in names]
        return Design(tuple(self.names[j] for j in kept), self.x[:, kept], self.y, self.weight)

    def where(self, kept: Mask) -> "Design":
        """Those rows only."""
        return Design(self.names, self.x[kept], self.y[kept], self.weight[kept])


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients (k,) on the logit, the fitted chances (n,), and the inverse (k, k) of the information."""

    names: tuple[str, ...]
    coefficients: Array
    chance: Array
    inverse: Array


def check(design: Design) -> None:
    """Raise NoRows, OneClass, NoVariance or Collinear if `design` cannot be fitted."""
    counted = design.weight > 0
    if not counted.any() or not design.names:
        raise NoRows("there are no rows to fit")
    y, x = design.y[counted], design.x[counted]
    # Without a column that never changes, first and second may be exchanged: then 1 throughout is as good as any.
    fixed = bool(((np.ptp(x, axis=0) == 0) & (x[0] != 0)).any())
    if (y == y[0]).all() and (fixed or y[0] not in (0, 1)):
        raise OneClass("the outcome is the same in every row")
    idle = _idle(design.names, x)
    if idle:
        raise NoVariance(f"{_listed(idle)} never changes", idle)
    same = collinear(design.names, x)
    if same:
        raise Collinear(f"{_listed(same)} say the same", same)


def collinear(names: Sequence[str], x: Array) -> tuple[str, ...]:
    """The columns of `x` (n, k) that are sums of others; empty if none is."""
    triangle = np.linalg.qr(x / np.maximum(np.sqrt((x**2).sum(axis=0)), 1e-300), mode="r")
    _, values, directions = np.linalg.svd(triangle)
    values = np.pad(values, (0, len(names) - len(values)))
    null = directions[values <= SAME * values[0]]
    involved = (np.abs(null) > 1e-6).any(axis=0)
    return tuple(name for name, bad in zip(names, involved, strict=True) if bad)


def fit(design: Design, *, ridge: float = 0.0) -> Fit:
    """The coefficients of `design`, on which `check` is called first.

    Raises what `check` raises (a ridge makes collinear columns fittable), and Separated when no finite coefficients
    exist and there is no ridge.
    """
    try:
        check(design)
    except Collinear:
        if not ridge:
            raise
    penalty = _penalty(design, ridge)
    b = np.zeros(len(design.names))
    before = _likelihood(design, b, penalty)
    looked = ridge > 0
    for _ in range(MOST_STEPS):
        move = newton(design, b, penalty)
        b, now = _along(design, b, move, before, penalty)
        if not looked and np.abs(design.x @ b).max() > FARTHEST:
            _refuse_separation(design)
            looked = True
        if now - before <= 1e-10 * (abs(now) + 1) and np.abs(move).max() <= 1e-8 * (1 + np.abs(b).max()):
            break
        before = now
    else:
        raise Unfittable("the fit finds no end")
    chance = expit(design.x @ b)
    inverse = np.linalg.inv(information(design, chance, penalty))
    return Fit(design.names, b, chance, np.asarray(inverse, dtype=np.float64))


def newton(design: Design, b: Array, penalty: Array) -> Array:
    """Newton's step (k,) from `b`."""
    chance = expit(design.x @ b)
    score = design.x.T @ (design.weight * (design.y - chance)) - penalty * b
    solved: Array = np.linalg.solve(information(design, chance, penalty), score)
    return solved


def information(design: Design, chance: Array, penalty: Array) -> Array:
    """The negative second derivative (k, k) of the penalised log-likelihood."""
    curved = design.weight * chance * (1 - chance)
    grown: Array = (design.x * curved[:, None]).T @ design.x + np.diag(penalty)
    return grown


def _penalty(design: Design, ridge: float) -> Array:
    scale = (design.weight[:, None] * design.x**2).sum(axis=0) / design.weight.sum()
    free = np.array([name != CONSTANT for name in design.names], dtype=float)
    found: Array = ridge * scale * free
    return found


def _likelihood(design: Design, b: Array, penalty: Array) -> float:
    eta = design.x @ b
    return float(design.weight @ (design.y * eta - np.logaddexp(0, eta)) - (penalty * b**2).sum() / 2)


def _along(design: Design, b: Array, move: Array, before: float, penalty: Array) -> tuple[Array, float]:
    """As far along `move` as the likelihood does not fall."""
    for _ in range(30):
        now = _likelihood(design, b + move, penalty)
        if now >= before - 1e-12 * (abs(before) + 1):
            return b + move, now
        move = move / 2
    return b, before


def _idle(names: Sequence[str], x: Array) -> list[str]:
    with_constant = CONSTANT in names
    spread = np.ptp(x, axis=0) == 0
    zero = (x == 0).all(axis=0)
    return [
        name
        for name, flat, empty in zip(names, spread, zero, strict=True)
        if empty or (flat and with_constant and name != CONSTANT)
    ]


def _refuse_separation(design: Design) -> None:
    """Raise Separated, naming columns, if the rows are separated; return if they are not."""
    blamed, growing = separation(design)
    if growing:
        raise Separated(blamed, growing)


def separation(design: Design) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns to blame for separation, and those whose coefficients have no finite best value; empty if all have.

    To blame are single columns that foretell every outcome, where there are such; otherwise all without a best value.
    """
    counted = design.weight > 0
    y = design.y[counted]
    x = design.x[counted] / np.abs(design.x[counted]).max(axis=0)
    tied = (y > 0) & (y < 1)
    sided = x[~tied] * np.where(y[~tied] == 1, 1.0, -1.0)[:, None]
    agrees = ((sided >= 0).all(axis=0) | (sided <= 0).all(axis=0)) & (x[tied] == 0).all(axis=0)
    alone = tuple(name for name, one in zip(design.names, agrees, strict=True) if one)
    if not tied.any() and (agrees & (sided != 0).all(axis=0)).any():
        return alone, design.names
    cone = _Cone(sided, np.unique(x[tied], axis=0))
    best = cone.farthest(sided.sum(axis=0))
    if best is None or (sided @ best).max(initial=0) < _APART:
        return (), ()
    growing = []
    for j, name in enumerate(design.names):
        axis = np.eye(len(design.names))[j]
        reached = [cone.farthest(sign * axis) for sign in (1, -1)]
        if any(found is not None and abs(found[j]) > _APART for found in reached):
            growing.append(name)
    blamed = alone or tuple(growing)
    return blamed, design.names if not tied.any() and _spares(sided) else tuple(growing)


def _spares(sided: Array) -> bool:
    """Whether every outcome can be foretold with something to spare, which makes up for whatever other columns say."""
    last = np.eye(sided.shape[1] + 1)[-1]
    best = _Cone(np.column_stack([sided, -np.ones(len(sided))]), np.empty((0, len(last)))).farthest(last)
    return best is not None and float(best[-1]) > 2 * _EXACT


class _Cone:
    """The coefficients that foretell no outcome wrongly: `above` @ b is not negative and `level` @ b is 0.

    Few of many rows bound it, so programmes are solved with some rows, and those that the answer breaks are added.
    """

    def __init__(self, above: Array, level: Array) -> None:
        self._above = above
        self._level = level
        self._bounding = np.arange(len(above)) < _ROWS

    def farthest(self, along: Array) -> Array | None:
        """The point of the cone within the unit box that goes farthest `along`; None if the solver gives up."""
        while True:
            rows = self._above[self._bounding]
            found = linprog(
                -along / max(1.0, float(np.abs(along).max())),
                A_ub=-rows if len(rows) else None,
                b_ub=np.zeros(len(rows)) if len(rows) else None,
                A_eq=self._level if len(self._level) else None,
                b_eq=np.zeros(len(self._level)) if len(self._level) else None,
                bounds=(-1, 1),
            )
            if found.status != 0:
                return None
            point = np.asarray(found.x, dtype=np.float64)
            margins = self._above @ point
            broken = np.flatnonzero((margins < -_EXACT) & ~self._bounding)
            if not len(broken):
                return point
            self._bounding[broken[np.argsort(margins[broken])[:_ROWS]]] = True


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
