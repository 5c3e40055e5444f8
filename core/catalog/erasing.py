"""Blanking words that somebody asks to have erased. Rows, links and what was judged stay."""

from collections.abc import Iterable
from uuid import UUID

from core.accounts.models import Project
from core.tables.prepared import rows

# A text is one row however often it was brought in; words that also stand where somebody else brought them stay.
_ERASE = """
WITH theirs AS (
    SELECT id, prompt_id, first_id, second_id FROM catalog_comparison
    WHERE project_id = %(project)s AND id = ANY(%(comparisons)s::uuid[])
), prompts AS (
    SELECT p.id, p.content_id FROM catalog_prompt p WHERE p.id IN (SELECT prompt_id FROM theirs) AND NOT EXISTS (
        SELECT FROM catalog_comparison c WHERE c.prompt_id = p.id AND c.id NOT IN (SELECT id FROM theirs)
    )
), responses AS (
    SELECT r.id, r.content_id FROM catalog_response r
    WHERE r.id IN (SELECT first_id FROM theirs UNION SELECT second_id FROM theirs) AND NOT EXISTS (
        SELECT FROM catalog_comparison c
        WHERE (c.first_id = r.id OR c.second_id = r.id) AND c.id NOT IN (SELECT id FROM theirs)
    )
), words AS (
    SELECT content_id AS id FROM prompts UNION SELECT content_id FROM responses
)
UPDATE catalog_content c SET body = NULL, html = NULL, erased_at = now() FROM words
WHERE c.id = words.id AND c.erased_at IS NULL
  AND NOT EXISTS (SELECT FROM catalog_prompt p WHERE p.content_id = c.id AND p.id NOT IN (SELECT id FROM prompts))
  AND NOT EXISTS (SELECT FROM catalog_response r WHERE r.content_id = c.id AND r.id NOT IN (SELECT id FROM responses))
RETURNING c.id
"""


def erase_comparisons(project: Project, comparisons: Iterable[UUID]) -> int:
    """Blank prompt and responses of these comparisons, in the caller's transaction; returns how many texts went.

    A text that also belongs to a comparison that is not named stays.
    """
    return len(rows(_ERASE, {"project": project.pk, "comparisons": list(comparisons)}))
