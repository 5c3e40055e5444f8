"""Thumbs and choices into the ledger, where each user has one vote on each answer: the last that was said stands."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection

from abtest.ingest.events import Incoming
from core.accounts.models import Project
from core.ledger.actors import users
from core.ledger.bulk import rule_many
from core.ledger.live import LiveWord, record_live
from core.ledger.models import Ruling
from core.ledger.turns import Place

REVOTED = "the same user said something else of the same answer later"


def say(
    *,
    project: Project,
    events: Sequence[Incoming],
    ids: Mapping[int, UUID],
    turns: Mapping[Place, UUID],
    old: set[UUID],
    simulated: bool,
) -> None:
    """Write what these new events say as judgments, in the caller's transaction.

    `ids` are the events' by place; `turns` are those of which they speak, of which `old` were there before.
    """
    spoken = [event for event in events if event.question]
    if not spoken:
        return
    actors = users(project, (event.user for event in spoken))
    subjects = [turns[event.conversation, event.turn or 0] for event in spoken]
    record_live(
        project=project,
        words=[
            LiveWord(
                id=ids[event.place],
                actor=actors[event.user],
                turn=turn,
                question=event.question,
                value=event.answer,
                submission_key=event.event_id,
                said_at=event.said_at,
                solicited=event.solicited,
                memory=event.memory,
                arm_key=event.arm_key,
                segment_key=segment_key(event.segment),
                reason=event.reason,
            )
            for event, turn in zip(spoken, subjects, strict=True)
        ],
        simulated=simulated,
    )
    twice = {turn for turn, votes in Counter(subjects).items() if votes > 1}
    _one_vote_each(project, twice | old)


def segment_key(segment: Mapping[str, str]) -> str:
    """A segment as a judgment names it: its factor "segment" where there is one, else all that is known."""
    return segment.get("segment") or ";".join(f"{factor}={level}" for factor, level in sorted(segment.items()))


# The last by what its author's clock says, and of two at one moment the greater name: whatever order they come in, the
# same one stands.
_FORMER = """
SELECT v.id FROM (
    SELECT j.id, row_number() OVER (
        PARTITION BY j.actor_id, j.turn_id, j.solicited, g.question
        ORDER BY j.said_at DESC, j.submission_key COLLATE "C" DESC
    ) AS n
    FROM unnest(%s::uuid[]) AS subject (id)
    CROSS JOIN LATERAL (
        SELECT id, actor_id, turn_id, solicited, said_at, submission_key FROM ledger_judgment
        WHERE turn_id = subject.id AND source = 'live' OFFSET 0
    ) j
    CROSS JOIN LATERAL (
        SELECT question FROM ledger_signal
        WHERE judgment_id = j.id AND question IN ('thumb', 'overall') AND response_slot = 0 OFFSET 0
    ) g
) v
WHERE v.n > 1 AND EXISTS (SELECT FROM counted_judgment c WHERE c.id = v.id)
"""


def _one_vote_each(project: Project, turns: set[UUID]) -> None:
    """Withdraw all but the last of what one user said of one of these turns, each stream of thumbs by itself."""
    if not turns:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(_FORMER, [sorted(turns)])
        former = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = on")
    if former:
        rule_many(project=project, judgments=former, standing=Ruling.Standing.WITHDRAWN, reason=REVOTED)
