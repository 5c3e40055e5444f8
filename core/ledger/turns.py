"""Turns of live conversations, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from psycopg.types.json import Jsonb

from core.accounts.models import Project
from core.tables.bulk import copy_rows
from core.tables.ids import uuid7s


@dataclass(frozen=True, slots=True)
class NewTurn:
    """An answer as it came in a conversation, where it is the `n`th turn.

    `segment` holds what is known of who was spoken with: {"segment": "teen", "locale": "en"}; `label_probability` is
    that with which the turn was selected to be labelled, None where it was not.
    """

    conversation: str
    n: int
    response: UUID | None = None
    bundle: UUID | None = None
    arm_key: str = ""
    memory: str = "off"
    segment: Mapping[str, str] = field(default_factory=dict)
    label_probability: float | None = None


_COLUMNS = {
    "id": "uuid",
    "project_id": "uuid",
    "conversation": "text",
    "n": "int4",
    "response_id": "uuid",
    "bundle_id": "uuid",
    "arm_key": "text",
    "memory": "text",
    "segment": "jsonb",
    "label_probability": "float8",
}


def add_turns(*, project: Project, turns: Sequence[NewTurn]) -> list[UUID]:
    """Write these turns in the caller's transaction; returns their ids, in order. A place that is taken is an error."""
    ids = uuid7s(len(turns))
    copy_rows(
        "ledger_turn",
        _COLUMNS,
        (
            (
                pk,
                project.pk,
                turn.conversation,
                turn.n,
                turn.response,
                turn.bundle,
                turn.arm_key,
                turn.memory,
                Jsonb(dict(turn.segment)),
                turn.label_probability,
            )
            for pk, turn in zip(ids, turns, strict=True)
        ),
    )
    return ids
