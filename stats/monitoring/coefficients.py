"""Monitors of a coefficient by its efficient score: the bias itself (M1), conflation (M5), the effect of memory (M9).

An alarm comes from a weighted average of e-SR detectors: one over all events, and for each of segment, memory and arm
the sum of one detector per level, whose clocks add up to the clock of all. The weights are fixed. A detector allows its
scores a mean of

    epsilon = tolerance x information + 2 standard errors of the reference's mean score,

since the reference is an estimate; a level's detector is centred on that level's mean in the reference. The warning
comes from a CUSUM that is tuned to half of a rise of DESIGNED log-odds, at the same run length, on scores drawn from
the reference.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stats.drift import BETS, Cusum, Detector, cusum_threshold, e_bh, factors
from stats.intervals import Estimate, standard_error
from stats.monitoring.declared import Declared, Reading, Standing, State, Unusable
from stats.monitoring.scoring import FARTHEST, MODIFIERS, Question, Scorer, Scores, fitted
from stats.monitoring.timeline import Timeline
from stats.pools import Array, Mask, Whole
from stats.thumbed import Thumbed

OVERALL = 0.7
"""The weight of the detector over all events; the rest is shared alike by the factors in MODIFIERS."""
ERRORS = 2.0
DESIGNED = 0.4
LEAST_EVENTS, LEAST_INFORMATION = 400, 10.0
"""A level has a detector of its own from so many events in the reference on, and so much information in all."""
RECENT = 2000
"""The coefficient now is that of at least so many events."""
LEAST_SHOWN = 200

_CHUNK = 65_536
_LEAST_USERS = 50
_HALF = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Watched:
    """A detector of scores less `centre`, of which it allows the mean `epsilon`; the reference has so many `events`."""

    centre: float
    epsilon: float
    events: int
    detector: Detector

    @classmethod
    def over(
        cls, declared: Declared, score: Array, information: Array, user: Whole, *, centred: bool = True
    ) -> "Watched":
        """One that has seen nothing, for scores like these (n,) of the reference. Raises Unusable "tolerance"."""
        epsilon = declared.tolerance * float(information.mean()) + ERRORS * _error(score, user)
        centre = float(score.mean()) if centred else 0.0
        if centre + epsilon >= 1 / max(BETS) - FARTHEST:
            raise Unusable(
                "tolerance",
                f"{declared.key} tolerates {declared.tolerance:g} log-odds, more than any rise that can be found. "
                "Declare a smaller tolerance.",
            )
        return cls(centre, epsilon, len(score), Detector.fresh())

    def after(self, score: Array) -> tuple[Array, "Watched"]:
        """M (n,) after each of n events, and itself after all of them."""
        path, detector = self.detector.after(factors(score - self.centre - self.epsilon))
        return path, replace(self, detector=detector)

    def as_json(self) -> State:
        detector = self.detector.as_json()
        return {"centre": self.centre, "epsilon": self.epsilon, "events": self.events, "detector": detector}

    @classmethod
    def from_json(cls, stored: State) -> "Watched":
        return cls(stored["centre"], stored["epsilon"], stored["events"], Detector.from_json(stored["detector"]))


@dataclass(frozen=True, slots=True)
class Coefficient:
    """The monitor of one coefficient."""

    key: str
    question: Question

    def start(self, declared: Declared, reference: Thumbed) -> State:
        """The reference's fit, detectors that have seen nothing. Raises Unusable."""
        if declared.direction != "up":
            raise Unusable("direction", f"{self.key} is watched for a rise only. Declare its direction as up.")
        scorer = fitted(self.question, reference)
        scores = scorer.scores(reference)
        user = reference.user[scores.rows.kept]
        spread = float(scores.score.std())
        information = float(scores.information.mean())
        allowance = _allowance(declared, information, spread)
        drawn = np.random.default_rng([declared.run_length, len(scores.score)])
        overall = Watched.over(declared, scores.score, scores.information, user, centred=False)
        levels = {
            f"{name}:{level}": Watched.over(declared, scores.score[here], scores.information[here], user[here])
            for name in MODIFIERS
            for row, level in enumerate(scorer.levels[name])
            if _has_enough(scores, here := scores.rows.codes[name] == row)
        }
        return {
            "scorer": scorer.as_json(),
            "reference": {
                "events": len(reference),
                "used": len(scores.score),
                "left_out": dict(scores.rows.left_out),
                "effect": _effect(scorer, scores),
                "spread": spread,
                "stretch": _error(scores.score, user) / (spread / math.sqrt(len(user))),
                "information": information,
            },
            "overall": overall.as_json(),
            "levels": {name: one.as_json() for name, one in levels.items()},
            "cusum": Cusum().as_json(),
            "allowance": allowance,
            "limit": cusum_threshold(
                (scores.score - scores.score.mean()) / spread - allowance, declared.run_length, drawn
            ),
            "watched": None,
            "alarm": None,
            "zero": None,
            "last": None,
            "events": 0,
            "left_out": {},
            "sums": [0, 0.0, 0.0, 0.0],
            "timeline": Timeline().as_json(),
        }

    def step(self, declared: Declared, state: State, events: Thumbed, first: int) -> State:
        """The state after `events`. Raises ValueError for numbers that have been seen."""
        if state["last"] is not None and first <= state["last"]:
            raise ValueError(f"event {first} has been seen: the last was {state['last']}")
        scorer = Scorer.from_json(self.question, state["scorer"])
        for begin in range(0, len(events), _CHUNK):
            part = events.part(begin, min(begin + _CHUNK, len(events)))
            state = _stepped(declared, scorer, state, part, first + begin)
        return state

    def reading(self, declared: Declared, state: State) -> Reading:
        """What `state` says."""
        known = state["reference"]
        alarm, watched = state["alarm"], state["watched"]
        standing: Standing = "alarm" if alarm else "watch" if watched is not None else "ok"
        return Reading(
            standing=standing,
            value=_recent(state, state["sums"]),
            statistic=_statistic(state),
            threshold=float(declared.run_length),
            warning=Cusum.from_json(state["cusum"]).value / state["limit"],
            since=alarm["event"] if alarm else watched,
            events=state["events"],
            left_out=dict(state["left_out"]),
            path=_path(state),
            segments=_by_level(declared, state),
            reference=_reference(known),
        )


