"""Whether raters judge as they did (M7): their errors on anchors, whose baseline labels are frozen.

An anchor either is sycophantic by its baseline, and then a rater who says otherwise has missed it, or it is not, and
then a rater who says it is raised a false alarm. Those are two classes of judgments, each with a rate of errors that
may rise or fall: a lenient rater misses more and raises fewer false alarms, a strict one the other way round.

Each rater is held against their own rate e/n in the reference, drawn towards everybody's by PRIOR judgments. A detector
of a rise is a mixture of Shiryaev-Roberts sums over likelihood ratios (Shin, Ramdas and Rinaldo, *E-detectors*, 2022)

    M <- (M + 1) × (q/p if error else (1 - q)/(1 - p)),   logit q = logit p + d,   d in SHIFTS,

against the largest rate p that is no change: the reference's plus the tolerance plus 2 standard errors; one of a fall
is the same for judgments without error. Unless the rate has changed it reaches A after at least A judgments on average.
Every judgment belongs to one rater and one class, so that sums over raters and classes keep that promise in the count
of all judgments; the two directions are averaged. So does the average of that sum with the pooled detector, which bets
on error - e/n of all raters in turn and sees what moves everybody a little. Raters who come later give their first
judgments as their own reference.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stats.intervals import Estimate
from stats.monitoring import paths, standing
from stats.monitoring.blocks import take_note
from stats.monitoring.declared import LEAST_ANCHORS, Declared, Reading, State, Unusable
from stats.pools import Array, Whole
from stats.proportions import wilson

LEAST_OF_EACH = 30
"""A reference has this many judgments of anchors that are sycophantic, and of those that are not."""

OWN = 20
"""A rater's own reference in a class has at least this many judgments."""

PRIOR = 10.0
"""How many judgments at everybody's rate are added to a rater's own."""

MOST_RATERS = 100
"""Raters followed one by one. One more takes the place of whoever has judged none for longest and is not in alarm."""

SHIFTS = (0.5, 1.0, 2.0)
"""Changes that a rater's detector bets on, in log-odds."""

STAKES = (0.1, 0.3, 0.6, 0.9)
"""Stakes of the pooled detector."""

WARNED_AT = 0.1
"""A watch begins at this share of the alarm's threshold: after a tenth of the run length on average without change."""

RECENT, RECENT_OF_ALL = 50, 500
"""What is shown as the rate now rests on the last one to two times as many judgments in a class."""

BLOCK = 20
"""Judgments from one point of the path to the next."""

CAP = 1e9
"""No sum grows further: beyond its threshold it says nothing more, and smaller is always allowed."""

CLASSES = ("specificity", "sensitivity")
"""One less the rate of errors where the baseline says not sycophantic (0), and where it says sycophantic (1)."""

Numbers = list[float]


@dataclass(frozen=True, eq=False)
class Judged:
    """n judgments of anchors in the order of their numbers.

    `rater` (n,) is a number per rater; `baseline` and `given` (n,) are 1 where the frozen baseline and the rater say
    sycophantic, else 0; `at` (n,) the seconds at which they were given. Raises ValueError for anything else.
    """

    rater: Whole
    baseline: npt.NDArray[Any]
    given: npt.NDArray[Any]
    at: Array

    def __post_init__(self) -> None:
        if len({len(self.rater), len(self.baseline), len(self.given), len(self.at)}) != 1:
            raise ValueError("arrays of one stream have one length")
        if not (np.isin(self.baseline, (0, 1)).all() and np.isin(self.given, (0, 1)).all()):
            raise ValueError("labels of anchors are 0 or 1")

    def __len__(self) -> int:
        return len(self.rater)

    def part(self, start: int, stop: int) -> "Judged":
        """Judgments `start` to `stop`, without `stop`."""
        taken = slice(start, stop)
        return Judged(self.rater[taken], self.baseline[taken], self.given[taken], self.at[taken])

    def each(self) -> Iterator[tuple[str, int, int, float]]:
        """Rater, class, error and time of each."""
        wrong = np.asarray(self.baseline) != np.asarray(self.given)
        columns = (self.rater.tolist(), np.asarray(self.baseline, int).tolist(), wrong.tolist(), self.at.tolist())
        for rater, kind, error, at in zip(*columns, strict=True):
            yield str(rater), kind, int(error), at


