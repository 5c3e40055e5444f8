"""Whether as many events come as did, with as much said of each (M8): a Shewhart chart of days. For display.

Days are UTC days of the time at which labels were ready. The reference's days, the first of which is cut and does not
count, and as many after them as make LEAST_DAYS, give the limits. Of a count x the transform 2 √(x + 3/8) (Anscombe,
*Biometrika* 35, 1948) has a deviation of about 1 if events come by chance alone; centre and deviation are the median
and 1.4826 times the median absolute deviation, so that odd days in the reference do not widen the limits, and at least
1. A day is out beyond SIDES deviations: by chance one in 370. Two or more days without any event in the reference
(weekends) make such days ordinary: they set no limits and are not judged. Shares of events without a label of warmth,
without something known of their context, or whose labels were late, have a p-chart with the same limits, stretched by
how the reference's days differ.

A day is judged when an event of a later day has come. Events that come from a day before that are left out. Where it is
known when thumbs were given, a label counts as late if it took longer than LATE of those in the reference did.
"""

import copy
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from stats.intervals import Estimate
from stats.monitoring import standing
from stats.monitoring.blocks import take_note
from stats.monitoring.declared import Declared, Reading, State
from stats.pools import Array, Mask
from stats.thumbed import Thumbed

DAY = 86_400
LEAST_DAYS = 14
MOST_DAYS = 60
"""A reference has no more days than this, and no more empty days are filled in at once."""
SHOWN_DAYS = 200
RECENT = 7
LATE = 0.9
SIDES = 3.0
_MAD = 1.4826
CLOCK = "a clock that went back"

SHARES = ("warmth not labelled", "context not known", "labels late")

Day = list[int]
"""The day's number, its events, how many lack what SHARES names, and the number of the event by which it was over."""


class Volume:
    """M8."""

    key = "M8"

    def start(self, declared: Declared, reference: Thumbed) -> State:
        """The state after the reference. What it lacks of LEAST_DAYS comes from the days after it."""
        state: State = {
            "events": 0,
            "last": None,
            "day": None,
            "cut": True,
            "open": [0] * (1 + len(SHARES)),
            "late": None if reference.said is None else float(np.quantile(reference.at - reference.said, LATE)),
            "reference": [],
            "full": False,
            "days": [],
            "left_out": {CLOCK: 0},
            **standing.blank(),
        }
        for day in _over(state, reference, 0):
            state["reference"] = [*state["reference"], day][-MOST_DAYS:]
        state["full"] = len(state["reference"]) >= LEAST_DAYS
        state["left_out"][CLOCK] = 0
        return state

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        after = copy.deepcopy(state)
        take_note(after, first, len(events))
        limits = _Limits(after)
        for day in _over(after, events, first):
            if after["full"]:
                after["days"] = [*after["days"], day][-SHOWN_DAYS:]
                said = standing.judged(limits.furthest(day), SIDES, math.inf)
                standing.move(after, said, day[-1], alarms=False)
            else:
                after["reference"].append(day)
                after["full"] = len(after["reference"]) >= LEAST_DAYS
                limits = _Limits(after)
        return after

    def reading(self, declared: Declared, state: State) -> Reading:
        """Events a day over the last RECENT days; `segments` have the limits and the days by what is counted."""
        limits, days = _Limits(state), state["days"]
        statistic = limits.furthest(days[-1]) if days else 0.0
        return Reading(
            standing=state["standing"],
            value=limits.rate(days[-RECENT:]),
            statistic=statistic,
            threshold=SIDES,
            warning=statistic / SIDES,
            since=state["since"],
            events=state["events"],
            left_out=dict(state["left_out"]),
            path=[limits.point(day) for day in days],
            segments=limits.said(days) if state["full"] else {},
            reference=limits.rate(state["reference"]) if state["full"] else None,
            needed=None if days else _needed(state),
        )


