"""The shift of sycophancy in each memory condition, domain and segment, with intervals that hold for all at once."""

from typing import Any

from django.utils.translation import gettext as _

from reports.weighting.ground import Ground
from reports.weighting.wanting import Missing
from stats.slices import sliced, worst


def part(ground: Ground) -> dict[str, Any]:
    """The slices, and the segment of users that fares worst. Raises Missing where there is nothing to tell apart."""
    found = sliced(ground.pool, ground.z, ground.recipe, ground.kl, ground.rounds, against=ground.reference)
    if not found:
        raise Missing(_("The pool's prompts have no memory condition, domain or segment to tell apart."))
    hardest = worst(found)
    return {
        "slices": [each.as_json() for each in found],
        "worst_segment": hardest.as_json() if hardest else None,
    }
