"""A recipe as an export takes it: fixed when it is ordered, so that the same rows come of it ever after."""

from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from core.accounts.models import Project
from core.catalog.models import Pool
from reports.models import RecipeVersion
from stats.margins import coefficients
from stats.pools import UnusableSignal


class RewardFault(Exception):
    """There is no such reward; `field` is recipe or pool, the message one line for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


# Of the prompts whose responses, two or more, have all of the signals' scores, as reports take them.
_SPREADS = """
WITH members AS (
    SELECT r.prompt_id, m.response_id FROM catalog_poolresponse m JOIN catalog_response r ON r.id = m.response_id
    WHERE m.project_id = %(project)s AND m.pool_id = %(pool)s
), sizes AS (
    SELECT prompt_id, count(*) AS n FROM members GROUP BY 1 HAVING count(*) >= 2
), scored AS (
    SELECT m.prompt_id, s.signal, count(*) AS n, count(*) * var_pop(s.value) AS squares, max(abs(s.value)) AS greatest
    FROM members m JOIN catalog_score s ON s.pool_id = %(pool)s AND s.response_id = m.response_id
    WHERE s.signal = ANY(%(signals)s) GROUP BY 1, 2
), whole AS (
    SELECT prompt_id FROM scored JOIN sizes USING (prompt_id) WHERE scored.n = sizes.n
    GROUP BY prompt_id HAVING count(*) = cardinality(%(signals)s::text[])
)
SELECT scored.signal, sum(scored.n), coalesce(sum(scored.n) FILTER (WHERE whole.prompt_id IS NOT NULL), 0),
       coalesce(sum(squares) FILTER (WHERE whole.prompt_id IS NOT NULL), 0),
       coalesce(max(greatest) FILTER (WHERE whole.prompt_id IS NOT NULL), 0)
FROM scored LEFT JOIN whole USING (prompt_id) GROUP BY 1
"""


def reward_of(*, project: Project, recipe: str, pool: str = "") -> dict[str, Any]:
    """What `Selection.reward` holds: the recipe's newest version and the pool (the newest unless one is named).

    {"recipe", "version", "pool", "pool_name", "coefficients": {signal: what a point of its score adds to the reward}}.
    Raises RewardFault.
    """
    version = RecipeVersion.objects.filter(project=project, recipe__name=recipe).order_by("-number").first()
    if version is None:
        raise RewardFault("recipe", f"{recipe}: the project has no such recipe; check its name.")
    pools = Pool.objects.filter(project=project)
    chosen = pools.filter(name=pool).first() if pool else pools.order_by("-pk").first()
    if chosen is None:
        raise RewardFault("pool", f"{pool or 'pool'}: the project has no such pool; check its name.")
    weights = {signal: float(weight) for signal, weight in version.weights.items() if weight}
    try:
        found = _coefficients(project, chosen.pk, weights)
    except UnusableSignal as error:
        raise RewardFault("pool", f"{chosen.name}: {error}.") from None
    return {
        "recipe": recipe,
        "version": version.number,
        "pool": str(chosen.pk),
        "pool_name": chosen.name,
        "coefficients": found,
    }


def _coefficients(project: Project, pool: UUID, weights: dict[str, float]) -> dict[str, float]:
    signals = tuple(weights)
    with connection.cursor() as cursor:
        cursor.execute(_SPREADS, {"project": project.pk, "pool": pool, "signals": list(signals)})
        found = {signal: (scored, figures) for signal, scored, *figures in cursor.fetchall()}
    for signal in signals:
        if signal not in found:
            raise UnusableSignal(signal, "missing")
    fewest = min(signals, key=lambda signal: found[signal][0])
    figures = np.array([found[signal][1] for signal in signals], dtype=float).T
    if not figures[0].any():
        raise UnusableSignal(fewest, "incomplete")
    made = coefficients(signals, np.array(list(weights.values())), *figures)
    # The database adds in an order of its own, which the last digits tell.
    return {signal: float(f"{made[row]:.12g}") for row, signal in enumerate(signals)}
