"""The raw gap (M2): how much likelier a thumb up is for a sycophantic response than for one that is right without.

    gap = P(up | sycophantic) - P(up | correct, not sycophantic),      premium = the same as a ratio

A label counts where at least half of those who labelled say so. The gap is what people see, and it moves with the mix
of users and topics too, so that it shows and warns; what flattery itself does to a thumb is M1's.

Events come in blocks of BLOCK, joined until each side has LEAST of them. A block's z is what its gap exceeds the
reference's by, less the tolerance and 2 standard errors of the reference, over its own standard error, which is
stretched by how much more than chance the reference's blocks differ (people give many thumbs). The tabular CUSUM W <-
max(0, W + z - K) (Page, *Biometrika* 41, 1954) warns at the limit whose run length is the declared one and alarms at
ten times that. The limits are Siegmund's (*Sequential Analysis*, 1985, section 2.6) for normal z, and so nominal: with
b = h + 1.166, in blocks, the run length is (exp(2Kb) - 2Kb - 1) / (2K²).
"""

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import brentq

from stats.drift import Cusum
from stats.intervals import Estimate
from stats.monitoring import paths, standing
from stats.monitoring.blocks import pieces, take_note
from stats.monitoring.declared import Declared, Reading, State, Unusable
from stats.pools import Whole
from stats.thumbed import Thumbed

BLOCK = 400
LEAST = 20
RECENT = 10
"""So many blocks make the gap of now."""
K = 0.5
LATER = 10.0
"""The alarm's run length over the declared one, at which the warning comes."""
_SIDES = 1.96

Counts = Sequence[int]
"""Thumbs up and thumbs for sycophantic responses, thumbs up and thumbs for correct ones that are not."""