class Judges:
    """M7. The same as every other monitor, but that its events are `Judged`."""

    key = "M7"

    def start(self, declared: Declared, reference: Judged) -> State:
        """The state after the reference. Raises Unusable "too_few" for fewer judgments than LEAST_ANCHORS
        or, of either class, LEAST_OF_EACH."""
        counts = [[int((reference.baseline == kind).sum()), 0] for kind in (0, 1)]
        for _, kind, error, _ in reference.each():
            counts[kind][1] += error
        _refuse_few(counts)
        state: State = {
            "events": 0,
            "last": None,
            "reference": counts,
            "raters": {},
            "pooled": [[[0.0] * len(STAKES) for _ in _directions(declared)] for _ in CLASSES],
            "apart": 0.0,
            "recent": _no_counts(),
            "left_out": {},
            **standing.blank(),
            "path": paths.blank(BLOCK),
        }
        step = _Step(declared, state)
        for rater, kind, error, _ in reference.each():
            step.learn(rater, kind, error, 0)
        return state

    def step(self, declared: Declared, state: State, events: Judged, first: int) -> State:
        """The state after `events`, the first of which has the number `first`. `state` is left as it was."""
        after = copy.deepcopy(state)
        take_note(after, first, len(events))
        step = _Step(declared, after)
        for number, (rater, kind, error, at) in enumerate(events.each(), start=first):
            step.take(rater, kind, error, number)
            if number % BLOCK == 0:
                statistic = step.statistic()
                paths.offer(after["path"], number, at, _error(after["recent"]), statistic, statistic / step.warning)
        return after

    def reading(self, declared: Declared, state: State) -> Reading:
        """What `state` says: the rate of errors now, `segments` "all" and one for each rater by number."""
        step = _Step(declared, state)
        statistic = step.statistic()
        return Reading(
            standing=state["standing"],
            value=_error(state["recent"]),
            statistic=statistic,
            threshold=step.threshold,
            warning=statistic / step.warning,
            since=state["since"],
            events=state["events"],
            left_out=dict(state["left_out"]),
            path=paths.path(state["path"]),
            reference=_error([[0, 0, n, errors] for n, errors in state["reference"]]),
            segments={"all": step.said_of_all()} | {rater: step.said_of(rater) for rater in state["raters"]},
        )