class _Limits:
    """What is ordinary, from the reference's days."""

    def __init__(self, state: State) -> None:
        days = np.array(state["reference"], dtype=float).reshape(-1, 3 + len(SHARES))
        some = days[:, 1] > 0
        self._rests = int((~some).sum()) >= 2
        if self._rests:
            days = days[some]
        counts = np.array([_transformed(n) for n in days[:, 1]])
        self.centre = float(np.median(counts)) if len(counts) else 0.0
        self.deviation = max(1.0, _MAD * float(np.median(np.abs(counts - self.centre)))) if len(counts) else 1.0
        self._late = state["late"]
        self._shares = [_share(days[:, 1], days[:, 2 + place]) for place in range(len(SHARES))]

    def off(self, day: Day) -> list[float]:
        """By how many deviations the day's count and its shares are off."""
        _, n, *lacking, _ = day
        if n == 0:
            return [0.0 if self._rests else (_transformed(0.0) - self.centre) / self.deviation]
        off = [(_transformed(float(n)) - self.centre) / self.deviation]
        for (share, stretch), k in zip(self._shares, lacking, strict=True):
            off.append((k / n - share) / (stretch * math.sqrt(share * (1 - share) / n)))
        return off

    def furthest(self, day: Day) -> float:
        """By how many deviations the day is off at most, in either direction."""
        return max(map(abs, self.off(day)))

    def rate(self, days: list[Day]) -> Estimate | None:
        """Events a day, from the mean of these days' transformed counts; None without any."""
        counts = [float(n) for _, n, *_ in days if n or not self._rests]
        if not counts:
            return None
        middle = sum(map(_transformed, counts)) / len(counts)
        half = 1.96 * self.deviation / math.sqrt(len(counts))
        return Estimate(_back(middle), _back(middle - half), _back(middle + half), len(counts))

    def point(self, day: Day) -> dict[str, Any]:
        """The day in the path."""
        number, n, *_, event = day
        furthest = self.furthest(day)
        at = float((number + 1) * DAY)
        return {"event": event, "at": at, "value": float(n), "statistic": furthest, "warning": furthest / SIDES}

    def said(self, days: list[Day]) -> dict[str, dict[str, Any]]:
        """What is ordinary, and each day's [number, value], by what is counted."""
        sides = SIDES * self.deviation
        said: dict[str, dict[str, Any]] = {
            "events a day": {
                "low": _back(self.centre - sides),
                "high": _back(self.centre + sides),
                "rests": self._rests,
                "days": [day[:2] for day in days],
            }
        }
        for place, name in enumerate(SHARES):
            share, stretch = self._shares[place]
            each = [[day[0], day[2 + place] / day[1] if day[1] else None] for day in days]
            said[name] = {"before": share, "stretch": stretch, "days": each}
        if self._late is None:
            del said[SHARES[2]]
        else:
            said[SHARES[2]]["late_after"] = self._late
        return said


def _transformed(count: float) -> float:
    return 2 * math.sqrt(count + 3 / 8)


def _back(transformed: float) -> float:
    return max(0.0, (max(0.0, transformed) / 2) ** 2 - 3 / 8)


def _share(n: Array, k: Array) -> tuple[float, float]:
    """The share over days and by how much more than chance days differ; half an event more keeps it off 0 and 1."""
    share = float((k.sum() + 0.5) / (n.sum() + 1))
    some = n > 0
    if some.sum() < 2:
        return share, 1.0
    squares = (k[some] / n[some] - share) ** 2 / (share * (1 - share) / n[some])
    return share, math.sqrt(max(1.0, float(squares.sum()) / (int(some.sum()) - 1)))


def _over(state: State, events: Thumbed, first: int) -> Iterator[Day]:
    """The days that are over by `events`, the empty ones too; what came since stays in `state`."""
    if not len(events):
        return
    day = np.floor_divide(events.at, DAY).astype(np.int64)
    before = int(day[0]) if state["day"] is None else state["day"]
    latest = np.maximum(np.maximum.accumulate(day), before)
    late = day < latest
    state["left_out"][CLOCK] += int(late.sum())
    columns = [~late, *(column & ~late for column in _lacking(events, state["late"]))]
    begins = np.flatnonzero(np.diff(latest, prepend=before)).tolist()
    state["day"] = before
    for place, (start, stop) in enumerate(pairwise([0, *begins, len(events)])):
        if place:
            yield from _ended(state, int(latest[start]), first + start)
        state["open"] = [a + int(c[start:stop].sum()) for a, c in zip(state["open"], columns, strict=True)]


def _ended(state: State, day: int, event: int) -> Iterator[Day]:
    """The open day and the empty ones up to `day`, which the event of this number begins."""
    if not state["cut"]:
        yield [state["day"], *state["open"], event]
    for empty in range(max(state["day"] + 1, day - MOST_DAYS), day):
        yield [empty, *[0] * (1 + len(SHARES)), event]
    state["day"], state["open"], state["cut"] = day, [0] * (1 + len(SHARES)), False


def _lacking(events: Thumbed, late: float | None) -> tuple[Mask, Mask, Mask]:
    """Which events (n,) lack what SHARES names; labels took `late` seconds or more to be late."""
    unknown = np.any([codes.code < 0 for codes in events.factors.values()], axis=0)
    if late is None or events.said is None:
        return np.isnan(events.warm), unknown, np.zeros(len(events), dtype=bool)
    return np.isnan(events.warm), unknown, events.at - events.said > late


def _needed(state: State) -> int | None:
    """About how many events come until the first day is judged; None before a day is over."""
    days: list[int] = [n for _, n, *_ in state["reference"]]
    if not days:
        return None
    return math.ceil((LEAST_DAYS - len(days) + 1) * sum(days) / len(days))
