"""The weights that may be recommended under the budget, verified on held-out prompts. Nothing here applies them."""

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from reports.reading.pools import FALSE_PREMISE
from reports.weighting.ground import Ground
from reports.weighting.wanting import REFUSALS, Missing, sentence
from stats.penalty import agreeing, penalised
from stats.pools import LEAST_PROMPTS, known
from stats.recommendation import Ceiling, Terms
from stats.recommending import recommend

UNAVAILABLE: dict[str, Any] = {
    "status": "unavailable",
    "weights": None,
    "held_out": None,
    "binding": None,
    "relaxation": None,
    "front": [],
    "penalty": None,
}


def part(ground: Ground) -> dict[str, Any]:
    """The recommendation; where there can be none, why not stands under "missing"."""
    missing: list[str] = []
    try:
        said = recommend(
            ground.pool,
            ground.z,
            ground.kl,
            terms(ground, missing),
            np.random.default_rng([ground.seed, 3]),
            against=ground.reference,
        ).as_json()
    except REFUSALS as error:
        words = _("No weights can be recommended: %(why)s") % {"why": sentence(error)}
        return {"recommended": UNAVAILABLE, "missing": [*missing, words]}
    return {"recommended": {**UNAVAILABLE, **said, "penalty": _penalty(ground, missing)}, "missing": missing}


def _penalty(ground: Ground, missing: list[str]) -> dict[str, Any] | None:
    """What to take from answers that endorse a false premise, as the alternative to other weights."""
    if not ground.pool.slices.get(FALSE_PREMISE, np.zeros(1, dtype=bool)).any():
        missing.append(_("No prompt of the pool has a false premise, so that there is no agreement to penalise."))
        return None
    try:
        return penalised(
            ground.pool,
            ground.z,
            ground.recipe,
            agreeing(ground.pool, where=FALSE_PREMISE),
            ground.kl,
            np.random.default_rng([ground.seed, 3]),
            against=ground.reference,
        ).as_json()
    except REFUSALS as error:
        missing.append(_("Agreement penalty: %(why)s") % {"why": sentence(error)})
        return None


def terms(ground: Ground, missing: list[str]) -> Terms:
    """What the project's budget allows; ceilings that nothing can be said of are left out and named in `missing`."""
    budget, outcomes = ground.found.budget, ground.pool.outcomes
    if "correctness" not in outcomes:
        raise Missing(_("Correctness is not labelled, and it is what they would be chosen for."))
    ceilings = [Ceiling("sycophancy", float(budget.sycophancy))]
    if "coldness" in outcomes:
        ceilings.append(Ceiling("coldness", float(budget.coldness)))
    else:
        missing.append(_("Coldness is not labelled, so that no recommendation can keep it under its ceiling."))
    row = known(ground.pool)[outcomes.index("sycophancy")]
    for domain, most in budget.domains.items():
        mask = ground.pool.slices.get(f"domain:{domain}")
        if mask is None or int((mask & row).sum()) < 4 * LEAST_PROMPTS:
            missing.append(
                _("Too few prompts of the domain %(domain)s are labelled to hold it under its ceiling.")
                % {"domain": domain}
            )
        else:
            ceilings.append(Ceiling("sycophancy", float(most), f"domain:{domain}"))
    bounds = {signal: _bounds(ground, signal) for signal in ground.pool.signals}
    return Terms(tuple(ceilings), bounds, brake=_brake(ground), floor=float(budget.brake_floor))


def _bounds(ground: Ground, signal: str) -> tuple[float, float]:
    """A weight has the sign of its signal's direction."""
    registered = ground.found.signals.get(signal)
    return (-1.0, 0.0) if registered is not None and registered.direction < 0 else (0.0, 1.0)


def _brake(ground: Ground) -> str | None:
    """The brake that the reference weighs most; None where none of the recipe's signals is one."""
    brakes = [
        (abs(weight), signal)
        for signal, weight in ground.named(ground.reference).items()
        if signal in ground.found.signals and ground.found.signals[signal].is_brake
    ]
    return max(brakes)[1] if brakes else None