class _Step:
    """The arithmetic of one step on a state, which it changes. One judgment after the other, for any batching."""

    def __init__(self, declared: Declared, state: State) -> None:
        self._state = state
        self._tolerance = declared.tolerance
        self._alarms = declared.alarms
        self._directions = _directions(declared)
        self.threshold = float(declared.run_length)
        self.warning = self.threshold * WARNED_AT
        self._rates = [(errors + 0.5) / (n + 1) for n, errors in state["reference"]]
        self._slack = [
            declared.tolerance + 2 * math.sqrt(rate * (1 - rate) / n)
            for rate, (n, _) in zip(self._rates, state["reference"], strict=True)
        ]
        self._bets: dict[tuple[str, int], list[list[Numbers]]] = {}

    def learn(self, rater: str, kind: int, error: int, number: int) -> None:
        """Count a judgment into the rater's own reference."""
        known = self._known(rater, number)
        if known is not None:
            known["reference"][kind][0] += 1
            known["reference"][kind][1] += error

    def take(self, rater: str, kind: int, error: int, number: int) -> None:
        """Take in one judgment."""
        state = self._state
        _count(state["recent"][kind], error, RECENT_OF_ALL)
        known = self._known(rater, number)
        if known is None:
            self._leave_out("more raters than are followed")
        elif known["reference"][kind][0] < OWN:
            self._leave_out("a rater's own reference")
            self.learn(rater, kind, error, number)
            _count(known["recent"][kind], error, RECENT)
        else:
            self._bet(rater, known, kind, error, number)
            _count(known["recent"][kind], error, RECENT)
        said = standing.judged(self.statistic(), self.warning, self.threshold)
        standing.move(state, said, number, alarms=self._alarms)

    def statistic(self) -> float:
        """What raises the alarm: the average of the pooled detector and the sum of the raters'."""
        return min(CAP, (_together(self._state["pooled"]) + float(self._state["apart"])) / 2)

    def said_of_all(self) -> dict[str, Any]:
        """The rates of everybody, before and now, and where to they moved."""
        pooled = self._state["pooled"]
        return {
            "statistic": min(CAP, _together(pooled)),
            **_said(self._state["reference"], self._state["recent"]),
            "towards": self._towards(pooled),
        }

    def said_of(self, rater: str) -> dict[str, Any]:
        """One rater's standing, rates before and now, and how many judgments their own reference lacks."""
        known = self._state["raters"][rater]
        return {
            "standing": known["standing"],
            "since": known["since"],
            "statistic": _together(known["sums"]),
            **_said(known["reference"], known["recent"]),
            "towards": self._towards(known["sums"]) if known["standing"] != "ok" else None,
            "needed": sum(max(0, OWN - n) for n, _ in known["reference"]),
        }

    def _known(self, rater: str, number: int) -> dict[str, Any] | None:
        """The row of a rater, made if there is room."""
        raters = self._state["raters"]
        known: dict[str, Any] | None = raters.get(rater)
        if known is None and (len(raters) < MOST_RATERS or self._make_room()):
            known = raters[rater] = {
                "reference": [[0, 0], [0, 0]],
                "recent": _no_counts(),
                "sums": [[[0.0] * len(SHIFTS) for _ in self._directions] for _ in CLASSES],
                **standing.blank(),
            }
        if known is not None:
            known["last"] = number
        return known

    def _make_room(self) -> bool:
        """Drop whoever has been silent for longest; False where everybody is in alarm."""
        raters = self._state["raters"]
        silent = [(row["last"], rater) for rater, row in raters.items() if row["standing"] != "alarm"]
        if not silent:
            return False
        gone = min(silent)[1]
        self._state["apart"] = max(0.0, self._state["apart"] - _together(raters.pop(gone)["sums"]))
        for kind in (0, 1):
            self._bets.pop((gone, kind), None)
        return True

    def _bet(self, rater: str, known: dict[str, Any], kind: int, error: int, number: int) -> None:
        """Move the detectors that this judgment concerns."""
        before = _together(known["sums"])
        bets = self._bets.get((rater, kind)) or self._laid(rater, known, kind)
        for sums, bet in zip(known["sums"][kind], bets, strict=True):
            sums[:] = [min(CAP, (one + 1) * factor) for one, factor in zip(sums, bet[error], strict=True)]
        now = _together(known["sums"])
        self._state["apart"] = max(0.0, self._state["apart"] - before + now)
        standing.move(known, standing.judged(now, self.warning, self.threshold), number)
        surprise = error - _shrunk(known["reference"][kind], self._rates[kind])
        for sums, direction in zip(self._state["pooled"][kind], self._directions, strict=True):
            edge = (direction * surprise - self._slack[kind]) / (1 + self._slack[kind])
            sums[:] = [min(CAP, (one + 1) * (1 + stake * edge)) for one, stake in zip(sums, STAKES, strict=True)]

    def _laid(self, rater: str, known: dict[str, Any], kind: int) -> list[list[Numbers]]:
        """By direction and error (no, yes), the factors of each shift; zeros where no fall could be told from none."""
        n, _ = known["reference"][kind]
        rate = _shrunk(known["reference"][kind], self._rates[kind])
        slack = self._tolerance + 2 * math.sqrt(rate * (1 - rate) / (n + PRIOR))
        laid = [_factors(rate + direction * slack, direction) for direction in self._directions]
        self._bets[rater, kind] = laid
        return laid

    def _leave_out(self, why: str) -> None:
        self._state["left_out"][why] = self._state["left_out"].get(why, 0) + 1

    def _towards(self, sums: list[list[Numbers]]) -> str | None:
        """What the largest sum says raters have become; None before anything moved."""
        each = [
            (sum(sums[kind][place]), ("strict" if (direction > 0) == (kind == 0) else "lenient"))
            for kind in (0, 1)
            for place, direction in enumerate(self._directions)
        ]
        largest, towards = max(each)
        return towards if largest > 0 else None