def _stepped(declared: Declared, scorer: Scorer, state: State, events: Thumbed, first: int) -> State:
    scores = scorer.scores(events)
    used = np.flatnonzero(scores.rows.kept)
    number = first + used
    statistic, watched = _detected(state, scores)
    spread = state["reference"]["spread"]
    warning, cusum = Cusum.from_json(state["cusum"]).after(scores.score / spread - state["allowance"])
    sums = _sums(state["sums"], scores)
    zero = first - 1 if state["zero"] is None else state["zero"]
    after = {
        **state,
        **watched,
        "cusum": cusum.as_json(),
        "zero": _last(number, warning == 0, zero),
        "watched": _watched(state, number, warning),
        "last": first + len(events) - 1,
        "events": state["events"] + len(events),
        "left_out": _added(state["left_out"], scores.rows.left_out),
        "sums": [column.tolist()[-1] for column in sums] if len(used) else state["sums"],
    }
    hits = np.flatnonzero(statistic >= declared.run_length)
    if len(hits) and declared.alarms and state["alarm"] is None:
        hit = int(hits[0])
        after["alarm"] = {
            "event": int(number[hit]),
            "at": float(events.at[used[hit]]),
            "statistic": float(statistic[hit]),
            "zero": _last(number[: hit + 1], warning[: hit + 1] == 0, zero),
            "named": list(_named(declared, state, scores, hit + 1)),
        }
    seen = np.cumsum(scores.rows.kept)
    before = [*state["sums"], _statistic(state), Cusum.from_json(state["cusum"]).value]
    columns = [np.concatenate([[start], path]) for start, path in zip(before, [*sums, statistic, warning], strict=True)]
    timeline = Timeline.from_json(state["timeline"])
    kept = timeline.after(first, events.at, lambda rows: [column[seen[rows]] for column in columns])
    after["timeline"] = kept.as_json()
    return after


def _detected(state: State, scores: Scores) -> tuple[Array, State]:
    """The statistic (m,) after each of the events that can be used, and the detectors after all of them."""
    path, overall = Watched.from_json(state["overall"]).after(scores.score)
    statistic = OVERALL * path
    levels = {}
    for name, stored in state["levels"].items():
        one, here = Watched.from_json(stored), _at_level(state, scores, name)
        path, levels[name] = one.after(scores.score[here])
        statistic += _share(state) * np.concatenate([[one.detector.value], path])[np.cumsum(here)]
    return statistic, {"overall": overall.as_json(), "levels": {name: one.as_json() for name, one in levels.items()}}


def _statistic(state: State) -> float:
    """The same now, added up in the same order."""
    total: float = OVERALL * Watched.from_json(state["overall"]).detector.value
    for stored in state["levels"].values():
        total += _share(state) * Watched.from_json(stored).detector.value
    return total


def _share(state: State) -> float:
    """The weight of each level's detector: the levels of a factor add up to one detector."""
    return (1 - OVERALL) / max(1, len({name.split(":")[0] for name in state["levels"]}))


def _at_level(state: State, scores: Scores, name: str) -> Mask:
    factor, level = name.split(":", 1)
    here: Mask = scores.rows.codes[factor] == state["scorer"]["levels"][factor].index(level)
    return here


def _named(declared: Declared, state: State, scores: Scores, until: int) -> tuple[str, ...]:
    """The levels whose own detectors stand out after the first `until` events that can be used."""
    values = {}
    for name, stored in state["levels"].items():
        _, one = Watched.from_json(stored).after(scores.score[:until][_at_level(state, scores, name)[:until]])
        values[name] = one.detector.value
    return e_bh(values, declared.run_length)


