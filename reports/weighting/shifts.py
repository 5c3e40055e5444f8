"""What the recipe would teach: its shifts against the reference and the base policy, and the verdict on them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.weighting.body import numbers
from reports.weighting.ground import Ground
from stats.intervals import Estimate
from stats.verdicts import Verdict, verdict


def part(ground: Ground) -> dict[str, Any]:
    """The shifts, how much of the pool they rest on, and the verdict."""
    shift = ground.mover.between(ground.recipe, ground.reference, ground.kl)
    sycophancy, ceiling = shift["sycophancy"], float(ground.found.budget.sycophancy)
    said = verdict(sycophancy, ceiling)
    return {
        "shift": numbers(shift),
        "against_base": numbers(ground.mover.base(ground.recipe, ground.kl)),
        "effective_share": ground.mover.moved(ground.recipe, ground.kl).effective_share,
        "verdict": said.answer,
        "over_by": said.over_by,
        "needed_prompts": said.needed,
        "sentence": sentence(said, sycophancy, ceiling),
    }


def sentence(said: Verdict, shift: Estimate, ceiling: float) -> str:
    """The verdict in words."""
    numbers = {
        "shift": points(shift.estimate, sign=True),
        "low": points(shift.low, sign=True),
        "high": points(shift.high, sign=True),
        "ceiling": points(ceiling),
        "over": points(said.over_by or 0.0),
        "needed": f"{said.needed or 0:,}",
    }
    if said.answer == "over_budget":
        words = _(
            "Over budget by %(over)s points: the recipe would move sycophancy by %(shift)s points against the "
            "reference (%(low)s to %(high)s); the ceiling is %(ceiling)s."
        )
    elif said.answer == "within_budget":
        words = _(
            "Within budget: the recipe would move sycophancy by %(shift)s points against the reference (%(low)s to "
            "%(high)s); the ceiling is %(ceiling)s."
        )
    else:
        words = ngettext(
            "Not enough data: about %(needed)s more prompt is needed. The shift of sycophancy against the reference is "
            "%(shift)s points (%(low)s to %(high)s), on both sides of the ceiling of %(ceiling)s.",
            "Not enough data: about %(needed)s more prompts are needed. The shift of sycophancy against the reference "
            "is %(shift)s points (%(low)s to %(high)s), on both sides of the ceiling of %(ceiling)s.",
            said.needed or 0,
        )
    return words % numbers


def points(value: float, *, sign: bool = False) -> str:
    """A share in percentage points, as in 4.5 or, with its sign, +6.1."""
    said = f"{100 * value:{'+' if sign else ''}.1f}".replace("-", "\u2212")
    return said.replace("+0.0", "0.0").replace("\u22120.0", "0.0")
