"""What users say in a product: one answer about one turn each, many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from core.accounts.models import Project
from core.ledger import tallies, thumbs
from core.ledger.models import Judgment
from core.ledger.rubrics import default_version
from core.tables.bulk import copy_rows


@dataclass(frozen=True, slots=True)
class LiveWord:
    """One answer of one user about a turn. `id` is that of the judgment to be; `reason` is in the user's words."""

    id: UUID
    actor: UUID
    turn: UUID
    question: str
    value: int
    submission_key: str
    said_at: datetime
    solicited: bool = False
    memory: str = "off"
    arm_key: str = ""
    segment_key: str = ""
    reason: str = ""


_JUDGMENT = {
    "id": "uuid",
    "project_id": "uuid",
    "actor_id": "uuid",
    "source": "text",
    "rubric_version_id": "uuid",
    "turn_id": "uuid",
    "solicited": "bool",
    "memory": "text",
    "arm_key": "text",
    "segment_key": "text",
    "said_at": "timestamptz",
    "submission_key": "text",
    "simulated": "bool",
}
_SIGNAL = {"judgment_id": "uuid", "question": "text", "response_slot": "int2", "value": "int2"}
_WORDS = {"judgment_id": "uuid", "body": "jsonb"}


def record_live(*, project: Project, words: Sequence[LiveWord], simulated: bool = False) -> None:
    """Record these as judgments in the caller's transaction. A submission key that was used before is an error."""
    rubric, source = default_version(project).pk, Judgment.Source.LIVE.value
    copy_rows(
        "ledger_judgment",
        _JUDGMENT,
        (
            (
                one.id,
                project.pk,
                one.actor,
                source,
                rubric,
                one.turn,
                one.solicited,
                one.memory,
                one.arm_key,
                one.segment_key,
                one.said_at,
                one.submission_key,
                simulated,
            )
            for one in words
        ),
    )
    copy_rows("ledger_signal", _SIGNAL, ((one.id, one.question, 0, one.value) for one in words))
    copy_rows("ledger_words", _WORDS, ((one.id, Jsonb({"reason": one.reason})) for one in words if one.reason))
    tallies.mark(project=project.pk, judgments=(one.id for one in words))
    thumbs.mark(project=project.pk, judgments=(one.id for one in words if thumbs.follows([one.question])))
