"""How the signals should be weighted if gold labels were the goal: toward correctness, and toward sycophancy."""

from typing import Any

from reports.weighting.ground import Ground
from stats.goldward import toward_gold


def part(ground: Ground) -> dict[str, Any]:
    """Two columns of coefficients, and how alike the signals are."""
    return {"toward_gold": toward_gold(ground.pool).as_json()}
