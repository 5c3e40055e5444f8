"""By how much more a coefficient rose at each level than elsewhere: the refit behind an alarm.

On the reference and everything after the change together, for each level in turn,

    logit P(outcome) = all that the monitor's fit has + cause × level + after + after × level
                       + b cause × after + d cause × after × level,

so that neither what differed before the change counts, nor a change in how many thumbs are up. d is the level's
`delta`: the rise at the level less the rise elsewhere. Its error is clustered by user (`stats.clustering`), and its p,
two-sided, is adjusted for all levels by Holm's steps (*Scandinavian Journal of Statistics* 6, 1979). Of a factor with
two levels one says what the other does, with the other sign: it has one row, for the level that rose more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from stats.clustering import Way, robust
from stats.explaining.naming import EVERYWHERE, Place
from stats.explaining.scored import Scored
from stats.logistic import CONSTANT, Design, Unfittable, fit
from stats.monitoring.scoring import MODIFIERS
from stats.multiplicity import holm
from stats.pools import Array, Mask, Whole
from stats.sufficiency import InsufficientData
from stats.thumbed import Small

LEAST = 100
LEAST_VARIATION = 10.0
"""A level has a row if so many events came there since the change, with such a sum of squares of the cause; and
elsewhere too."""
MOST = 40_000
"""More events than this say nothing new of a rise that raises alarms, and take time and memory."""
_RIDGE = 0.01
"""Worth a hundredth of an event: a level that hardly came keeps a finite coefficient, with a large error."""
_FEW_USERS = 1000
"""Of more users than this leaving out each says what the plain sandwich says, and takes far longer."""
_ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Row:
    """How much more the coefficient rose here than elsewhere (log-odds); for EVERYWHERE, how much it rose over all.

    `n` are the events here since the change. The p of EVERYWHERE is adjusted for nothing: it is one question.
    """

    where: Place
    delta: float
    se: float
    p_adjusted: float
    n: int

    def as_json(self) -> dict[str, str | float | int]:
        where = {"factor": self.where.factor, "level": self.where.level}
        return {**where, "delta": self.delta, "se": self.se, "p_adjusted": self.p_adjusted, "n": self.n}


def attribution(
    reference: Scored,
    after: Scored,
    levels: Mapping[str, tuple[str, ...]],
    *,
    first: Place,
    skipped: Sequence[str] = (),
    most: int = MOST,
) -> list[Row]:
    """A row for EVERYWHERE and for each level that can be fitted: `first`, then those that rose most for their error.

    `after` are the usable events since the change. Factors in `skipped` are not asked about. Of a longer reference the
    last `most` events are read, of more since the change the first.
    """
    late = np.arange(len(reference)) >= len(reference) - most
    refit = _Refit.of(reference.where(late), after.where(np.arange(len(after)) < most), levels)
    asked = [factor for factor in reference.codes if factor not in skipped]
    found = [row for factor in asked for row in _rows_of(refit, factor, levels[factor], first)]
    adjusted = holm([row.p_adjusted for row in found])
    rows = [Row(row.where, row.delta, row.se, p, row.n) for row, p in zip(found, adjusted, strict=True)]
    rows.sort(key=lambda row: (row.where != first, -row.delta / row.se))
    everywhere = refit.row(EVERYWHERE, None)
    if everywhere is None:
        return rows
    place = 1 if rows and rows[0].where == first else 0
    return [*rows[:place], everywhere, *rows[place:]]


def _rows_of(refit: "_Refit", factor: str, levels: tuple[str, ...], first: Place) -> list[Row]:
    """One row for each question about this factor, not adjusted yet."""
    codes = refit.codes[factor]
    asked = levels[:1] if len(levels) == 2 else levels
    every = [refit.row(Place(factor, level), codes == code) for code, level in enumerate(asked)]
    rows = [row for row in every if row is not None]
    if len(levels) != 2 or not rows:
        return rows
    one, other = rows[0], Place(factor, levels[1])
    if first == other or (first != one.where and one.delta < 0):
        return [Row(other, -one.delta, one.se, one.p_adjusted, refit.since_at(codes == 1))]
    return [one]


@dataclass(frozen=True, eq=False)
class _Refit:
    """Reference and what came after the change, one below the other, with the columns that all refits share."""

    common: Mapping[str, Array]
    cause: Array
    since: Array
    """(n,): 1 after the change, 0 in the reference."""
    outcome: Array
    user: Whole
    codes: Mapping[str, Small]

    @classmethod
    def of(cls, reference: Scored, after: Scored, levels: Mapping[str, tuple[str, ...]]) -> "_Refit":
        both = reference.rows, after.rows
        own = np.concatenate([rows.cause for rows in both])
        codes = {name: np.concatenate([rows.codes[name] for rows in both]) for name in levels}
        common = {CONSTANT: np.ones(len(own)), "own": own}
        common |= {name: np.concatenate([rows.columns[name] for rows in both]) for name in reference.rows.columns}
        for name in levels:
            for code in range(1, len(levels[name])):
                common[f"{name}:{code}"] = (codes[name] == code).astype(float)
                if name in MODIFIERS:
                    common[f"own×{name}:{code}"] = own * common[f"{name}:{code}"]
        return cls(
            common,
            np.concatenate([reference.cause, after.cause]),
            np.repeat([0.0, 1.0], [len(reference), len(after)]),
            np.concatenate([rows.outcome for rows in both]),
            np.concatenate([reference.user, after.user]),
            {name: codes[name] for name in reference.codes},
        )

    def _tells(self, these: Mask) -> bool:
        """Whether these events are many enough, and their causes differ enough, for a coefficient of their own."""
        cause = self.cause[these]
        return len(cause) >= LEAST and len(cause) * float(cause.var()) >= LEAST_VARIATION

    def since_at(self, at_level: Mask) -> int:
        """How many events came at a level since the change."""
        return int((at_level & (self.since == 1)).sum())

    def row(self, where: Place, at_level: Mask | None) -> Row | None:
        """What the refit says of `where`, its p not adjusted; None where it cannot be said."""
        columns = {**self.common, "cause": self.cause, "since": self.since, _ASKED: self.cause * self.since}
        if at_level is not None:
            level = at_level.astype(float)
            columns |= {
                "cause×since": columns[_ASKED],
                "cause×level": self.cause * level,
                "since×level": self.since * level,
                _ASKED: self.cause * self.since * level,
            }
        here = self.since == 1 if at_level is None else at_level & (self.since == 1)
        if not self._tells(here) or (at_level is not None and not self._tells(~at_level & (self.since == 1))):
            return None
        moving = {name: x for name, x in columns.items() if name == CONSTANT or np.ptp(x) > 0}
        design = Design.of(moving, self.outcome)
        ways = [Way("users", self.user)]
        try:
            fitted = fit(design, ridge=_RIDGE)
            errors = robust(design, fitted, ways, jackknife=ways[0].dense()[1] <= _FEW_USERS)
        except (Unfittable, InsufficientData):
            return None
        asked = list(moving).index(_ASKED)
        delta, se = float(fitted.coefficients[asked]), float(np.sqrt(errors.covariance[asked, asked]))
        if not (np.isfinite(se) and se > 0):
            return None
        p = float(2 * stdtr(errors.freedom, -abs(delta) / se))
        return Row(where, delta, se, p, int(here.sum()))
