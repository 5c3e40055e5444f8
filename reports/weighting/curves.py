"""What if: the shift over the share of users' feedback, and over the optimisation pressure."""

from collections.abc import Callable
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from reports.models import RewardSignal
from reports.weighting.ground import Ground
from reports.weighting.wanting import Missing, sentence
from stats.curves import PRESSURES, SHARES, with_share
from stats.intervals import Estimate
from stats.mixtures import UnusableRecipe
from stats.pools import Array
from stats.tilting import TooThin, Unreachable

_SHOWN = ("sycophancy", "correctness")


def share(ground: Ground) -> dict[str, Any]:
    """The curve over the share of users' feedback. Raises Missing where no signal of the recipe is users' feedback."""
    feedback = np.array([_is_feedback(ground, signal) for signal in ground.pool.signals])
    if not feedback.any():
        raise Missing(_("No signal of the recipe is made of users' thumbs, so there is no share of theirs to vary."))

    def at(part: float) -> tuple[Array, float]:
        return with_share(ground.recipe, feedback, part), ground.kl

    return {"curves": {"share": [_point(ground, "share", part, at) for part in SHARES]}}


def pressure(ground: Ground) -> dict[str, Any]:
    """The curve over the optimisation pressure, recipe and reference both at the same one."""
    return {"curves": {"pressure": [_point(ground, "kl", kl, lambda at: (ground.recipe, at)) for kl in PRESSURES]}}


def _is_feedback(ground: Ground, signal: str) -> bool:
    registered = ground.found.signals.get(signal)
    return registered is not None and registered.kind == RewardSignal.Kind.THUMBS


def _point(ground: Ground, name: str, place: float, at: Callable[[float], tuple[Array, float]]) -> dict[str, Any]:
    said: dict[str, Any] = {name: place, **dict.fromkeys(_SHOWN), "effective_share": None, "missing": None}
    try:
        weights, kl = at(place)
        shift: dict[str, Estimate] = ground.mover.between(weights, ground.reference, kl)
        said["effective_share"] = ground.mover.moved(weights, kl).effective_share
    except (Unreachable, TooThin, UnusableRecipe) as error:
        return {**said, "missing": sentence(error)}
    return {**said, **{outcome: shift[outcome].as_json() for outcome in _SHOWN if outcome in shift}}
