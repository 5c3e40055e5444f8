"""Turns of live conversations, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from psycopg.types.json import Jsonb

from core.accounts.models import Project
from core.tables.bulk import copy_rows, fetch, insert_rows
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


Place = tuple[str, int]
"""A turn by where it is: its conversation and number."""


def find_or_add_turns(*, project: Project, turns: Sequence[NewTurn]) -> tuple[dict[Place, UUID], set[UUID]]:
    """The turns at these places, made where there is none, in the caller's transaction, and which of them are old.

    What is there stays as it is. Whoever asks for one of them in another transaction waits for the end of this one.
    """
    # In one order, so that two who want the same turns never wait for each other in a ring.
    wanted = sorted({(turn.conversation, turn.n): turn for turn in reversed(turns)}.items())
    made = insert_rows(
        "ledger_turn",
        {
            "id": ("uuid", uuid7s(len(wanted))),
            "project_id": ("uuid", [project.pk] * len(wanted)),
            "conversation": ("text", [turn.conversation for _, turn in wanted]),
            "n": ("int4", [turn.n for _, turn in wanted]),
            "response_id": ("uuid", [turn.response for _, turn in wanted]),
            "bundle_id": ("uuid", [turn.bundle for _, turn in wanted]),
            "arm_key": ("text", [turn.arm_key for _, turn in wanted]),
            "memory": ("text", [turn.memory for _, turn in wanted]),
            "segment": ("jsonb", [Jsonb(dict(turn.segment)) for _, turn in wanted]),
            "label_probability": ("float8", [turn.label_probability for _, turn in wanted]),
        },
        returning=("conversation", "n", "id"),
    )
    found: dict[Place, UUID] = {(conversation, n): pk for conversation, n, pk in made}
    there = [place for place, _ in wanted if place not in found]
    asked = [project.pk, [conversation for conversation, _ in there], [n for _, n in there]]
    old: dict[Place, UUID] = {(row[0], row[1]): row[2] for row in (fetch(_HOLD, asked) if there else ())}
    return found | old, set(old.values())


# One place at a time, by the key, whatever the server believes of a table that is being filled.
_HOLD = """
SELECT w.conversation, w.n, t.id
FROM (SELECT %s::uuid AS project, * FROM unnest(%b::text[], %b::int4[]) AS w (conversation, n)) w
CROSS JOIN LATERAL (
    SELECT id FROM ledger_turn
    WHERE project_id = w.project AND conversation = w.conversation AND n = w.n FOR NO KEY UPDATE
) t
"""
