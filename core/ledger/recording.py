"""Writing to the ledger: judgments with their signals and words, and rulings about them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from core.accounts.models import Project
from core.ledger import corrections, tallies, thumbs
from core.ledger.models import Judgment, Ruling, Words
from core.tables.prepared import rows


class SubmissionConflict(Exception):
    """The submission key was used before, for something else that was said."""


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: `slot` is 0 for the whole subject, 1 and 2 for the comparison's first and second response."""

    question: str
    value: int
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """What a judgment is about: exactly one of the three ids."""

    comparison: UUID | None = None
    response: UUID | None = None
    turn: UUID | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """All that one actor says at one moment; `words` holds {"rationale": …} and the like, None when silent."""

    submission_key: str
    said: tuple[Said, ...]
    subject: Subject
    words: dict[str, Any] | None = None
    said_at: datetime | None = None
    shown_first: UUID | None = None
    context: dict[str, Any] = field(default_factory=dict)


def record(
    *, project: Project, actor: UUID, source: str, rubric_version: UUID | None, utterance: Utterance
) -> tuple[Judgment, bool]:
    """Record one judgment in the caller's transaction; returns it and whether it is new.

    The same `submission_key` with the same answers returns the stored judgment; with others it raises
    SubmissionConflict. `utterance.context` may name solicited, memory, arm_key, segment_key, supersedes_id, simulated.
    """
    judgment = Judgment(
        project=project,
        actor_id=actor,
        source=source,
        rubric_version_id=rubric_version,
        comparison_id=utterance.subject.comparison,
        response_id=utterance.subject.response,
        turn_id=utterance.subject.turn,
        shown_first_id=utterance.shown_first,
        said_at=utterance.said_at,
        submission_key=utterance.submission_key,
        **utterance.context,
    )
    recorded_at = _insert(judgment, utterance)
    if recorded_at is not None:
        judgment.recorded_at = recorded_at
        judgment._state.adding = False
        return judgment, True
    stored = replayed(project=project, source=source, utterance=utterance, actor=actor)
    if stored is None:
        raise SubmissionConflict("This was saved before, under a judgment that cannot be read.")
    return stored, False


# The database says when, and in which transaction.
_COLUMNS = {
    field.column: field.attname
    for field in Judgment._meta.concrete_fields
    if field.attname not in ("recorded_at", "xid")
}

# Judgment, signals, mentions, words and the marks of what it changes in one round trip. Whoever comes second under a
# key waits for the first and gets no row. Mentions go in one order, so that two judgments of one comparison never wait
# in a ring.
_INSERT = f"""
WITH said AS (
    INSERT INTO ledger_judgment ({", ".join(_COLUMNS)}) VALUES ({", ".join(f"%({name})s" for name in _COLUMNS)})
    ON CONFLICT (project_id, source, submission_key) DO NOTHING
    RETURNING id, recorded_at
), signals AS (
    INSERT INTO ledger_signal (judgment_id, question, response_slot, value)
    SELECT said.id, one.question, one.response_slot, one.value
    FROM said, unnest(%(questions)s::text[], %(places)s::smallint[], %(values)s::smallint[])
        AS one (question, response_slot, value)
), mentions AS (
    INSERT INTO ledger_mention (project_id, question, value, comparison_id)
    SELECT DISTINCT %(project_id)s::uuid, one.question, one.value, %(comparison_id)s::uuid
    FROM said, unnest(%(questions)s::text[], %(values)s::smallint[]) AS one (question, value)
    WHERE %(comparison_id)s::uuid IS NOT NULL
    ORDER BY one.question, one.value
    ON CONFLICT DO NOTHING
), marked AS (
    INSERT INTO ledger_dirtybucket (id, project_id, scope, bucket)
    SELECT gen_random_uuid(), %(project_id)s, 'judgments', left(changed.id::text, 8)
    FROM said, unnest(ARRAY[%(id)s, %(supersedes_id)s]::uuid[]) AS changed (id) WHERE changed.id IS NOT NULL
), followed AS (
    INSERT INTO ledger_dirtybucket (id, project_id, scope, bucket)
    SELECT gen_random_uuid(), %(project_id)s, %(follow)s, %(followed)s FROM said WHERE %(follow)s <> ''
), words AS (
    INSERT INTO ledger_words (judgment_id, body)
    SELECT said.id, words.body FROM said, (VALUES (%(words)s::jsonb)) AS words (body) WHERE words.body IS NOT NULL
)
SELECT recorded_at FROM said
"""  # noqa: S608  (columns of the model only)


def _insert(judgment: Judgment, utterance: Utterance) -> datetime | None:
    """When the judgment was recorded, or None if its key was used before."""
    row: dict[str, Any] = {column: getattr(judgment, name) for column, name in _COLUMNS.items()}
    row["source"] = str(judgment.source)
    row["questions"] = [said.question for said in utterance.said]
    row["places"] = [said.slot for said in utterance.said]
    row["values"] = [said.value for said in utterance.said]
    row["follow"] = thumbs.SCOPE if thumbs.follows(row["questions"]) else ""
    row["followed"] = thumbs.bucket_of(judgment.pk)
    row["words"] = Jsonb(utterance.words) if utterance.words else None
    found = rows(_INSERT, row)
    return found[0][0] if found else None


def replayed(*, project: Project, source: str, utterance: Utterance, actor: UUID) -> Judgment | None:
    """The judgment stored under the utterance's key, or None. Raises SubmissionConflict if it says something else."""
    stored = Judgment.objects.filter(project=project, source=source, submission_key=utterance.submission_key).first()
    if stored is None:
        return None
    said = {(row.question, row.response_slot, row.value) for row in stored.signals.all()}
    words = Words.objects.filter(judgment=stored).values_list("body", flat=True).first()
    same = said == {(one.question, one.slot, one.value) for one in utterance.said}
    if not same or (words or None) != (utterance.words or None) or stored.actor_id != actor:
        raise SubmissionConflict("This was saved before with other answers; the first ones stand.")
    return stored


def rule(
    *,
    judgment: UUID,
    standing: str,
    reason: str,
    by: UUID | None = None,
    weight: float | None = None,
    run: UUID | None = None,
) -> Ruling:
    """Add a ruling; from now on it is the one that stands. The weight defaults to 1 when counted, else 0."""
    if weight is None:
        weight = 1.0 if standing == Ruling.Standing.COUNTED else 0.0
    with transaction.atomic():
        ruling = Ruling.objects.create(
            judgment_id=judgment, standing=standing, weight=weight, reason=reason, by=by, run=run
        )
        project, source = Judgment.objects.values_list("project_id", "source").get(pk=judgment)
        tallies.mark(project=project, judgments=[judgment])
        if standing == Ruling.Standing.COUNTED:
            thumbs.mark(project=project, judgments=[judgment])
        if source == Judgment.Source.LIVE:
            corrections.mark(project=project, judgments=[judgment])
    return ruling