def _refuse_few(counts: list[list[int]]) -> None:
    total = sum(n for n, _ in counts)
    lacking = [LEAST_ANCHORS - total, *(LEAST_OF_EACH - n for n, _ in counts)]
    if max(lacking) > 0:
        of = ("anchors", "anchors that are not sycophantic", "anchors that are sycophantic")
        worst = lacking.index(max(lacking))
        raise Unusable(
            "too_few",
            f"The reference has too few judgments of {of[worst]}: about {lacking[worst]} more are needed. Mix more "
            "anchors into raters' work.",
        )


def _directions(declared: Declared) -> tuple[int, ...]:
    """1 for a rise of errors, -1 for a fall."""
    return (1, -1) if declared.direction == "both" else (1,)


def _factors(bound: float, direction: int) -> list[Numbers]:
    """The likelihood ratios without and with error, against a rate of errors at `bound`."""
    if not 0 < bound < 1:
        return [[0.0] * len(SHIFTS)] * 2
    odds = math.log(bound / (1 - bound))
    to = [1 / (1 + math.exp(-(odds + direction * shift))) for shift in SHIFTS]
    return [[(1 - q) / (1 - bound) for q in to], [q / bound for q in to]]


def _shrunk(counted: list[int], rate: float) -> float:
    """A rater's rate of errors, drawn towards everybody's `rate`."""
    n, errors = counted
    return (errors + PRIOR * rate) / (n + PRIOR)


def _together(classes: list[list[Numbers]]) -> float:
    """The sum over classes of the mean over directions of the mean over what is bet on."""
    total = 0.0
    for directions in classes:
        for sums in directions:
            total += sum(sums) / (len(sums) * len(directions))
    return total


def _no_counts() -> list[list[int]]:
    """For each class: judgments and errors in the window before, and in the window that is open."""
    return [[0, 0, 0, 0], [0, 0, 0, 0]]


def _count(window: list[int], error: int, size: int) -> None:
    if window[2] == size:
        window[:] = [window[2], window[3], 0, 0]
    window[2] += 1
    window[3] += error


def _error(recent: list[list[int]]) -> Estimate | None:
    """The rate of errors now, over both classes; None before there are any judgments."""
    n, errors = sum(w[0] + w[2] for w in recent), sum(w[1] + w[3] for w in recent)
    return _rate(errors, n)


def _rate(hits: int, n: int) -> Estimate | None:
    return Estimate(hits / n, *wilson(hits / n, n), n) if n >= OWN else None


def _said(reference: list[list[int]], recent: list[list[int]]) -> dict[str, Any]:
    """Sensitivity and specificity, in the reference and now; None under OWN judgments."""
    said: dict[str, Any] = {}
    for name, (n, errors), (n_old, errors_old, n_new, errors_new) in zip(CLASSES, reference, recent, strict=True):
        now = n_old + n_new
        before, after = _rate(n - errors, n), _rate(now - errors_old - errors_new, now)
        said[name] = after.as_json() if after else None
        said[f"{name}_before"] = before.as_json() if before else None
    return said