def _watched(state: State, number: Whole, warning: Array) -> int | None:
    """The number of the event at which the warning that stands now began; a CUSUM back at 0 ends it."""
    zeros = np.flatnonzero(warning == 0)
    since = int(zeros[-1]) + 1 if len(zeros) else 0
    if state["watched"] is not None and not len(zeros):
        return int(state["watched"])
    hits = np.flatnonzero(warning[since:] >= state["limit"])
    return int(number[since + int(hits[0])]) if len(hits) else None


def _last(number: Whole, mask: Mask, otherwise: int) -> int:
    hits = np.flatnonzero(mask)
    return int(number[hits[-1]]) if len(hits) else int(otherwise)


def _sums(before: list[float], scores: Scores) -> list[Array]:
    """Running sums (m,): events, scores, their squares, information."""
    columns = [np.ones(len(scores.score)), scores.score, scores.score**2, scores.information]
    return [_running(start, column) for start, column in zip(before, columns, strict=True)]


def _running(start: float, column: Array) -> Array:
    sums = column.copy()
    sums[:1] += start
    return np.add.accumulate(sums, out=sums)


def _added(before: dict[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: before.get(name, 0) + more.get(name, 0) for name in sorted({*before, *more})}


def _error(score: Array, user: Whole) -> float:
    """The standard error of the mean of scores (n,): the plain one, or by users if that is greater."""
    plain = float(score.std()) / math.sqrt(len(score))
    if len(np.unique(user)) < _LEAST_USERS:
        return plain
    return max(plain, float(standard_error(score, user)))


def _has_enough(scores: Scores, here: Mask) -> bool:
    return int(here.sum()) >= LEAST_EVENTS and float(scores.information[here].sum()) >= LEAST_INFORMATION


def _allowance(declared: Declared, information: float, spread: float) -> float:
    """What the CUSUM takes off each event, in deviations of the score."""
    return (DESIGNED / 2 + declared.tolerance) * information / spread


def _effect(scorer: Scorer, scores: Scores) -> float:
    """The coefficient in the reference: the mean over its events, by their information, where levels differ."""
    if scorer.question.at is not None:
        name, level = scorer.question.at
        return float(scorer.chance.modified[name][scorer.levels[name].index(level)])
    effects = scorer.chance.effect(scores.rows)
    return float((scores.information * effects).sum() / scores.information.sum())


def _recent(state: State, now: Sequence[float]) -> Estimate | None:
    """The coefficient over RECENT events or more, up to the running sums `now`: one step from the reference's."""
    then = [0.0, 0.0, 0.0, 0.0]
    for _, _, *kept in state["timeline"]["points"]:
        if kept[0] > now[0] - RECENT:
            break
        then = kept[:4]
    n, score, squares, information = (late - early for late, early in zip(now, then, strict=True))
    if n < LEAST_SHOWN or not information > 0:
        return None
    step = score / information
    half = _HALF * state["reference"]["stretch"] * max(0.0, squares - score**2 / n) ** 0.5 / information
    value = state["reference"]["effect"] + step
    return Estimate(value, value - half, value + half, int(n))


def _reference(known: State) -> Estimate:
    half = _HALF * known["stretch"] * known["spread"] / (known["used"] ** 0.5 * known["information"])
    return Estimate(known["effect"], known["effect"] - half, known["effect"] + half, known["used"])


def _path(state: State) -> list[dict[str, Any]]:
    path = []
    for event, at, *kept in state["timeline"]["points"]:
        value = _recent(state, kept[:4])
        interval = {"low": value.low, "high": value.high} if value else {"low": None, "high": None}
        estimate = value.estimate if value else None
        path.append(
            {
                "event": event,
                "at": at,
                "value": estimate,
                **interval,
                "statistic": kept[4],
                "warning": kept[5] / state["limit"],
            }
        )
    return path


def _by_level(declared: Declared, state: State) -> dict[str, dict[str, Any]]:
    detectors = {name: Detector.from_json(stored["detector"]) for name, stored in state["levels"].items()}
    named: set[str] = set()
    if state["alarm"]:
        now = e_bh({name: one.value for name, one in detectors.items()}, declared.run_length)
        named.update(state["alarm"]["named"], now)
    found = {}
    for name, one in detectors.items():
        factor, level = name.split(":", 1)
        found[name] = {
            "factor": factor,
            "level": level,
            "events": one.seen,
            "statistic": one.value,
            "named": name in named,
        }
    return found


BIAS = Coefficient("M1", Question("up", "sycophantic", ("correct", "warm")))
"""What flattery does to a thumb: the log-odds of up."""

CONFLATION = Coefficient("M5", Question("sycophantic", "warm", ("correct",), wrong=True))
"""How much likelier a warmer response is to agree, among responses that are not correct; per point of warmth.

Prompts are not told apart: this is the slope between responses at fixed levels of the factors, not within prompts.
"""

MEMORY = Coefficient("M9", Question("up", "sycophantic", ("correct", "warm"), at=("memory", "on")))
"""How much more flattery does to a thumb with memory on."""
