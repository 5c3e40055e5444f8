"""One metric of an experiment, read at the end of every closed hour: what others call.

The interval that may be looked at any time stands first, and beside it the one that would hold "only if you had not
looked". An experiment that declared looks at its planned units is decided at these (`groups.py`), any other at any
hour. Nothing is said of fewer units than the burn-in, of fewer than LEAST_OF_ARM in one arm, or where fewer than
LEAST_WITH units did anything at all: then the answer is how many more are needed.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stats.pools import Array, Mask
from stats.sequential.anytime import BURN_IN, Interval, confidence_sequence, needed
from stats.sequential.fixed import fixed_interval
from stats.sequential.moments import Contrast, Kind, Mean, Moments, difference, mean_of, relative

LEAST_OF_ARM = 50
LEAST_WITH = 20

Answer = Literal["not_enough_data", "more", "less", "open"]


@dataclass(frozen=True, slots=True)
class Design:
    """What was declared beforehand: units planned in both arms, the error, looks, burn-in, and the expected effect."""

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

    `control` and `candidate` are the arms' means with their units (None where there is none). `interval` holds at all
    hours at once, `ratio` too (candidate over control), `fixed` at one only; all are None until there is `enough`.
    `needed` is about how many more units it takes: for anything to be said, or else, while the question is open and an
    effect was expected, to find that with a power of 0.8. `since` is the place of the hour from which the interval has
    been on one side of no difference without a break.
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

    @property
    def answer(self) -> Answer:
        """Whether the candidate has more of it, by the interval that holds at all hours."""
        if self.interval is None:
            return "not_enough_data"
        return "more" if self.interval.low > 0 else "less" if self.interval.high < 0 else "open"


def read(control: Moments, candidate: Moments, kind: Kind, design: Design, *, scale: float = 1.0) -> Read:
    """A metric's difference between two arms, from their cumulative moments over the same hours (H,).

    `scale` turns summed values into what is shown (1/2 for points of which a win has 2).
    """
    first, second = mean_of(control, kind).scaled(scale), mean_of(candidate, kind).scaled(scale)
    enough = _enough(control, candidate, first, second, design)
    contrast = _only(difference(first, second), enough)
    interval = _sequence(contrast, design)
    ratio = _only(relative(first, second), enough)
    path = _path(contrast, interval, design)
    last = _span(contrast, interval)
    return Read(
        control=_last(first.value),
        candidate=_last(second.value),
        units=(int(_last(first.n) or 0), int(_last(second.n) or 0)),
        estimate=last.estimate if last else None,
        interval=last,
        ratio=_exponentiated(_span(ratio, _sequence(ratio, design))),
        fixed=_span(contrast, fixed_interval(contrast, level=1 - design.alpha)),
        p=last.p if last else None,
        enough=last is not None,
        needed=_needed(control, candidate, first, second, contrast, last, design),
        since=_since(interval),
        path=path,
    )


def _enough(control: Moments, candidate: Moments, first: Mean, second: Mean, design: Design) -> Mask:
    active = control.units + candidate.units
    found: Mask = (
        (first.n + second.n >= design.burn_in)
        & (np.minimum(first.n, second.n) >= LEAST_OF_ARM)
        & (active >= LEAST_WITH)
        & (first.variance + second.variance > 0)
    )
    return found


def _only(contrast: Contrast, enough: Mask) -> Contrast:
    return Contrast(np.where(enough, contrast.estimate, np.nan), np.where(enough, contrast.se, np.nan), contrast.n)


def _sequence(contrast: Contrast, design: Design) -> Interval:
    return confidence_sequence(contrast, planned=design.planned, level=1 - design.alpha, burn_in=design.burn_in)


def _path(contrast: Contrast, interval: Interval, design: Design) -> Path:
    fixed = fixed_interval(contrast, level=1 - design.alpha)
    return Path(contrast.n, contrast.estimate, interval.low, interval.high, fixed.low, fixed.high, interval.p)


def _last(values: Array) -> float | None:
    """The value at the last hour, None where there is none."""
    value = float(values[-1]) if values.size else np.nan
    return value if np.isfinite(value) else None


def _span(contrast: Contrast, interval: Interval) -> Span | None:
    estimate, low, high = _last(contrast.estimate), _last(interval.low), _last(interval.high)
    if estimate is None or low is None or high is None:
        return None
    return Span(estimate, low, high, int(contrast.n[-1]), float(interval.p[-1]))


def _exponentiated(span: Span | None) -> Span | None:
    if span is None:
        return None
    return Span(float(np.exp(span.estimate)), float(np.exp(span.low)), float(np.exp(span.high)), span.n, span.p)


def _needed(
    control: Moments,
    candidate: Moments,
    first: Mean,
    second: Mean,
    contrast: Contrast,
    last: Span | None,
    design: Design,
) -> int | None:
    if last is None:
        return _until_enough(control, candidate, first, second, design)
    if design.expected and last.low <= 0 <= last.high:
        at = Contrast(contrast.estimate[-1], contrast.se[-1], contrast.n[-1])
        return needed(at, distance=abs(design.expected), planned=design.planned, level=1 - design.alpha)
    return None


def _until_enough(control: Moments, candidate: Moments, first: Mean, second: Mean, design: Design) -> int:
    """Units still needed in both arms before anything can be said, from what each condition lacks."""
    ours, theirs = _last(first.n) or 0.0, _last(second.n) or 0.0
    both, active = ours + theirs, (_last(control.units) or 0.0) + (_last(candidate.units) or 0.0)
    smaller = min(ours, theirs)
    lacking = [design.burn_in - both]
    if smaller < LEAST_OF_ARM:
        lacking.append(both * (LEAST_OF_ARM / smaller - 1) if smaller else 2 * LEAST_OF_ARM)
    if active < LEAST_WITH:
        lacking.append(both * (LEAST_WITH / active - 1) if active else design.burn_in)
    return max(1, int(np.ceil(max(lacking))))


def _since(interval: Interval) -> int | None:
    """From which hour on the interval has been on one side of 0 until the last hour."""
    side = np.where(interval.low > 0, 1, np.where(interval.high < 0, -1, 0))
    if not side.size or not side[-1]:
        return None
    others = np.flatnonzero(side != side[-1])
    return int(others[-1]) + 1 if others.size else 0
