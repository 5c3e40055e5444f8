"""What must hold of recipes and monitors at any moment; `verify` asks."""

from collections.abc import Iterator

from core.tables.verification import Finding, check, found
from reports.drift import anchor_checks, event_checks

__all__ = ["anchor_checks", "event_checks"]


@check("the weights of every recipe sum to 1 and are of registered signals")
def weights_are_of_signals() -> Iterator[Finding]:
    yield from found(
        "the weights of every recipe sum to 1 and are of registered signals",
        "reports_recipeversion",
        """
        SELECT v.id, w.total, w.unknown FROM reports_recipeversion v
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(abs(one.value::float8)), 0) AS total,
                   coalesce(string_agg(one.key, ', ') FILTER (WHERE s.id IS NULL), '') AS unknown
            FROM jsonb_each_text(v.weights) one
            LEFT JOIN reports_rewardsignal s ON s.project_id = v.project_id AND s.key = one.key
        ) w
        WHERE abs(w.total - 1) > 1e-6 OR w.unknown <> ''
        ORDER BY v.id
        """,
        "its weights sum to {1}; not registered: {2}",
    )


@check("the versions of every recipe are numbered without a gap")
def versions_have_no_gap() -> Iterator[Finding]:
    yield from found(
        "the versions of every recipe are numbered without a gap",
        "reports_recipe",
        """
        SELECT r.id, count(v.id), coalesce(max(v.number), 0) FROM reports_recipe r
        LEFT JOIN reports_recipeversion v ON v.recipe_id = r.id
        GROUP BY r.id HAVING count(v.id) <> coalesce(max(v.number), 0)
        ORDER BY r.id
        """,
        "it has {1} versions, the last of which is number {2}",
    )
