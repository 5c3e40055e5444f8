"""Who leaves a thumb, what that does to the answer, and which turns of the labelled slice came."""

from typing import Any

from abtest.metrics import METRICS, TURN
from abtest.models import Arm
from abtest.readouts.figures import contrast_of
from abtest.readouts.ground import Ground
from stats.adjusting.selection import leaving, selected
from stats.sequential.moments import Moments
from stats.sequential.reading import read
from stats.sufficiency import InsufficientData

Json = dict[str, Any]


def labelled(ground: Ground) -> Json:
    """Of each arm: turns that were chosen, came with their words, and are labelled; `turns` are all turn events."""
    turns = ground.path.of(TURN)
    return {
        arm.key: {"turns": int(turns[arm.ordinal].sm[-1]), **came.as_json()}
        for arm, came in zip(ground.arms, ground.slice.came, strict=True)
    }


def selection(ground: Ground, arm: Arm) -> Json:
    """Who leaves a thumb: the share of units by arm, and of labelled turns by what they are; and its effect."""
    return {
        "candidate": arm.key,
        "left": _left(ground, arm),
        "labelled": leaving(ground.slice.labelled, arm=arm.ordinal).as_json(),
        "answer": _answer(ground, arm),
    }


def _left(ground: Ground, arm: Arm) -> Json:
    """Units that left a thumb unasked, of all exposed ones."""
    thumbs = ground.path.of("thumb")
    control, candidate = (_who_did(thumbs[n]) for n in (0, arm.ordinal))
    found = read(control, candidate, "mean", ground.design("thumb", arm))
    return {
        "arms": {
            one.key: {"value": value, "n": int(thumbs[one.ordinal].units[-1]), "units": units}
            for one, value, units in zip(
                (ground.arms[0], arm), (found.control, found.candidate), found.units, strict=True
            )
        },
        "difference": {**found.interval.as_json(), "anytime": True} if found.interval else None,
        "needed": found.needed,
    }


def _who_did(moments: Moments) -> Moments:
    """Of a metric, whether a unit did it at all: 1 for those who did."""
    did = moments.units
    return Moments(units=did, exposed=moments.exposed, sx=did, sm=did, sxx=did, sxm=did, smm=did)


def _answer(ground: Ground, arm: Arm) -> Json | None:
    """The candidate's effect on thumbs left unasked, on those asked for, and the first less the second."""
    left, asked = (contrast_of(ground, METRICS[key], arm) for key in ("thumb", "thumb_asked"))
    if left is None or asked is None:
        return None
    design = ground.design("thumb", arm)
    try:
        found = selected(left, asked, planned=design.planned, level=1 - design.alpha)
    except InsufficientData:
        return None
    return found.as_json()
