"""What the one clock of single mode costs: how much later people read than the model wrote, and where it did not hide.

In single mode a blind answer begins `first_ms` after it was asked for, whatever the model does. A model that is slower
than that shows through, since its first words come later than the clock's.
"""

from statistics import median
from typing import Any

from alpha.models import Conversation, Programme
from alpha.reading.ground import Ground

Body = dict[str, Any]


def read(programme: Programme, ground: Ground, bundles: list[str]) -> Body:
    """The clock with what it added and how often the model was slower, in all and by bundle; milliseconds."""
    timed = [
        (one.bundle, one.model_ms, one.shown_ms)
        for one in ground.shown
        if one.mode == Conversation.Mode.SINGLE and one.model_ms is not None and one.shown_ms is not None
    ]
    clock = {"first_ms": programme.first_ms, "pace": programme.pace}
    by = {name: _one(programme, [(m, s) for bundle, m, s in timed if bundle == name]) for name in bundles}
    return {**clock, **_one(programme, [(m, s) for _, m, s in timed]), "bundles": by}


def _one(programme: Programme, timed: list[tuple[int, int]]) -> Body:
    slower = sum(model > programme.first_ms for model, _ in timed)
    return {
        "n": len(timed),
        "added_ms": median(shown - model for model, shown in timed) if timed else None,
        "model_ms": median(model for model, _ in timed) if timed else None,
        "slower": slower,
        "slower_share": slower / len(timed) if timed else None,
    }
