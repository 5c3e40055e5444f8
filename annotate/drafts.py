"""What a rater has filled in and not yet submitted, kept on the server: it survives a reload and another device."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now
from psycopg.types.json import Jsonb

from annotate.models import Campaign, Draft, Slot
from annotate.showing import Fields
from core.ledger import rubrics
from core.ledger.models import Actor, Judgment, RubricVersion, Signal, Words
from core.tables.prepared import Columns, rows

_OPPOSITE = {"first": "second", "second": "first"}


def save(*, campaign: Campaign, rater: Actor, token: UUID, fields: Fields) -> datetime | None:
    """Keep what was filled in for the pair under this lease; returns when, or None if the pair is no longer theirs.

    A draft that arrives after its pair was saved finds no lease and leaves nothing behind.
    """
    values = {"campaign": campaign.pk, "rater": rater.pk, "token": token, "fields": Jsonb(_listed(fields))}
    saved = rows(_SAVE, values)
    return saved[0][0] if saved else None


# A slot without its rater's lease gives no row to insert.
_SAVE = """
INSERT INTO annotate_draft AS draft (rater_id, task_id, body, saved_at)
SELECT s.holder_id, s.task_id, jsonb_build_object('flipped', s.flipped, 'fields', %(fields)s::jsonb),
       statement_timestamp()
FROM annotate_slot s
WHERE s.lease_token = %(token)s AND s.holder_id = %(rater)s AND s.campaign_id = %(campaign)s AND s.state = 'leased'
ON CONFLICT (rater_id, task_id) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at
RETURNING draft.saved_at
"""


def put(*, rater: Actor, task: UUID, flipped: bool, fields: Fields) -> None:
    """Keep these fields, as shown with the sides `flipped` or not, as the rater's draft on this task."""
    draft = Draft(rater=rater, task_id=task, body={"flipped": flipped, "fields": _listed(fields)}, saved_at=Now())
    Draft.objects.bulk_create(
        [draft], update_conflicts=True, unique_fields=["rater", "task"], update_fields=["body", "saved_at"]
    )


def _listed(fields: Fields) -> dict[str, list[str]]:
    return {name: list(values) for name, values in fields.items()}


def of(*, rater: Actor, slots: Iterable[Slot], rubric: rubrics.Rubric) -> dict[UUID, tuple[Fields, datetime]]:
    """The rater's drafts on these slots by slot id: the fields as each slot shows them, and when they were saved."""
    by_task = {slot.task_id: slot for slot in slots}
    found = {}
    for row in rows(_OF, {"rater": rater.pk, "tasks": list(by_task)}):
        draft = _DRAFT.build(row)
        slot = by_task[draft.task_id]
        fields = draft.body["fields"]
        if draft.body["flipped"] != slot.flipped:
            fields = mirrored(fields, rubric)
        found[slot.pk] = (fields, draft.saved_at)
    return found


_DRAFT = Columns(Draft, "d")
_OF = f"SELECT {_DRAFT.sql} FROM annotate_draft d WHERE d.rater_id = %(rater)s AND d.task_id = ANY(%(tasks)s)"  # noqa: S608


def mirrored(fields: Fields, rubric: rubrics.Rubric) -> dict[str, list[str]]:
    """The same answers when the two sides are exchanged."""
    exchanged = {}
    for name, values in fields.items():
        side, dot, rest = name.partition(".")
        question = rubric.by_key.get(name)
        if dot and side in ("a", "b"):
            exchanged[f"{'b' if side == 'a' else 'a'}.{rest}"] = list(values)
        elif question is not None and question.mirrored:
            exchanged[name] = [_opposite(value) for value in values]
        else:
            exchanged[name] = list(values)
    return exchanged


def _opposite(value: str) -> str:
    if value.lstrip("-").isdigit():
        return str(-int(value))
    return _OPPOSITE.get(value, value)


def from_judgment(*, judgment: Judgment, rubric: RubricVersion, flipped: bool) -> dict[str, list[str]]:
    """The fields that say what the judgment said, as shown with the sides `flipped` or not."""
    questions = rubrics.parse(rubric.questions)
    fields: dict[str, list[str]] = {}
    for signal in Signal.objects.filter(judgment=judgment).order_by("question", "response_slot"):
        key, _, detail = signal.question.partition(".")
        question = questions.question(key)
        # A judgment of a single response says everything about slot 0, and the page shows that response as A.
        name = f"{'b' if signal.response_slot == 2 else 'a'}.{key}" if question.per == "response" else key
        if detail:
            fields.setdefault(f"{name}.details", []).append(detail)
        else:
            fields[name] = [question.key_of(signal.value)]
    words = Words.objects.filter(judgment=judgment).values_list("body", flat=True).first()
    for key, text in (words or {}).items():
        fields[key] = [str(text)]
    return mirrored(fields, questions) if flipped else fields
