"""The rows that an alpha is read from: the answers that people saw, and what counts of what they said of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from alpha.models import Programme
from core.tables.bulk import fetch

CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer that somebody saw to its end, or stopped: by which bundle, to whom, and how fast it came.

    `last`: it was not asked for again. `pair`: what was asked for together with it came through too.
    """

    answer: UUID
    message: UUID
    n: int
    conversation: UUID
    place: int
    purpose: str
    mode: str
    person: UUID
    bundle: str
    state: str
    model_ms: int | None
    shown_ms: int | None
    asked_at: datetime
    last: bool
    pair: bool

    @property
    def chat(self) -> bool:
        """Whether a volunteer saw it, and not an expert at a check."""
        return self.purpose == CHAT


@dataclass(frozen=True, slots=True)
class Remark:
    """One counted judgment: `signals` are {question: value}, `other` the second bundle of a choice."""

    judgment: UUID
    kind: str
    answer: UUID
    conversation: UUID
    purpose: str
    person: UUID
    bundle: str
    solicited: bool
    signals: Mapping[str, int]


@dataclass(frozen=True)
class Ground:
    """All of a programme that is read, at one moment."""

    tried: list[Seen]
    remarks: list[Remark]

    @cached_property
    def seen(self) -> list[Seen]:
        """What people read in the end: the last attempt of each voice at each message."""
        return [one for one in self.tried if one.last]

    @cached_property
    def by_answer(self) -> dict[UUID, Seen]:
        return {one.answer: one for one in self.seen}

    def of(self, *kinds: str) -> Iterator[Remark]:
        """What was said in these ways by volunteers in their own chats."""
        return (one for one in self.remarks if one.kind in kinds and one.purpose == CHAT)

    @property
    def shown(self) -> Iterator[Seen]:
        """The answers that volunteers read in the end."""
        return (one for one in self.seen if one.chat)

    @property
    def sayable(self) -> Iterator[Seen]:
        """The answers of which volunteers could say something, those among them that were asked for again."""
        return (one for one in self.tried if one.chat and one.pair)


def ground_of(programme: Programme, only: Sequence[UUID] | None = None) -> Ground:
    """What there is to read, as the database has it in the caller's transaction; `only` these conversations, or all."""
    asked = [programme.pk, None if only is None else list(only)]
    tried = [Seen(*row) for row in fetch(_SEEN, asked)]
    return Ground(tried, list(_remarks(fetch(_SAID, asked))))


_SEEN = """
SELECT
    a.id, m.id, m.n, c.id, v.place, c.purpose, c.mode, c.actor_id, b.name, a.state, a.model_ms, a.shown_ms, a.asked_at,
    a.attempt = max(a.attempt) OVER (PARTITION BY a.message_id, a.voice_id),
    NOT EXISTS (
        SELECT FROM alpha_answer t WHERE t.message_id = a.message_id AND t.attempt = a.attempt AND t.turn_id IS NULL
    )
FROM alpha_conversation c
JOIN alpha_message m ON m.conversation_id = c.id
JOIN alpha_answer a ON a.message_id = m.id
JOIN alpha_voice v ON v.id = a.voice_id
JOIN catalog_bundle b ON b.id = v.bundle_id
WHERE c.programme_id = %s AND c.id = ANY (coalesce(%s::uuid[], ARRAY[c.id])) AND a.turn_id IS NOT NULL
ORDER BY a.message_id, a.voice_id, a.attempt
"""

_SAID = """
SELECT s.judgment_id, s.kind, s.answer_id, c.id, c.purpose, c.actor_id, b.name, j.solicited, g.question, g.value
FROM alpha_conversation c
JOIN alpha_said s ON s.conversation_id = c.id
JOIN counted_judgment j ON j.id = s.judgment_id
JOIN alpha_answer a ON a.id = s.answer_id
JOIN alpha_voice v ON v.id = a.voice_id
JOIN catalog_bundle b ON b.id = v.bundle_id
LEFT JOIN ledger_signal g ON g.judgment_id = s.judgment_id
WHERE c.programme_id = %s AND c.id = ANY (coalesce(%s::uuid[], ARRAY[c.id]))
ORDER BY s.judgment_id
"""

Row = tuple[UUID, str, UUID, UUID, str, UUID, str, bool, str | None, int | None]


def _remarks(rows: list[Row]) -> Iterator[Remark]:
    """One remark for all rows of a judgment, which follow each other."""
    last: UUID | None = None
    signals: dict[str, int] = {}
    for judgment, kind, answer, conversation, purpose, person, bundle, solicited, question, value in rows:
        if judgment != last:
            last, signals = judgment, {}
            yield Remark(judgment, kind, answer, conversation, purpose, person, bundle, solicited, signals)
        if question is not None and value is not None:
            signals[question] = value
