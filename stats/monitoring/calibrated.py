"""Whether thumbs still say what experts say (M3).

In the reference, a response that got a thumb up was good in an expert's eyes with the chance g(up), one that got a
thumb down with g(down): that is the thumb-model, frozen. Each later event with an expert's label has its Brier loss
(good - g(thumb))² under that model (Brier, *Monthly Weather Review* 78, 1950). Three e-SR detectors (`stats/drift.py`)
bet that the loss exceeds the reference's, that ups are good less often than g(up), and that downs are good more often
than g(down); the last two are there because the loss does not change with the chance where g is near one half. Each
sees its own events, so that (loss + (up + down)) / 2, whose parts keep the promise in the count of their events, keeps
it in the count of all. What the reference's means are unsure by is taken off: 2 standard errors and the tolerance.

Experts' labels are few. Where the reference has too few, those of the events after it are added until it has enough.
"""

import copy
import math
from typing import Any

import numpy as np
from scipy.special import ndtri

from stats.drift import Detector, factors
from stats.intervals import Estimate
from stats.monitoring import paths, standing
from stats.monitoring.blocks import pieces, take_note
from stats.monitoring.declared import Declared, Reading, State
from stats.pools import Array, Whole
from stats.proportions import wilson
from stats.thumbed import Thumbed

LEAST = 200
LEAST_OF_EACH = 20
"""A reference has this many experts' labels, and this many of thumbs up and of thumbs down."""
RECENT = 200
"""What is shown of now rests on the last one to two times as many experts' labels."""
BLOCK = 1000
"""Events from one point of the path to the next."""
WARNED_AT = 0.1
"""A watch begins at this share of the threshold."""
NOT_LABELLED = "no expert's label"
IN_REFERENCE = "the reference's own"

Table = list[list[int]]
"""How many events by thumb (down, up) and by what the expert says (not good, good)."""


class Calibrated:
    """M3."""

    key = "M3"

    def start(self, declared: Declared, reference: Thumbed) -> State:
        state: State = {
            "events": 0,
            "last": None,
            "reference": [[0, 0], [0, 0]],
            "gold": None,
            "detectors": [Detector.fresh().as_json() for _ in range(3)],
            "old": [[0, 0], [0, 0]],
            "new": [[0, 0], [0, 0]],
            "left_out": {NOT_LABELLED: 0, IN_REFERENCE: 0},
            **standing.blank(),
            "path": paths.blank(BLOCK),
        }
        cells = _cells(reference)
        state["reference"] = _added(state["reference"], cells[cells >= 0])
        if not _lacking(state["reference"]):
            state["gold"] = 0
        return state

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        after = copy.deepcopy(state)
        take_note(after, first, len(events))
        cells = _cells(events)
        after["left_out"][NOT_LABELLED] += int((cells < 0).sum())
        place = np.flatnonzero(cells >= 0)
        step = _Step(declared, after)
        step.take(cells[place], place + first)
        for piece, last in pieces(len(events), first, BLOCK):
            start, stop = np.searchsorted(place, (piece.start, piece.stop)).tolist()
            step.show(cells[place[start:stop]], start)
            if last is not None:
                step.draw(last, float(events.at[piece.stop - 1]), stop)
        return after

    def reading(self, declared: Declared, state: State) -> Reading:
        statistic = _joined(*(Detector.from_json(one).value for one in state["detectors"]))
        threshold = float(declared.run_length)
        recent = _sum(state["old"], state["new"])
        known = state["gold"] is not None
        enough = known and _total(recent) >= LEAST_OF_EACH
        return Reading(
            standing=state["standing"],
            value=_loss_change(state["reference"], recent) if enough else None,
            statistic=statistic,
            threshold=threshold,
            warning=statistic / (threshold * WARNED_AT),
            since=state["since"],
            events=state["events"],
            left_out=dict(state["left_out"]),
            path=paths.path(state["path"]),
            segments={
                "now": _said(state["reference"], recent) if enough else {},
                "before": _said(state["reference"], state["reference"]) if known else {},
            },
            needed=None if enough else _needed(state, known, recent),
        )


