"""What else people watch such a stream with: river's detectors, PSI on daily batches, a CUSUM of the raw gap.

Each sees the same stream as ours: river's the efficient scores, which no stream library makes by itself; the two others
the thumbs. A peer has one parameter by which it is made more or less ready to alarm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from river import drift

from stats.drift import Cusum
from stats.monitoring.mixing import psi
from stats.monitoring.rawgap import gap_of
from stats.monitoring.scoring import Scorer
from stats.pools import Array, Whole
from stats.thumbed import Thumbed

GAP_BLOCK = 400
ALLOWANCE = 0.05
"""Of the CUSUM and of Page-Hinkley on scores: half the design shift, in deviations of a score."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A stream with its reference, and the scores that the reference's fit gives both."""

    scorer: Scorer
    reference: Thumbed
    thumbs: Thumbed

    @cached_property
    def score(self) -> tuple[Whole, Array]:
        """The numbers of the events that can be used, from 1, and their scores."""
        scores = self.scorer.scores(self.thumbs)
        return np.flatnonzero(scores.rows.kept) + 1, scores.score

    @cached_property
    def spread(self) -> float:
        """The deviation of the reference's scores."""
        return float(self.scorer.scores(self.reference).score.std())


First = Callable[[Watched, float], int | None]
"""The number of the event at which it alarms with this parameter, None for never."""


@dataclass(frozen=True)
class Peer:
    """`usual` is the parameter people take; from `calm` to `ready` it alarms ever sooner."""

    name: str
    first: First
    usual: float
    calm: float
    ready: float


def adwin(stream: Watched, delta: float) -> int | None:
    return _told(drift.ADWIN(delta=delta), stream, up=True)


def page_hinkley(stream: Watched, threshold: float) -> int | None:
    """With river's own defaults but for the direction."""
    return _told(drift.PageHinkley(threshold=threshold, mode="up"), stream)


def fitted_page_hinkley(stream: Watched, threshold: float) -> int | None:
    """With allowance and threshold in deviations of a score, as for a CUSUM."""
    spread = stream.spread
    detector = drift.PageHinkley(
        min_instances=200, delta=ALLOWANCE * spread, threshold=threshold * spread, alpha=1 - 1e-5, mode="up"
    )
    return _told(detector, stream)


def score_cusum(stream: Watched, threshold: float) -> int | None:
    places, score = stream.score
    path, _ = Cusum().after(score / stream.spread - ALLOWANCE)
    return _crossed(places, path, threshold)


def raw_gap_cusum(stream: Watched, threshold: float) -> int | None:
    """Of P(up | sycophantic) less P(up | correct and not), block by block, in standard errors."""
    before, _ = gap_of(_counts(stream.reference))
    last, z = [], []
    for stop in range(GAP_BLOCK, len(stream.thumbs) + 1, GAP_BLOCK):
        counts = _counts(stream.thumbs.part(stop - GAP_BLOCK, stop))
        if min(counts[1], counts[3]):
            gap, error = gap_of(counts)
            last.append(stop)
            z.append((gap - before) / error)
    path, _ = Cusum().after(np.array(z) - 0.5)
    return _crossed(np.array(last), path, threshold)


def daily_psi(stream: Watched, limit: float) -> int | None:
    """Of thumb, label and correctness together, of each day against the reference."""
    before = _cells(stream.reference)
    day = (stream.thumbs.at // 86_400).astype(int)
    ends = np.flatnonzero(np.diff(day)) + 1
    begins = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    found = [psi(before, _cells(stream.thumbs.part(a, b))) for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]
    return _crossed(ends, np.array(found), limit)


PEERS: Sequence[Peer] = (
    Peer("river ADWIN", adwin, usual=0.002, calm=1e-9, ready=0.9),
    Peer("river PageHinkley", page_hinkley, usual=50.0, calm=2000.0, ready=1.0),
    Peer("river PageHinkley, fitted", fitted_page_hinkley, usual=43.5, calm=1000.0, ready=5.0),
    Peer("CUSUM of the score", score_cusum, usual=43.5, calm=1000.0, ready=5.0),
    Peer("CUSUM of the raw gap", raw_gap_cusum, usual=5.0, calm=200.0, ready=0.5),
    Peer("PSI of each day", daily_psi, usual=0.25, calm=2.0, ready=0.001),
)


def _told(detector: "drift.ADWIN | drift.PageHinkley", stream: Watched, *, up: bool = False) -> int | None:
    """`up`: of a detector of any change only rises count, as for everybody else."""
    places, score = stream.score
    before = 0.0
    for place, value in zip(places.tolist(), score.tolist(), strict=True):
        if up:
            before = detector.estimation
        detector.update(value)
        if detector.drift_detected and (not up or detector.estimation > before):
            return int(place)
    return None


def _crossed(places: Whole, path: Array, threshold: float) -> int | None:
    over = path >= threshold
    return int(places[over.argmax()]) if over.any() else None


def _counts(thumbs: Thumbed) -> list[int]:
    flattering = thumbs.sycophantic >= 0.5
    upright = ~flattering & (thumbs.correct >= 0.5)
    up = thumbs.up > 0
    return [int(one.sum()) for one in (up & flattering, flattering, up & upright, upright)]


def _cells(thumbs: Thumbed) -> Array:
    cell = 4 * (thumbs.up > 0) + 2 * (thumbs.sycophantic >= 0.5) + (thumbs.correct >= 0.5)
    return np.bincount(cell.astype(int), minlength=8).astype(float)
