"""Whether who leaves a thumb has changed (M4): thumbs that were asked for against those that were not. For display.

A random share of turns is asked for a thumb; other thumbs are left by whoever wants to. Two things are watched:

- **The effect.** With the scores u and information i of the reference's fit (`stats/monitoring/scoring.py`), Σu / Σi
  over thumbs of one kind is by how much more flattery does among them than the fit says (one Newton step); unsolicited
  less solicited is what choosing to click adds. One step shows large differences too small, and is enough to see that
  they moved: it is a watch where z against the same difference in the reference is beyond SIDES. Standard errors are
  stretched by how much more than chance users' sums differ in the reference.
- **The share.** Among sycophantic responses, and among others, e-SR detectors (`stats/drift.py`) bet in both directions
  that more or fewer of the thumbs are solicited than in the reference, segment by segment, by more than 2 standard
  errors and the tolerance. Each thumb is in one of the two, so that their sum keeps the promise.

How many turns got no thumb at all is not in these arrays: rates of feedback cannot be had from thumbs alone.
"""

import copy
import math
from typing import Any

import numpy as np

from stats.drift import Detector, factors
from stats.intervals import Estimate
from stats.monitoring import paths, standing
from stats.monitoring.blocks import counted, pieces, take_note, until_end
from stats.monitoring.coefficients import BIAS
from stats.monitoring.declared import Declared, Reading, State
from stats.monitoring.scoring import Scorer, Scores, fitted
from stats.pools import Array, Whole
from stats.proportions import wilson
from stats.thumbed import Thumbed

SOLICITED, UNSOLICITED = "yes", "no"
BLOCK = 1000
CHUNK = 65_536
"""Events taken at a time, to keep memory small."""
RECENT = 8
"""So many blocks make what is said of now."""
LEAST = 50
"""Thumbs of a kind under which nothing is said of it."""
PRIOR = 10.0
"""How many thumbs at the share of all are added to a segment's own."""
MOST_SEGMENTS = 30
SIDES = 3.0
KINDS = ("solicited", "unsolicited")
DIRECTIONS = (1, -1)
GROUPS = ("not sycophantic", "sycophantic")
NOT_KNOWN = "not known whether it was asked for"


class Selection:
    """M4."""

    key = "M4"

    def start(self, declared: Declared, reference: Thumbed) -> State:
        """The state after the reference. Raises Unusable where the reference cannot be fitted."""
        scorer = fitted(BIAS.question, reference)
        segments = _segments(reference)
        sums = _Sums(scorer, segments, reference)
        whole = slice(0, len(reference))
        return {
            "events": 0,
            "last": None,
            "scorer": scorer.as_json(),
            "segments": segments,
            "effects": sums.effects(whole, np.zeros((2, 4))).tolist(),
            "stretch": _stretch(sums, reference),
            "shares": sums.shares(whole).tolist(),
            "open": _blank(segments),
            "recent": [],
            "detectors": [[Detector.fresh().as_json() for _ in DIRECTIONS] for _ in GROUPS],
            "left_out": {},
            **standing.blank(),
            "path": paths.blank(BLOCK),
        }

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        after = copy.deepcopy(state)
        take_note(after, first, len(events))
        for start in range(0, len(events), CHUNK):
            _step(declared, after, events.part(start, min(start + CHUNK, len(events))), first + start)
        return after

    def reading(self, declared: Declared, state: State) -> Reading:
        """The difference of the effects now; `segments` have the effects and the shares, before and now."""
        statistic = _Shares(declared, state).statistic
        value = _difference(_recent(state, "effects"), state["stretch"]) if state["recent"] else None
        return Reading(
            standing=state["standing"],
            value=value,
            statistic=statistic,
            threshold=float(declared.run_length),
            warning=_near(declared, statistic, _z(state)),
            since=state["since"],
            events=state["events"],
            left_out=dict(state["left_out"]),
            path=paths.path(state["path"]),
            segments=_said(state),
            reference=_difference(np.array(state["effects"]), state["stretch"]),
            needed=None if value else _needed(state),
        )


def _step(declared: Declared, state: State, events: Thumbed, first: int) -> None:
    """Take `events` into `state`."""
    sums = _Sums(Scorer.from_json(BIAS.question, state["scorer"]), state["segments"], events)
    state["left_out"] = counted(state["left_out"], sums.left_out)
    statistic = _Shares(declared, state).after(sums)
    for piece, last in pieces(len(events), first, BLOCK):
        now = state["open"]
        now["effects"] = sums.effects(piece, np.array(now["effects"])).tolist()
        now["shares"] = (np.array(now["shares"]) + sums.shares(piece)).tolist()
        if last is not None:
            state["recent"] = [*state["recent"], now][-RECENT:]
            state["open"] = _blank(state["segments"])
            _close(declared, state, float(statistic[piece.stop - 1]), last, float(events.at[piece.stop - 1]))