def _cells(events: Thumbed) -> Whole:
    """2 × thumb + good of each event (n,), -1 without an expert's label."""
    labelled = np.isfinite(events.good)
    good = np.where(labelled, events.good, 0.0) >= 0.5
    cells: Whole = np.where(labelled, 2 * (events.up > 0) + good, -1).astype(np.int64)
    return cells


def _added(table: Table, cells: Whole) -> Table:
    more = np.bincount(cells, minlength=4).reshape(2, 2).tolist()
    return _sum(table, more)


def _sum(one: Table, other: Table) -> Table:
    return [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(one, other, strict=True)]


def _total(table: Table) -> int:
    return sum(map(sum, table))


def _lacking(table: Table) -> int:
    """How many experts' labels a reference lacks."""
    return max(0, LEAST - _total(table), *(LEAST_OF_EACH - sum(row) for row in table))


def _fill(state: State, cells: Whole) -> int:
    """Add labels (n,) to a reference that is not full, in their order, and say when it is; how many of them it took."""
    downs, ups = (np.cumsum(cells // 2 == thumb) + sum(state["reference"][thumb]) for thumb in (0, 1))
    full = np.flatnonzero((downs + ups >= LEAST) & (downs >= LEAST_OF_EACH) & (ups >= LEAST_OF_EACH))
    used = int(full[0]) + 1 if len(full) else len(cells)
    state["reference"] = _added(state["reference"], cells[:used])
    state["left_out"][IN_REFERENCE] += used
    if len(full):
        state["gold"] = 0
    return used


def chances(table: Table) -> tuple[float, float]:
    """g(down) and g(up): the chance that an expert finds the response good."""
    return table[0][1] / sum(table[0]), table[1][1] / sum(table[1])


def losses(model: tuple[float, float]) -> Array:
    """The Brier loss of each cell (4,)."""
    return np.array([model[0] ** 2, (1 - model[0]) ** 2, model[1] ** 2, (1 - model[1]) ** 2])


def _edges(declared: Declared, table: Table) -> Array:
    """What each of the three detectors sees in each cell (3, 4), its reference and slack taken off; nan: nothing.

    Losses and shares lie between 0 and 1; divided by 1 + slack, what is seen is above -1, and factors are positive.
    """
    # Half a label more in each cell: that a reference saw no exception does not say that there are none.
    counts, total = np.array(table) + 0.5, _total(table)
    down, up = (counts[:, 1] / counts.sum(axis=1)).tolist()
    weight = counts.reshape(4) / counts.sum()
    loss = losses((down, up))
    mean = float((weight * loss).sum())
    error = math.sqrt(float((weight * (loss - mean) ** 2).sum()) / total)
    # The model fits its own reference better than anything else: once there, once in what comes after.
    variance = [g * (1 - g) / sum(row) for g, row in zip((down, up), table, strict=True)]
    optimism = 2 * sum(v * sum(row) / total for v, row in zip(variance, table, strict=True))
    slack = [declared.tolerance + 2 * math.sqrt(v) for v in variance]
    of_loss = declared.tolerance + 2 * error + optimism
    nothing = math.nan
    surprise = np.array(
        [
            loss - mean,
            [nothing, nothing, up, up - 1],
            [-down, 1 - down, nothing, nothing],
        ]
    )
    allowed = np.array([of_loss, slack[1], slack[0]])[:, None]
    seen: Array = (surprise - allowed) / (1 + allowed)
    return seen


class _Step:
    """The arithmetic of one step on a state, which it changes."""

    def __init__(self, declared: Declared, state: State) -> None:
        self._declared = declared
        self._state = state
        self._threshold = float(declared.run_length)
        self._used = 0
        self._statistic = np.empty(0)

    def take(self, cells: Whole, numbers: Whole) -> None:
        """Take in experts' labels by cell (n,), of events of these numbers (n,)."""
        state = self._state
        if state["gold"] is None:
            self._used = _fill(state, cells)
        detectors = [Detector.from_json(one) for one in state["detectors"]]
        each = [np.array([one.value]) for one in detectors]
        if state["gold"] is not None:
            edges = _edges(self._declared, state["reference"])
            left = cells[self._used :]
            for place, detector in enumerate(detectors):
                seen = edges[place][left]
                mine = np.isfinite(seen)
                path, detectors[place] = detector.after(factors(seen[mine]))
                each[place] = np.concatenate([each[place], path])[np.concatenate([[0], np.cumsum(mine)])]
        self._statistic = _joined(*each)
        moved, at = self._statistic[1:], numbers[self._used :]
        standing.follow(state, moved, at[: len(moved)], self._threshold, WARNED_AT, alarms=self._declared.alarms)
        state["detectors"] = [one.as_json() for one in detectors]

    def show(self, cells: Whole, start: int) -> None:
        """Count labels (n,), before which `start` of this step came, into what is shown of now."""
        state = self._state
        left = cells[max(0, self._used - start) :]
        if state["gold"] is None or not len(left):
            return
        for piece, last in pieces(len(left), state["gold"] + 1, RECENT):
            state["new"] = _added(state["new"], left[piece])
            if last is not None:
                state["old"], state["new"] = state["new"], [[0, 0], [0, 0]]
        state["gold"] += len(left)

    def draw(self, last: int, at: float, stop: int) -> None:
        """Offer a point of the path at the end of a block, until which `stop` labels of this step came."""
        recent = _sum(self._state["old"], self._state["new"])
        change = _loss_change(self._state["reference"], recent) if _total(recent) >= LEAST_OF_EACH else None
        statistic = float(self._statistic[min(max(0, stop - self._used), len(self._statistic) - 1)])
        near = statistic / (self._threshold * WARNED_AT)
        paths.offer(self._state["path"], last, at, change, statistic, near)


def _joined(loss: Any, ups: Any, downs: Any) -> Any:
    """The statistic: (loss + (up + down)) / 2."""
    return (loss + (ups + downs)) / 2


def _loss_change(reference: Table, recent: Table) -> Estimate:
    """By how much the Brier loss of the frozen thumb-model is above its reference's."""
    loss = losses(chances(reference))
    parts = []
    for table in (recent, reference):
        n = _total(table)
        weight = np.array(table, dtype=float).reshape(4) / n
        mean = float((weight * loss).sum())
        parts.append((mean, float((weight * (loss - mean) ** 2).sum()) / n))
    change = parts[0][0] - parts[1][0]
    half = 1.96 * math.sqrt(parts[0][1] + parts[1][1])
    return Estimate(change, change - half, change + half, _total(recent))


def _said(reference: Table, table: Table) -> dict[str, Any]:
    """What thumbs said against experts, the model being the reference's."""
    downs, ups = table
    model, n = chances(reference), _total(table)
    weight = np.array(table, dtype=float).reshape(4) / n
    return {
        "good_if_up": _share(ups[1], sum(ups)),
        "bad_if_down": _share(downs[0], sum(downs)),
        "brier": float((weight * losses(model)).sum()),
        "calibration_error": _calibration_error(model, table),
        "experts": n,
    }


def _share(hits: int, n: int) -> dict[str, float | int] | None:
    """None under LEAST_OF_EACH labels."""
    return Estimate(hits / n, *wilson(hits / n, n), n).as_json() if n >= LEAST_OF_EACH else None


def _calibration_error(model: tuple[float, float], table: Table) -> dict[str, float | int]:
    """The expected calibration error: by how much the model is off, over thumbs down and up.

    Its interval holds both bins' errors at once (Bonferroni).
    """
    side = float(ndtri(1 - 0.025 / 2))
    n = _total(table)
    error = low = high = 0.0
    for g, row in zip(model, table, strict=True):
        if m := sum(row):
            off = abs(row[1] / m - g)
            half = side * math.sqrt(g * (1 - g) / m)
            error += m / n * off
            low += m / n * max(0.0, off - half)
            high += m / n * min(1.0, off + half)
    return Estimate(error, low, high, n).as_json()


def _needed(state: State, known: bool, recent: Table) -> int | None:
    """About how many more events it takes; None where no expert has said anything yet."""
    lacking = LEAST_OF_EACH - _total(recent) if known else _lacking(state["reference"])
    labelled = _total(state["reference"]) + _total(recent)
    left = state["left_out"][NOT_LABELLED]
    seen = state["events"] - left
    share: float | None = seen / state["events"] if state["events"] and seen else None
    if share is None:
        return None if not labelled else lacking
    return math.ceil(lacking / share)
