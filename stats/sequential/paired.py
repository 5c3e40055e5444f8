"""A metric in which each user sees both arms, such as a side-by-side choice: a mean held against a fixed value."""

import numpy as np

from stats.pools import Array
from stats.sequential.anytime import Interval, confidence_sequence, needed
from stats.sequential.fixed import fixed_interval
from stats.sequential.moments import Contrast, Moments, against, ratio
from stats.sequential.reading import LEAST_WITH, Design, Path, Read, Span


def read_paired(moments: Moments, design: Design, *, scale: float = 1.0, even: float = 0.5) -> Read:
    """How far Σx / Σm over all users (H,) is above `even`; `candidate` of the answer is the value, `control` `even`.

    There is no ratio of the two. See `reading.read` for the rest.
    """
    mean = ratio(moments).scaled(scale)
    enough = (mean.n >= max(design.burn_in, LEAST_WITH)) & (mean.variance > 0)
    bare = against(mean, even)
    contrast = Contrast(_where(enough, bare.estimate), _where(enough, bare.se), bare.n)
    level = 1 - design.alpha
    interval = confidence_sequence(contrast, planned=design.planned, level=level, burn_in=design.burn_in)
    fixed = fixed_interval(contrast, level=level)
    last, units = _span(contrast, interval), int(mean.n[-1]) if mean.n.size else 0
    value = float(mean.value[-1]) if mean.value.size else np.nan
    return Read(
        control=even,
        candidate=value if np.isfinite(value) else None,
        units=(units, units),
        estimate=last.estimate if last else None,
        interval=last,
        ratio=None,
        fixed=_span(contrast, fixed),
        p=last.p if last else None,
        enough=last is not None,
        needed=_needed(contrast, last, design, units),
        since=_since(interval),
        path=Path(contrast.n, contrast.estimate, interval.low, interval.high, fixed.low, fixed.high, interval.p),
    )


def _needed(contrast: Contrast, last: Span | None, design: Design, units: int) -> int | None:
    if last is None:
        return max(1, int(np.ceil(max(design.burn_in, LEAST_WITH) - units)))
    if design.expected and last.low <= 0 <= last.high:
        at = Contrast(contrast.estimate[-1], contrast.se[-1], contrast.n[-1])
        return needed(at, distance=abs(design.expected), planned=design.planned, level=1 - design.alpha)
    return None


def _span(contrast: Contrast, interval: Interval) -> Span | None:
    if not contrast.n.size or not np.isfinite([contrast.estimate[-1], interval.low[-1], interval.high[-1]]).all():
        return None
    estimate, low, high = (float(each[-1]) for each in (contrast.estimate, interval.low, interval.high))
    return Span(estimate, low, high, int(contrast.n[-1]), float(interval.p[-1]))


def _since(interval: Interval) -> int | None:
    side = np.where(interval.low > 0, 1, np.where(interval.high < 0, -1, 0))
    if not side.size or not side[-1]:
        return None
    others = np.flatnonzero(side != side[-1])
    return int(others[-1]) + 1 if others.size else 0


def _where(known: Array, values: Array) -> Array:
    found: Array = np.where(known, values, np.nan)
    return found
