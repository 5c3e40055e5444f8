"""What is behind an alarm: when, where, how much of it is only another mix, which thumbs, and what is suspected."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stats.explaining import suspecting
from stats.explaining.attributing import Row, attribution
from stats.explaining.changing import Change
from stats.explaining.naming import EVERYWHERE, Place, named
from stats.explaining.scored import Scored, scored
from stats.explaining.splitting import Gaps, Seen, split
from stats.monitoring.coefficients import BIAS, Coefficient
from stats.monitoring.declared import Declared, Monitor, State, Unusable
from stats.monitoring.scoring import Scorer, fitted
from stats.pools import Whole
from stats.sufficiency import InsufficientData
from stats.thumbed import Thumbed

SETTLED = 4000
"""Until so many events that can be used have come since the change, an explanation is provisional."""
MOST = 20
CLEAR = 0.05
"""A rise over all counts as one at this p."""
BY_BIAS = ("M2",)
"""Monitors without a fit of their own whose alarms are explained by what flattery does to a thumb."""
_HALF = 1.959963984540054


def explain(
    monitor: Monitor,
    declared: Declared,
    state: State,
    *,
    reference: Thumbed,
    since: Thumbed,
    numbers: Whole,
    alarmed: int,
    raters: Sequence[float] = (),
) -> dict[str, Any]:
    """Everything that the events say of an alarm, as JSON; the same for the same events.

    `reference` are the events that `state` was started from, `since` all after them until now with their `numbers`
    (n,), of which `alarmed` raised the alarm. `raters` are the moments (seconds) at which raters changed on the
    anchors.

    "change_point" has the numbers of the first event after the change and of the bounds of its 95 % interval, and their
    moments in seconds; "change" the rise over all, with its interval; "attribution" the rows of
    `stats.explaining.attributing`, where the change is first; "kitagawa" the parts of the raw gap's change;
    "contributors" the events that speak most for the change where it is. What cannot be said is None or empty; of
    monitors without scores only the time can be.
    """
    scorer = _scorer(monitor, state, reference)
    if scorer is not None and len(since):
        before, after = scored(scorer, reference), scored(scorer, since)
        latest = int(np.searchsorted(numbers[after.places], alarmed, side="right"))
        found = named(before, after, scorer.levels, latest=latest) if len(after) else None
        change = found.course.change() if found else None
        if found is not None and change is not None:
            point = _point(change, after, since, numbers)
            changed = after.where(np.arange(len(after)) >= change.place)
            unusable = _unusable(scorer, since.where(numbers >= point["event"]))
            window = suspecting.in_window(raters, change=point["low_at"], now=float(since.at[-1]))
            return {
                "change_point": point,
                **_said(scorer, before, changed, found.where, unusable=unusable, raters=window),
                "contributors": contributors(_there(scorer, changed, found.where), numbers),
                "provisional": len(changed) < SETTLED,
            }
    return _by_path(monitor.reading(declared, state).path, numbers, since, alarmed, raters)


def contributors(changed: Scored, numbers: Whole, *, most: int = MOST) -> list[dict[str, float | int]]:
    """The `most` events of `changed` that speak most for a rise, with their scores; equals in the order of `numbers`.

    `numbers` are those of all events of the stream.
    """
    own = numbers[changed.places]
    return [
        {"event": int(own[place]), "score": float(changed.score[place])}
        for place in np.lexsort((own, -changed.score))[:most]
    ]


def _scorer(monitor: Monitor, state: State, reference: Thumbed) -> Scorer | None:
    if isinstance(monitor, Coefficient):
        return Scorer.from_json(monitor.question, state["scorer"])
    if monitor.key in BY_BIAS:
        try:
            return fitted(BIAS.question, reference)
        except Unusable:
            return None
    return None


def _said(
    scorer: Scorer, before: Scored, changed: Scored, where: Place, *, unusable: float, raters: bool
) -> dict[str, Any]:
    """The parts that rest on a refit, and what they make one suspect."""
    skipped = () if scorer.question.at is None else (scorer.question.at[0],)
    rows = attribution(before, changed, scorer.levels, first=where, skipped=skipped)
    everywhere = next((row for row in rows if row.where == EVERYWHERE), None)
    gaps = _gaps(scorer, before, changed)
    facts = suspecting.Facts(
        unusable=unusable,
        handful=suspecting.handful(changed),
        raters=raters,
        risen=everywhere.delta > 0 and everywhere.p_adjusted <= CLEAR if everywhere else None,
        gaps=gaps,
    )
    return {
        "change": _estimate(everywhere),
        "attribution": [row.as_json() for row in rows],
        "kitagawa": gaps.as_json() if gaps else None,
        "suspected": suspecting.suspected(facts),
    }


def _unusable(scorer: Scorer, thumbs: Thumbed) -> float:
    """The share of `thumbs` that lack a label, or have a level that the reference has not."""
    rows = scorer.rows(thumbs)
    asked = len(thumbs) - rows.left_out.get("correct", 0)
    return 1 - len(rows.cause) / max(1, asked)


def _there(scorer: Scorer, changed: Scored, where: Place) -> Scored:
    """Those of the events where the change is."""
    if where == EVERYWHERE:
        return changed
    return changed.where(changed.codes[where.factor] == scorer.levels[where.factor].index(where.level))


def _by_path(
    path: Sequence[Mapping[str, Any]], numbers: Whole, since: Thumbed, alarmed: int, raters: Sequence[float]
) -> dict[str, Any]:
    """What the timeline alone says: the change came after the statistic was lowest for the last time."""
    point = _lowest(path, numbers, since, alarmed)
    now = float(since.at[-1]) if len(since) else 0.0
    window = point is not None and suspecting.in_window(raters, change=point["low_at"], now=now)
    return {
        "change_point": point,
        "change": None,
        "attribution": [],
        "kitagawa": None,
        "suspected": "label_drift" if window else None,
        "contributors": [],
        "provisional": point is None or int((numbers >= point["event"]).sum()) < SETTLED,
    }


def _lowest(path: Sequence[Mapping[str, Any]], numbers: Whole, since: Thumbed, alarmed: int) -> dict[str, Any] | None:
    """No interval is known: it goes from the first event to the alarm."""
    known = [one for one in path if one["statistic"] is not None and one["event"] <= alarmed]
    if not known or not len(since):
        return None
    least = min(one["statistic"] for one in known)
    lowest = max(one["event"] for one in known if one["statistic"] == least)
    place = min(int(np.searchsorted(numbers, lowest, side="right")), len(numbers) - 1)
    last = min(int(np.searchsorted(numbers, alarmed)), len(numbers) - 1)
    return _at(place, 0, last, since, numbers)


def _point(change: Change, after: Scored, since: Thumbed, numbers: Whole) -> dict[str, Any]:
    place, low, high = (int(after.places[one]) for one in (change.place, change.low, change.high))
    return _at(place, low, high, since, numbers)


def _at(place: int, low: int, high: int, since: Thumbed, numbers: Whole) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, at, one in (("event", "at", place), ("low", "low_at", low), ("high", "high_at", high)):
        found[name], found[at] = int(numbers[one]), float(since.at[one])
    return found


def _gaps(scorer: Scorer, before: Scored, after: Scored) -> Gaps | None:
    """The raw gap's parts, where the question is about flattery and thumbs."""
    if (scorer.question.cause, scorer.question.outcome) != ("sycophantic", "up"):
        return None
    try:
        return split(_seen(before), _seen(after))
    except InsufficientData:
        return None


def _seen(scores: Scored) -> Seen:
    return Seen(scores.rows.outcome, scores.rows.cause, scores.rows.columns["correct"], scores.odds)


def _estimate(row: Row | None) -> dict[str, float | int] | None:
    if row is None:
        return None
    half = _HALF * row.se
    return {"estimate": row.delta, "low": row.delta - half, "high": row.delta + half, "n": row.n}