class RawGap:
    """M2."""

    key = "M2"

    def start(self, declared: Declared, reference: Thumbed) -> State:
        """The state after the reference. Raises Unusable "too_few" if a side has fewer than LEAST thumbs a block."""
        counts = _counted(reference, slice(0, len(reference)))
        lacking = LEAST * max(1, len(reference) // BLOCK) - min(counts[1], counts[3])
        if lacking > 0:
            of = "sycophantic answers" if counts[1] < counts[3] else "correct answers that are not sycophantic"
            raise Unusable(
                "too_few",
                f"The reference has too few thumbs on {of}: about {lacking} more are needed. Have more of "
                "these labelled.",
            )
        return {
            "events": 0,
            "last": None,
            "reference": counts,
            "stretch": _stretch(reference, counts),
            "open": [0, 0, 0, 0],
            "recent": [],
            "cusums": [Cusum().as_json() for _ in _directions(declared)],
            **standing.blank(),
            "path": paths.blank(BLOCK),
        }

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        after = copy.deepcopy(state)
        take_note(after, first, len(events))
        limits = _limits(declared)
        counted = _cumulative(events)
        for piece, last in pieces(len(events), first, BLOCK):
            more = counted[piece.stop] - counted[piece.start]
            after["open"] = [old + int(new) for old, new in zip(after["open"], more, strict=True)]
            if last is not None and min(after["open"][1], after["open"][3]) >= LEAST:
                _close(declared, after, last, float(events.at[piece.stop - 1]), limits)
        return after

    def reading(self, declared: Declared, state: State) -> Reading:
        warning, threshold = _limits(declared)
        recent = _recent(state)
        statistic = max(Cusum.from_json(one).value for one in state["cusums"])
        return Reading(
            standing=state["standing"],
            value=_estimate(recent, state["stretch"]) if recent else None,
            statistic=statistic,
            threshold=threshold,
            warning=statistic / warning,
            since=state["since"],
            events=state["events"],
            path=paths.path(state["path"]),
            segments={"now": _said(recent, state["stretch"]), "before": _said(state["reference"], state["stretch"])},
            reference=_estimate(state["reference"], state["stretch"]),
            needed=None if recent else _needed(state),
        )


def _close(declared: Declared, state: State, last: int, at: float, limits: tuple[float, float]) -> None:
    """Take in the open block, which ends with the event of number `last`."""
    gap, error = gap_of(state["open"])
    before, its_error = gap_of(state["reference"])
    slack = declared.tolerance + 2 * its_error * state["stretch"]
    statistic = 0.0
    for place, direction in enumerate(_directions(declared)):
        z = (direction * (gap - before) - slack) / (error * state["stretch"])
        _, cusum = Cusum.from_json(state["cusums"][place]).after(np.array([z - K]))
        state["cusums"][place] = cusum.as_json()
        statistic = max(statistic, cusum.value)
    state["recent"] = [*state["recent"], state["open"]][-RECENT:]
    state["open"] = [0, 0, 0, 0]
    warning, threshold = limits
    standing.move(state, standing.judged(statistic, warning, threshold), last, alarms=declared.alarms)
    value = _estimate(_recent(state), state["stretch"])
    paths.offer(state["path"], last, at, value, statistic, statistic / warning)


def _recent(state: State) -> list[int]:
    """The counts of the last blocks; empty before there is one."""
    return [sum(column) for column in zip(*state["recent"], strict=True)]


def gap_of(counts: Counts) -> tuple[float, float]:
    """The gap and its standard error, which takes half a thumb more of each kind so that it is never 0."""
    up, n, other_up, other_n = counts
    variance = sum((a + 0.5) * (m - a + 0.5) / (m + 1) ** 2 / m for a, m in ((up, n), (other_up, other_n)))
    return up / n - other_up / other_n, math.sqrt(variance)


def premium_of(counts: Counts) -> tuple[float, float]:
    """The log of the ratio of the two chances and its standard error, with half a thumb up more on either side."""
    up, n, other_up, other_n = counts
    log = math.log((up + 0.5) / (n + 0.5)) - math.log((other_up + 0.5) / (other_n + 0.5))
    variance = 1 / (up + 0.5) - 1 / (n + 0.5) + 1 / (other_up + 0.5) - 1 / (other_n + 0.5)
    return log, math.sqrt(max(variance, 0.0))


def limit(run_length: float) -> float:
    """Where the CUSUM of normal z with allowance K runs for `run_length` blocks on average; 0 for less than any."""

    def runs(h: float) -> float:
        b = 2 * K * (h + 1.166)
        return (math.exp(b) - b - 1) / (2 * K * K) - run_length

    return 0.0 if runs(0.0) >= 0 else float(brentq(runs, 0.0, 100.0))


def _limits(declared: Declared) -> tuple[float, float]:
    """The limits of warning and alarm. Two directions share one run length."""
    blocks = declared.run_length / BLOCK * len(_directions(declared))
    return limit(blocks), limit(LATER * blocks)


def _directions(declared: Declared) -> tuple[int, ...]:
    return (1, -1) if declared.direction == "both" else (1,)


def _kinds(events: Thumbed) -> Whole:
    """Four columns (4, n) whose sums are the counts."""
    flattering = events.sycophantic >= 0.5
    other = ~flattering & (events.correct >= 0.5)
    up = events.up > 0
    return np.stack([up & flattering, flattering, up & other, other]).astype(np.int64)


def _counted(events: Thumbed, which: slice) -> list[int]:
    return [int(number) for number in _kinds(events)[:, which].sum(axis=1)]


def _cumulative(events: Thumbed) -> Whole:
    """The counts (n + 1, 4) of the first events, from none to all."""
    sums = np.zeros((len(events) + 1, 4), dtype=np.int64)
    np.cumsum(_kinds(events).T, axis=0, out=sums[1:])
    return sums


def _stretch(reference: Thumbed, counts: Counts) -> float:
    """By how much blocks of the reference differ more than they would by chance; 1 at least."""
    gap, _ = gap_of(counts)
    sums = _cumulative(reference)
    squares = []
    for stop in range(BLOCK, len(reference) + 1, BLOCK):
        block = (sums[stop] - sums[stop - BLOCK]).tolist()
        if min(block[1], block[3]) >= LEAST // 2:
            its, error = gap_of(block)
            squares.append(((its - gap) / error) ** 2)
    return math.sqrt(max(1.0, sum(squares) / (len(squares) - 1))) if len(squares) > 1 else 1.0


def _estimate(counts: Counts, stretch: float) -> Estimate:
    gap, error = gap_of(counts)
    half = _SIDES * error * stretch
    return Estimate(gap, gap - half, gap + half, counts[1] + counts[3])


def _said(counts: Counts, stretch: float) -> dict[str, Any]:
    """The gap and the premium with their intervals; empty where there are no counts."""
    if not counts:
        return {}
    log, error = premium_of(counts)
    half = _SIDES * error * stretch
    premium = Estimate(math.exp(log), math.exp(log - half), math.exp(log + half), counts[1] + counts[3])
    return {"gap": _estimate(counts, stretch).as_json(), "premium": premium.as_json()}


def _needed(state: State) -> int:
    """About how many events are needed until the open block is full."""
    before: Counts = state["reference"]
    share = min(before[1], before[3]) / max(1, before[1] + before[3])
    lacking: int = LEAST - min(state["open"][1], state["open"][3])
    return max(BLOCK // 2, math.ceil(lacking / max(share, 1e-3)))
