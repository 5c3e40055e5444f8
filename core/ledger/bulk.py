"""Recording many judgments at a time, for imports and simulations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.accounts.models import Project
from core.ledger import corrections, tallies, thumbs
from core.ledger.models import Ruling
from core.ledger.recording import Said, Utterance
from core.tables.bulk import Column, fetch, insert_rows
from core.tables.ids import uuid7


@dataclass(frozen=True, slots=True)
class Spoken:
    """An utterance with its author. Of its context all but `supersedes_id` is kept."""

    actor: UUID
    utterance: Utterance


_STORED = """
SELECT id, submission_key FROM ledger_judgment
WHERE project_id = %s AND source = %s AND submission_key = ANY(%b::text[])
"""
_SAID = "SELECT judgment_id, question, value, response_slot FROM ledger_signal WHERE judgment_id = ANY(%b::uuid[])"


def stored_answers(*, project: Project, source: str, keys: Collection[str]) -> dict[str, frozenset[Said]]:
    """What was recorded under those of the submission keys that were used before."""
    if not keys:
        return {}
    # Two lookups by key and no join: the tables are being filled, and a join planned while they seemed empty is slow.
    judgments: dict[UUID, str] = dict(fetch(_STORED, [project.pk, source, list(keys)]))
    answers: dict[str, set[Said]] = {key: set() for key in judgments.values()}
    if judgments:
        for judgment, question, value, slot in fetch(_SAID, [list(judgments)]):
            answers[judgments[judgment]].add(Said(question, value, slot))
    return {key: frozenset(said) for key, said in answers.items()}


def record_many(*, project: Project, source: str, rubric_version: UUID, spoken: Sequence[Spoken]) -> int:
    """Record these judgments in the caller's transaction; returns how many are new.

    A submission key that was used before is passed over: ask `stored_answers` what was said under it.
    """
    ids = {one.utterance.submission_key: uuid7() for one in spoken}
    said = [one.utterance for one in spoken]
    context = [one.context for one in said]
    columns: dict[str, Column] = {
        "id": ("uuid", [ids[one.submission_key] for one in said]),
        "project_id": ("uuid", [project.pk] * len(said)),
        "actor_id": ("uuid", [one.actor for one in spoken]),
        "source": ("text", [source] * len(said)),
        "rubric_version_id": ("uuid", [rubric_version] * len(said)),
        "comparison_id": ("uuid", [one.subject.comparison for one in said]),
        "response_id": ("uuid", [one.subject.response for one in said]),
        "turn_id": ("uuid", [one.subject.turn for one in said]),
        "shown_first_id": ("uuid", [one.shown_first for one in said]),
        "solicited": ("boolean", [one.get("solicited", True) for one in context]),
        "memory": ("text", [one.get("memory", "off") for one in context]),
        "arm_key": ("text", [one.get("arm_key", "") for one in context]),
        "segment_key": ("text", [one.get("segment_key", "") for one in context]),
        "said_at": ("timestamptz", [one.said_at for one in said]),
        "submission_key": ("text", [one.submission_key for one in said]),
        "simulated": ("boolean", [one.get("simulated", False) for one in context]),
    }
    new = {row[0] for row in insert_rows("ledger_judgment", columns, returning=("id",))}
    signals = [(ids[one.submission_key], each) for one in said for each in one.said if ids[one.submission_key] in new]
    insert_rows(
        "ledger_signal",
        {
            "judgment_id": ("uuid", [judgment for judgment, _ in signals]),
            "question": ("text", [each.question for _, each in signals]),
            "response_slot": ("smallint", [each.slot for _, each in signals]),
            "value": ("smallint", [each.value for _, each in signals]),
        },
    )
    tallies.mark(project=project.pk, judgments=new)
    followed = {judgment for judgment, each in signals if thumbs.follows([each.question])}
    thumbs.mark(project=project.pk, judgments=followed)
    insert_mentions(
        project,
        {
            (one.subject.comparison, each.question, each.value)
            for one in said
            if one.subject.comparison is not None and ids[one.submission_key] in new
            for each in one.said
        },
    )
    return len(new)


def rule_many(*, project: Project, judgments: Sequence[UUID], standing: str, reason: str) -> None:
    """Add the same ruling to each of these judgments in the caller's transaction; see `recording.rule`."""
    counted = standing == Ruling.Standing.COUNTED
    Ruling.objects.bulk_create(
        [
            Ruling(judgment_id=judgment, standing=standing, weight=1.0 if counted else 0.0, reason=reason)
            for judgment in judgments
        ]
    )
    tallies.mark(project=project.pk, judgments=judgments)
    if counted:
        thumbs.mark(project=project.pk, judgments=judgments)
    corrections.mark(project=project.pk, judgments=judgments)


def insert_mentions(project: Project, said: Collection[tuple[UUID, str, int]]) -> None:
    """Note in the caller's transaction that these (comparison, question, value) were said."""
    rows = sorted(said)
    insert_rows(
        "ledger_mention",
        {
            "project_id": ("uuid", [project.pk] * len(rows)),
            "comparison_id": ("uuid", [comparison for comparison, _, _ in rows]),
            "question": ("text", [question for _, question, _ in rows]),
            "value": ("smallint", [value for _, _, value in rows]),
        },
    )