class _Sums:
    """What is added up of `events`: places (n,) by kind and group, scores (n,) where there are any."""

    def __init__(self, scorer: Scorer, segments: list[str], events: Thumbed) -> None:
        places = events.factors["solicited"].on((SOLICITED, UNSOLICITED)).astype(np.int64)
        self.asked: Whole = np.where(places < 0, -1, 1 - places)
        self.group: Whole = (events.sycophantic >= 0.5).astype(np.int64)
        # The last place is for segments that the reference does not have, or not often.
        segment = events.factors["segment"].on(tuple(segments)).astype(np.int64)
        self.segment: Whole = np.where(segment < 0, len(segments), segment)
        scores = scorer.scores(events)
        self.score, self.information = _spread(scores)
        self.left_out = dict(scores.rows.left_out)
        if unknown := int(((self.asked < 0) & scores.rows.kept).sum()):
            self.left_out[NOT_KNOWN] = unknown
        self._segments = len(segments) + 1

    def effects(self, piece: slice, carried: Array) -> Array:
        """By kind (2, 4): the sums of score, information, score squared, and number, added to those `carried`."""
        kept = (self.asked[piece] >= 0) & np.isfinite(self.score[piece])
        score = self.score[piece][kept]
        kind = np.concatenate([[0, 1], 1 - self.asked[piece][kept]])
        columns = (score, self.information[piece][kept], score**2, np.ones(len(score)))
        # What is carried comes first, so that the sum is the same whatever the batches.
        return np.stack(
            [np.bincount(kind, np.concatenate([old, new])) for old, new in zip(carried.T, columns, strict=True)],
            axis=1,
        )

    def shares(self, piece: slice) -> Whole:
        """Thumbs (2, s, 2) by group, segment, and whether they were asked for."""
        kept = self.asked[piece] >= 0
        place = (self.group[piece] * self._segments + self.segment[piece]) * 2 + self.asked[piece]
        counts = np.bincount(place[kept], minlength=4 * self._segments)
        return counts.reshape(2, self._segments, 2)


class _Shares:
    """The detectors of the shares within one step on a state."""

    def __init__(self, declared: Declared, state: State) -> None:
        self._state = state
        self._detectors = [[Detector.from_json(one) for one in group] for group in state["detectors"]]
        table = np.array(state["shares"], dtype=float)
        n = table.sum(axis=(1, 2))
        share = (table[:, :, 1].sum(axis=1) + 0.5) / (n + 1)
        self._share = (table[:, :, 1] + PRIOR * share[:, None]) / (table.sum(axis=2) + PRIOR)
        self._slack = declared.tolerance + 2 * np.sqrt(share * (1 - share) / np.maximum(n, 1))

    @property
    def statistic(self) -> float:
        """The sum over groups of the mean over directions."""
        return sum(one.value for group in self._detectors for one in group) / len(DIRECTIONS)

    def after(self, sums: _Sums) -> Array:
        """The statistic (n,) after each of n events, which are taken into the state."""
        total = np.zeros(len(sums.asked))
        for place, detectors in enumerate(self._detectors):
            mine = (sums.group == place) & (sums.asked >= 0)
            seen = np.cumsum(mine)
            surprise = sums.asked[mine] - self._share[place][sums.segment[mine]]
            for row, direction in enumerate(DIRECTIONS):
                before = [detectors[row].value]
                # Divided so that what is seen is above -1, and factors are positive.
                excess = (direction * surprise - self._slack[place]) / (1 + self._slack[place])
                path, detectors[row] = detectors[row].after(factors(excess))
                total += np.concatenate([before, path])[seen] / len(DIRECTIONS)
        self._state["detectors"] = [[one.as_json() for one in group] for group in self._detectors]
        return total


def _spread(scores: Scores) -> tuple[Array, Array]:
    """Score and information of all events (n,), nan and 0 where there are none."""
    kept = scores.rows.kept
    score, information = np.full(len(kept), math.nan), np.zeros(len(kept))
    score[kept], information[kept] = scores.score, scores.information
    return score, information


