"""What is behind an alarm: when, where, how much of it is only another mix, which thumbs, and what is suspected."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stats.explaining import suspecting
from stats.explaining.attributing import Row, attribution
from stats.explaining.changing import Change
from stats.explaining.naming import EVERYWHERE, Named, Place, named
from stats.explaining.scored import Scored, scored
from stats.explaining.splitting import Gaps, Seen, split
from stats.monitoring.coefficients import Coefficient
from stats.monitoring.declared import State
from stats.monitoring.scoring import Scorer
from stats.pools import Whole
from stats.sufficiency import InsufficientData
from stats.thumbed import Thumbed

SETTLED = 4000
"""Until so many usable events have come since the change, an explanation is provisional."""
MOST = 20
_HALF = 1.959963984540054


def explain(
    monitor: Coefficient,
    state: State,
    *,
    reference: Thumbed,
    since: Thumbed,
    numbers: Whole,
    alarmed: int,
    raters: Sequence[float] = (),
) -> dict[str, Any]:
    """Everything that the events say of an alarm, as JSON; the same for the same events.

    `reference` are the events that `state` was started from, `since` all from there to now with their `numbers` (n,),
    of which `alarmed` raised the alarm. `raters` are the moments (seconds) at which raters changed on the anchors.

    "change_point" has the numbers of the first event after the change and of the bounds of the 95 % interval, and their
    moments in seconds; "change" the rise over all; "attribution" the rows of `stats.explaining.attributing`, where the
    change is first; "kitagawa" the parts of the raw gap's change; "contributors" the events that speak most for the
    change where it is. What cannot be said is None or empty.
    """
    scorer = Scorer.from_json(monitor.question, state["scorer"])
    before, after = scored(scorer, reference), scored(scorer, since)
    found = _named(scorer, before, after, int(np.searchsorted(numbers[after.places], alarmed, side="right")))
    change = found.course.change() if found else None
    if found is None or change is None:
        return _nothing()
    changed = after.where(np.arange(len(after)) >= change.place)
    skipped = () if monitor.question.at is None else (monitor.question.at[0],)
    rows = attribution(before, changed, scorer.levels, first=found.where, skipped=skipped)
    gaps = _gaps(monitor, before, changed)
    point = _point(change, after, since, numbers)
    everywhere = next((row for row in rows if row.where == EVERYWHERE), None)
    facts = suspecting.Facts(
        unusable=1 - len(changed) / max(1, int((numbers >= point["event"]).sum())),
        handful=suspecting.handful(changed),
        raters=suspecting.in_window(raters, change=point["low_at"], now=float(since.at[-1])),
        risen=everywhere.p_adjusted if everywhere else None,
        gaps=gaps,
    )
    return {
        "change_point": point,
        "change": _estimate(everywhere),
        "attribution": [row.as_json() for row in rows],
        "kitagawa": gaps.as_json() if gaps else None,
        "contributors": contributors(_there(scorer, changed, found.where), numbers),
        "provisional": len(changed) < SETTLED,
        "suspected": suspecting.suspected(facts),
    }


def contributors(changed: Scored, numbers: Whole, *, most: int = MOST) -> list[dict[str, float | int]]:
    """The `most` events of `changed` that speak most for a rise, with their scores; equals in the order of `numbers`.

    `numbers` are those of all events of the stream.
    """
    own = numbers[changed.places]
    return [
        {"event": int(own[place]), "score": float(changed.score[place])}
        for place in np.lexsort((own, -changed.score))[:most]
    ]


def _there(scorer: Scorer, changed: Scored, where: Place) -> Scored:
    """Those of the events where the change is."""
    if where == EVERYWHERE:
        return changed
    return changed.where(changed.codes[where.factor] == scorer.levels[where.factor].index(where.level))


def _named(scorer: Scorer, before: Scored, after: Scored, latest: int) -> Named | None:
    if not len(after) or not len(before):
        return None
    return named(before, after, scorer.levels, latest=latest)


def _nothing() -> dict[str, Any]:
    return {
        "change_point": None,
        "change": None,
        "attribution": [],
        "kitagawa": None,
        "contributors": [],
        "provisional": True,
        "suspected": "data_fault",
    }


def _point(change: Change, after: Scored, since: Thumbed, numbers: Whole) -> dict[str, Any]:
    places = {
        name: int(after.places[place])
        for name, place in (("event", change.place), ("low", change.low), ("high", change.high))
    }
    return {
        **{name: int(numbers[place]) for name, place in places.items()},
        "at": float(since.at[places["event"]]),
        "low_at": float(since.at[places["low"]]),
        "high_at": float(since.at[places["high"]]),
    }


def _gaps(monitor: Coefficient, before: Scored, after: Scored) -> Gaps | None:
    """The raw gap's parts, where the question is about thumbs."""
    if monitor.question.outcome != "up":
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
