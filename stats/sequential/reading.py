"""One metric of an experiment, read at the end of every closed hour: what others call.

The interval that may be looked at any time stands first, and beside it the one that would hold "only if you had not
looked". An experiment that declared looks at its planned units is decided at these (`groups.py`), any other at any
hour. Nothing is said of fewer units than the burn-in, of fewer than LEAST_OF_ARM in one arm, or where fewer than
LEAST_WITH units did anything at all: then the answer is how many more are needed.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stats.pools import Array
from stats.sequential.anytime import BURN_IN, Interval, confidence_sequence, needed, one_sided
from stats.sequential.fixed import fixed_interval
from stats.sequential.groups import Looks, at_looks
from stats.sequential.moments import (
    Contrast,
    Kind,
    Mean,
    Moments,
    against,
    difference,
    mean_of,
    ratio,
    relative,
    steadied,
)

LEAST_OF_ARM = 50
LEAST_WITH = 20

Answer = Literal["not_enough_data", "more", "less", "open"]


@dataclass(frozen=True, slots=True)
class Design:
    """What was declared beforehand: units planned in both arms, the error, looks, burn-in, and the expected effect.

    `expected` is in the measure that is shown. `looks`, if any, lie at equal parts of the planned units.
    """

    planned: float
    alpha: float = 0.05
    looks: int | None = None
    burn_in: float = BURN_IN
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """An estimate with its interval and p, from the n units of both arms."""

    estimate: float
    low: float
    high: float
    n: int
    p: float

    def as_json(self) -> dict[str, float | int]:
        return {"estimate": self.estimate, "low": self.low, "high": self.high, "n": self.n, "p": self.p}


@dataclass(frozen=True, eq=False)
class Path:
    """The difference at the end of each hour (H,), with both intervals; NaN where there is not enough data."""

    n: Array
    estimate: Array
    low: Array
    high: Array
    fixed_low: Array
    fixed_high: Array
    p: Array


@dataclass(frozen=True, eq=False)
class Read:
    """What a metric says at the last hour, and how it came to say it.

    `control` and `candidate` are the arms' means over their `units`, None where there is none. `interval` holds at all
    hours at once, `ratio` too (candidate over control), `fixed` at one only; `at_least` and `at_most` are bounds of one
    side, each of which alone holds at all hours. All are None until there is `enough`. `needed` is about how many more
    units it takes: for anything to be said, or else, while the question is open and an effect was expected, to find
    that with a power of 0.8. `since` is the place of the hour from which the interval has been on one side of no
    difference without a break. `looks` are the planned ones that have come, if any were planned.
    """

    control: float | None
    candidate: float | None
    units: tuple[int, int]
    estimate: float | None
    interval: Span | None
    ratio: Span | None
    fixed: Span | None
    p: float | None
    enough: bool
    needed: int | None
    since: int | None
    path: Path
    at_least: float | None = None
    at_most: float | None = None
    looks: Looks | None = None
    planned_looks: bool = False

    @property
    def answer(self) -> Answer:
        """Whether the candidate has more of it: by the planned looks if there are any, else at any hour.

        Both at once would err twice as often. What a planned look has shown stays.
        """
        if self.interval is None:
            return "not_enough_data"
        if self.planned_looks:
            return _by_looks(self.looks)
        return "more" if self.interval.low > 0 else "less" if self.interval.high < 0 else "open"


def read(control: Moments, candidate: Moments, kind: Kind, design: Design, *, scale: float = 1.0) -> Read:
    """A metric's difference between two arms, from their cumulative moments over the same hours (H,).

    `scale` turns summed values into what is shown, such as 100 for a share in points.
    """
    first, second = mean_of(control, kind).scaled(scale), mean_of(candidate, kind).scaled(scale)
    short = lacking(np.stack([first.n, second.n]), control.units + candidate.units, design)
    steady = steadied(first, second)
    contrasts = (difference(first, second), difference(*steady), relative(*steady))
    return _read((first, second), *(said(one, short) for one in contrasts), short=short, design=design)


def read_mean(m: Moments, design: Design, *, null: float, scale: float = 1.0) -> Read:
    """How far one ratio is above `null`, from its cumulative moments (H,).

    It stands as the candidate's and `null` as the control's, both over the same units.
    """
    mean = ratio(m).scaled(scale)
    short = lacking(mean.n[None], m.units, design)
    contrast = said(against(mean, null), short)
    held = Mean(np.full_like(mean.value, null), np.zeros_like(mean.value), mean.n)
    return _read((held, mean), contrast, contrast, None, short=short, design=design)


def said(contrast: Contrast, short: Array) -> Contrast:
    """A contrast at any hours (…), NaN at those `short` of units (see `lacking`) or without an error."""
    enough = (short <= 0) & (contrast.se > 0)
    return Contrast(np.where(enough, contrast.estimate, np.nan), np.where(enough, contrast.se, np.nan), contrast.n)


def _read(
    means: tuple[Mean, Mean],
    plain: Contrast,
    contrast: Contrast,
    log_ratio: Contrast | None,
    *,
    short: Array,
    design: Design,
) -> Read:
    interval, fixed = _sequence(contrast, design), fixed_interval(plain, level=1 - design.alpha)
    bounds = one_sided(contrast, planned=design.planned, level=1 - design.alpha, burn_in=design.burn_in)
    last = _span(contrast, interval)
    return Read(
        control=_last(means[0].value),
        candidate=_last(means[1].value),
        units=(_count(means[0]), _count(means[1])),
        estimate=last.estimate if last else None,
        interval=last,
        at_least=_last(bounds.low),
        at_most=_last(bounds.high),
        ratio=None if log_ratio is None else _ratio(log_ratio, design),
        fixed=_span(plain, fixed),
        p=last.p if last else None,
        enough=last is not None,
        needed=_needed(contrast, last, short, design),
        since=_since(interval),
        looks=_looks(contrast, design),
        planned_looks=design.looks is not None,
        path=Path(contrast.n, contrast.estimate, interval.low, interval.high, fixed.low, fixed.high, interval.p),
    )


def lacking(units: Array, active: Array, design: Design) -> Array:
    """About how many more units (…) are needed before anything is said, from what each condition lacks.

    `units` (A, …) are those of each arm, `active` (…) those of all arms that did anything.
    """
    both, smaller = units.sum(axis=0), units.min(axis=0)
    # So that the arm with fewer units has enough of them, and enough did anything, all grow in proportion.
    by_arm = both * np.maximum(LEAST_OF_ARM / np.maximum(smaller, 1) - 1, 0)
    by_active = both * np.maximum(LEAST_WITH / np.maximum(active, 1) - 1, 0)
    found: Array = np.maximum(np.maximum(design.burn_in - both, by_arm), by_active)
    return found


def _by_looks(looks: Looks | None) -> Answer:
    if looks is None or looks.crossed is None:
        return "open"
    return "more" if looks.low[looks.crossed] > 0 else "less"


def _looks(contrast: Contrast, design: Design) -> Looks | None:
    if design.looks is None:
        return None
    return at_looks(contrast, planned=design.planned, looks=design.looks, alpha=design.alpha)


def _sequence(contrast: Contrast, design: Design) -> Interval:
    return confidence_sequence(contrast, planned=design.planned, level=1 - design.alpha, burn_in=design.burn_in)


def _last(values: Array) -> float | None:
    """The value at the last hour, None where there is none."""
    value = float(values[-1]) if values.size else np.nan
    return value if np.isfinite(value) else None


def _span(contrast: Contrast, interval: Interval) -> Span | None:
    estimate, low, high = _last(contrast.estimate), _last(interval.low), _last(interval.high)
    if estimate is None or low is None or high is None:
        return None
    return Span(estimate, low, high, int(contrast.n[-1]), float(interval.p[-1]))


def _count(mean: Mean) -> int:
    return int(mean.n[-1]) if mean.n.size else 0


def _ratio(contrast: Contrast, design: Design) -> Span | None:
    """Candidate over control: the interval of the logarithm, back on its scale."""
    span = _span(contrast, _sequence(contrast, design))
    if span is None:
        return None
    return Span(float(np.exp(span.estimate)), float(np.exp(span.low)), float(np.exp(span.high)), span.n, span.p)


def _needed(contrast: Contrast, last: Span | None, short: Array, design: Design) -> int | None:
    if last is None:
        return max(1, int(np.ceil(short[-1]))) if short.size else int(design.burn_in)
    if design.expected and last.low <= 0 <= last.high:
        now = Contrast(contrast.estimate[-1], contrast.se[-1], contrast.n[-1])
        return needed(now, distance=abs(design.expected), planned=design.planned, level=1 - design.alpha)
    return None


def _since(interval: Interval) -> int | None:
    """From which hour on the interval has been on one side of 0 until the last hour."""
    side = np.where(interval.low > 0, 1, np.where(interval.high < 0, -1, 0))
    if not side.size or not side[-1]:
        return None
    others = np.flatnonzero(side != side[-1])
    return int(others[-1]) + 1 if others.size else 0
