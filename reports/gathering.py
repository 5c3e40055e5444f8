"""A pool made of comparisons: the answers to each prompt that were judged side by side, as one shared set.

Whoever judged them has scored the same answers, so that such a pool is an anchor set: a signal's own people need no
scores in it. What raters said of single answers on the rubric, and how long these are, can be scores beside that.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.accounts import audit
from core.accounts.models import Project, User
from core.catalog.models import Pool
from core.catalog.parts import lock
from core.catalog.pools import BadPoolName, get_or_create_pool
from reports.faults import Refused
from reports.models import RewardSignal
from reports.reading.labels import SAID
from reports.reading.moment import wide_joins
from reports.registry import register_signal

ATTRIBUTES = {"correct": 1, "sycophantic": -1, "cold": -1}
"""Questions of the rubric that can be scores, with the direction in which an answer is better."""

LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of it: new prompts and responses in the pool, and new scores by signal."""

    pool: Pool
    prompts: int
    responses: int
    scores: dict[str, int]


# Whole prompts only, and none that the pool has: what is in a pool stays as it is.
_GATHER = """
WITH compared AS (
    SELECT DISTINCT c.prompt_id, side.response_id
    FROM catalog_comparison c CROSS JOIN LATERAL (VALUES (c.first_id), (c.second_id)) side (response_id)
    WHERE c.project_id = %(project)s AND (%(source)s = '' OR c.source = %(source)s)
      AND NOT EXISTS (
          SELECT FROM catalog_poolresponse m JOIN catalog_response r ON r.id = m.response_id
          WHERE m.pool_id = %(pool)s AND r.prompt_id = c.prompt_id
      )
), added AS (
    INSERT INTO catalog_poolresponse (project_id, pool_id, response_id)
    SELECT %(project)s, %(pool)s, response_id FROM compared ORDER BY response_id
    RETURNING response_id
)
SELECT (SELECT count(*) FROM added), (SELECT count(DISTINCT prompt_id) FROM compared)
"""
_ONE_BUNDLE = """
UPDATE catalog_pool SET base_bundle_id = written.bundle FROM (
    SELECT CASE WHEN count(DISTINCT r.bundle_id) = 1 THEN min(r.bundle_id::text)::uuid END AS bundle
    FROM catalog_poolresponse m JOIN catalog_response r ON r.id = m.response_id WHERE m.pool_id = %(pool)s
) written
WHERE id = %(pool)s
"""
_SCORE = """
WITH members AS (
    SELECT m.response_id, r.prompt_id, r.content_id FROM catalog_poolresponse m
    JOIN catalog_response r ON r.id = m.response_id WHERE m.pool_id = %(pool)s
), found AS ({found}), whole AS (
    SELECT m.prompt_id FROM members m LEFT JOIN found f ON f.response_id = m.response_id
    GROUP BY 1 HAVING count(*) = count(f.response_id)
)
INSERT INTO catalog_score (project_id, pool_id, response_id, signal, value)
SELECT %(project)s, %(pool)s, f.response_id, %(signal)s, f.value
FROM found f JOIN members m ON m.response_id = f.response_id JOIN whole ON whole.prompt_id = m.prompt_id
ON CONFLICT DO NOTHING
"""
# The mean of what people said, from 0 (no) to 1 (yes, or clearly), of the response itself or as a side of a pair.
_SAID = SAID.format(placed="members", place="response_id")
_LABELLED = f"""
    SELECT said.response_id, sum(said.weight * g.value / 2.0) / sum(said.weight) AS value
    FROM (
        {_SAID}
    ) said
    JOIN ledger_signal g ON g.judgment_id = said.id AND g.response_slot = said.slot
    JOIN ledger_actor a ON a.id = said.actor_id
    WHERE g.question = %(question)s AND g.value IN (0, 1, 2) AND a.kind IN ('rater', 'imported') AND said.weight > 0
    GROUP BY 1
"""  # noqa: S608  (fixed words only)
_LENGTHS = """
    SELECT m.response_id, char_length(c.body)::float8 AS value
    FROM members m JOIN catalog_content c ON c.id = m.content_id WHERE c.body IS NOT NULL
"""


def gather(
    *,
    project: Project,
    who: User | None,
    pool: str,
    campaign: str = "",
    attributes: Collection[str] = (),
    length: bool = False,
) -> Gathered:
    """Put the answers that were compared, in a campaign's comparisons if one is named, into the pool of this name.

    `attributes` names questions of the rubric: raters' mean answer becomes the score of a signal `rated-<question>`,
    `length` the number of characters that of the signal `length`, wherever all answers to a prompt have one. Signals
    are registered where they are missing. Again, only what is new is added: later prompts, and scores of prompts that
    had none. Raises Refused.
    """
    unknown = [question for question in attributes if question not in ATTRIBUTES]
    if unknown:
        words = _("%(question)r cannot be scores; use %(known)s.")
        raise Refused({"attributes": words % {"question": unknown[0], "known": ", ".join(ATTRIBUTES)}})
    with transaction.atomic():
        lock(project)
        try:
            made = get_or_create_pool(project=project, name=pool, who=who)
        except BadPoolName as error:
            raise Refused({"pool": str(error)}) from None
        responses, prompts = _gather(project, made, campaign)
        scores = {f"rated-{question}": _score(project, who, made, question) for question in attributes}
        if length:
            scores[LENGTH] = _score(project, who, made, LENGTH)
        if responses or any(scores.values()):
            data = {"campaign": campaign, "responses": responses, "scores": scores}
            audit.record(project=project, who=who, verb="pool.gathered", object=pool, data=data)
    made.refresh_from_db()
    return Gathered(made, prompts, responses, scores)


def _gather(project: Project, pool: Pool, source: str) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_GATHER, {"project": project.pk, "pool": pool.pk, "source": source})
        responses, prompts = cursor.fetchone()
        cursor.execute(_ONE_BUNDLE, {"pool": pool.pk})
    return int(responses), int(prompts)


def _score(project: Project, who: User | None, pool: Pool, question: str) -> int:
    signal = LENGTH if question == LENGTH else f"rated-{question}"
    _register(project, who, signal, question)
    found = _LENGTHS if question == LENGTH else _LABELLED
    values: dict[str, UUID | str] = {"project": project.pk, "pool": pool.pk, "signal": signal, "question": question}
    with wide_joins(), connection.cursor() as cursor:
        cursor.execute(_SCORE.format(found=found), values)
        return int(cursor.rowcount)


def _register(project: Project, who: User | None, key: str, question: str) -> None:
    if RewardSignal.objects.filter(project=project, key=key).exists():
        return
    long = question == LENGTH
    register_signal(
        project=project,
        who=who,
        key=key,
        name="Length" if long else f"Rated {question}",
        # Its people are those of other signals; it has no choices of its own.
        kind=RewardSignal.Kind.RULE,
        source="characters of the answer" if long else f"raters' mean answer to {question}",
        direction=1 if long else ATTRIBUTES[question],
        unit="characters" if long else "share",
    )