def _segments(reference: Thumbed) -> list[str]:
    """The reference's segments, the most frequent ones."""
    codes = reference.factors["segment"]
    counts = np.bincount(codes.code[codes.code >= 0], minlength=len(codes.levels))
    falling = sorted(range(len(codes.levels)), key=lambda place: (-counts[place], codes.levels[place]))
    return [codes.levels[place] for place in falling if counts[place] >= LEAST][:MOST_SEGMENTS]


def _stretch(sums: _Sums, reference: Thumbed) -> float:
    """By how much users' sums of scores differ more than they would if thumbs were independent; 1 at least."""
    kept = np.isfinite(sums.score)
    _, user = np.unique(reference.user[kept], return_inverse=True)
    by_user = np.bincount(user, sums.score[kept])
    return math.sqrt(max(1.0, float((by_user**2).sum() / (sums.score[kept] ** 2).sum())))


def _blank(segments: list[str]) -> dict[str, Any]:
    return {"effects": [[0.0] * 4] * 2, "shares": [[[0, 0]] * (len(segments) + 1)] * 2}


def _close(declared: Declared, state: State, statistic: float, last: int, at: float) -> None:
    """Look at both at the end of a block."""
    near = _near(declared, statistic, _z(state))
    standing.move(state, standing.judged(near, 1.0, math.inf), last)
    value = _difference(_recent(state, "effects"), state["stretch"])
    paths.offer(state["path"], last, at, value, statistic, near)


def _near(declared: Declared, statistic: float, z: float | None) -> float:
    """How near either is to a watch, 1 being there."""
    return max(statistic / declared.run_length, abs(z or 0.0) / SIDES)


def _recent(state: State, what: str) -> Array:
    total: Array = np.array([block[what] for block in state["recent"]], dtype=float).sum(axis=0)
    return total


def _effect(sums: Array, stretch: float) -> tuple[float, float] | None:
    """The effect beyond the fit's in one kind of thumbs and its standard error; None for too few."""
    score, information, squares, n = sums.tolist()
    if n < LEAST or information <= 0 or information < 3 * math.sqrt(squares) / n:
        return None
    return score / information, stretch * math.sqrt(squares) / information


def _difference(effects: Array, stretch: float) -> Estimate | None:
    """Unsolicited less solicited."""
    found = [_effect(sums, stretch) for sums in effects]
    if found[0] is None or found[1] is None:
        return None
    difference = found[1][0] - found[0][0]
    half = 1.96 * math.hypot(found[0][1], found[1][1])
    return Estimate(difference, difference - half, difference + half, int(effects[:, 3].sum()))


def _z(state: State) -> float | None:
    """The difference now against that in the reference, in standard errors."""
    if not state["recent"]:
        return None
    now = _difference(_recent(state, "effects"), state["stretch"])
    before = _difference(np.array(state["effects"]), state["stretch"])
    if now is None or before is None:
        return None
    error = math.hypot(now.high - now.low, before.high - before.low) / (2 * 1.96)
    return (now.estimate - before.estimate) / error


def _said(state: State) -> dict[str, dict[str, Any]]:
    """Effects by kind and shares of what was asked for, by group and by segment."""
    effects = {"before": np.array(state["effects"])}
    shares = {"before": np.array(state["shares"])}
    if state["recent"]:
        effects["now"], shares["now"] = _recent(state, "effects"), _recent(state, "shares")
    said: dict[str, dict[str, Any]] = {"difference": {}}
    for when, sums in effects.items():
        difference = _difference(sums, state["stretch"])
        said["difference"][when] = difference.as_json() if difference else None
    for place, group in enumerate(GROUPS):
        said[group] = {when: _share(table[place].sum(axis=0)) for when, table in shares.items()}
    for place, segment in enumerate(state["segments"]):
        of_segment = {when: table[:, place] for when, table in shares.items()}
        said[f"segment:{segment}"] = {
            group: {when: _share(table[row]) for when, table in of_segment.items()} for row, group in enumerate(GROUPS)
        }
    return said


def _share(counts: Array) -> dict[str, float | int] | None:
    n, hits = int(counts.sum()), int(counts[1])
    return Estimate(hits / n, *wilson(hits / n, n), n).as_json() if n >= LEAST else None


def _needed(state: State) -> int | None:
    """About how many events it takes for LEAST thumbs of each kind; None where the reference has none of one."""
    before = np.array(state["effects"])[:, 3]
    rarest = int(before.argmin())
    share = float(before[rarest] / before.sum())
    if not share:
        return None
    now = sum(float(block["effects"][rarest][3]) for block in [*state["recent"], state["open"]])
    return max(until_end(state, BLOCK), math.ceil(max(0.0, LEAST - now) / share))
