"""What the person of a chat has said in it, as it stands, for their page: no bundle, no arm."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Max

from alpha.models import Answer, Choice, Conversation, Said
from alpha.saying import rubric
from alpha.saying.choosing import Shown
from core.ledger.models import Signal, Words
from core.ledger.rubrics import BOTH_BAD, mirror

_OVERALL = rubric.ALPHA.question("overall")


@dataclass(slots=True)
class OfAnswer:
    """What was said of one answer: `thumb` 1, -1 or 0 for none; `chips` as `labels` takes them."""

    thumb: int = 0
    reason: str = ""
    chips: dict[str, str | bool] = field(default_factory=dict)
    felt_off: bool = False
    note: str = ""
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """By answer, by message (the choice between its last two answers, as it was shown), and the form with its words.

    The form is None before it is given.
    """

    answers: Mapping[UUID, OfAnswer]
    choices: Mapping[UUID, Shown]
    form: Mapping[str, str] | None = None
    form_words: str = ""

    def of(self, answer: UUID) -> OfAnswer:
        return self.answers.get(answer) or OfAnswer()


def said_of(conversation: Conversation) -> Told:
    """All that its person has said in the conversation and not replaced or taken back."""
    standing = (
        Said.objects.filter(conversation=conversation, judgment__superseded_by=None)
        .filter(judgment__actor=conversation.actor_id)
        .select_related("answer")
        .order_by("judgment")
    )
    rows = list(standing)
    keys = [row.judgment_id for row in rows]
    values: dict[UUID, dict[str, int]] = {pk: {} for pk in keys}
    for signal in Signal.objects.filter(judgment__in=keys):
        values[signal.judgment_id][signal.question] = signal.value
    words = {one.judgment_id: str(one.body.get("note", "")) for one in Words.objects.filter(judgment__in=keys)}
    flipped = dict(Choice.objects.filter(judgment__in=keys).values_list("judgment", "flipped"))
    answers: dict[UUID, OfAnswer] = {}
    choices: dict[UUID, Shown] = {}
    last = _last_attempts(conversation)
    form: dict[str, str] | None = None
    form_words = ""
    for row in rows:
        said, note = values[row.judgment_id], words.get(row.judgment_id, "")
        if row.kind == Said.Kind.CHOICE:
            if row.answer.attempt == last[row.answer.message_id] and _OVERALL.key in said:
                choices[row.answer.message_id] = _shown(said[_OVERALL.key], flipped.get(row.judgment_id, False))
        elif row.kind == Said.Kind.FORM:
            form = {key: rubric.ALPHA.question(key).key_of(value) for key, value in said.items()}
            form_words = note
        else:
            _add(answers.setdefault(row.answer_id, OfAnswer()), row.kind, said, note)
    return Told(answers, choices, form, form_words)


def _last_attempts(conversation: Conversation) -> dict[UUID, int]:
    rows = Answer.objects.filter(message__conversation=conversation).order_by("message").values_list("message")
    return dict(rows.annotate(Max("attempt")))


def _add(told: OfAnswer, kind: str, said: Mapping[str, int], note: str) -> None:
    if kind == Said.Kind.THUMB and "thumb" in said:
        told.thumb = said["thumb"]
        reason = said.get("thumb_reason")
        told.reason = rubric.ALPHA.question("thumb_reason").key_of(reason) if reason is not None else ""
    elif kind == Said.Kind.LABELS:
        told.chips = {key: "." in key or rubric.ALPHA.question(key).key_of(value) for key, value in said.items()}
    elif kind == Said.Kind.FELT_OFF:
        told.felt_off, told.note = True, note
    elif kind == Said.Kind.REPORT:
        told.reported = True


def _shown(value: int, flipped: bool) -> Shown:
    shown = mirror(_OVERALL, value) if flipped else value
    return "both_bad" if shown == BOTH_BAD else shown
