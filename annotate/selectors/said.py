"""What a rater has said themselves, as it was shown to them and in words: blind, and the same for every kind of task.

Nothing here reads a task's kind, a known answer, a bundle or anybody else's judgment. Of rulings only what the rater
knows already is told: that a place had gone to somebody else when they saved, and what they took back. Whether a
reviewer overruled or quarantined a judgment is not: it would say of one pair what the right answer is, and raters would
learn to give the answers that stand rather than their own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate import drafts
from annotate.answers import rubric_of
from annotate.models import Attempt, Campaign, PayRow
from annotate.selectors.excerpts import first_words
from annotate.selectors.rating import Shown, shown_as
from annotate.showing import Fields
from core.ledger import rubrics
from core.ledger.models import Actor, Judgment, Ruling, Signal

PAGE = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One judgment of the rater's own. `token` is the key that it was sent under; `overall` is as shown."""

    token: UUID
    at: datetime
    seconds: float | None
    paid: Decimal
    currency: str
    taken_back: bool
    surplus: bool
    undoable: bool
    prompt: str
    overall: str

    @property
    def state(self) -> str:
        """What became of it, in words."""
        if self.taken_back:
            return _("taken back by you; not counted, not paid")
        if self.surplus:
            return _("kept; not counted, since the place had gone to somebody else")
        return _("kept")

    @property
    def pay(self) -> str:
        return f"{self.paid:.2f} {self.currency}" if self.paid else ""

    @property
    def took(self) -> str:
        if self.seconds is None:
            return ""
        minutes, seconds = divmod(round(self.seconds), 60)
        if minutes:
            return _("%(minutes)d min %(seconds)02d s") % {"minutes": minutes, "seconds": seconds}
        return _("%(seconds)d s") % {"seconds": seconds}


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with what was answered of A, of B and of the two together."""

    question: str
    a: str = ""
    b: str = ""
    both: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `after` is the token to go on from, None on the last."""

    lines: Sequence[Line]
    after: UUID | None


@dataclass(frozen=True, slots=True)
class One:
    """One judgment with the pair as it was shown, the answers in words, and what was written."""

    line: Line
    shown: Shown
    answers: Sequence[Answer]
    words: Sequence[str]


def page_of(*, campaign: Campaign, rater: Actor, after: UUID | None = None) -> Page:
    """Thirty of the rater's own judgments in the campaign, newest first, older than the one sent under `after`."""
    found = _mine(campaign, rater)
    if after is not None:
        last = _mine(campaign, rater).filter(lease_token=after).first()
        if last is None:
            raise Http404("No such judgment.")
        found = found.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    attempts = list(found.order_by("-at", "-pk")[: PAGE + 1])
    more, attempts = len(attempts) > PAGE, attempts[:PAGE]
    return Page(_lines(campaign, attempts), attempts[-1].lease_token if more else None)


def one_of(*, campaign: Campaign, rater: Actor, token: UUID) -> One:
    """The rater's own judgment that was sent under this token. Raises Http404."""
    attempt = _mine(campaign, rater).filter(lease_token=token).first()
    if attempt is None or attempt.judgment is None:
        raise Http404("No such judgment.")
    [line] = _lines(campaign, [attempt])
    flipped = _flipped(attempt.judgment)
    fields = drafts.from_judgment(judgment=attempt.judgment, rubric=campaign.rubric_version, flipped=flipped)
    rubric = rubric_of(campaign)
    texts = [question.key for question in rubric.questions if question.text]
    words = [text for key in texts for text in fields.get(key, ())]
    return One(line, shown_as(attempt.task, flipped=flipped), list(_in_words(rubric, fields)), words)


def _mine(campaign: Campaign, rater: Actor) -> "QuerySet[Attempt]":
    return Attempt.objects.filter(campaign=campaign, rater=rater, judgment__isnull=False).select_related(
        "judgment__comparison", "judgment__response", "task"
    )


def _lines(campaign: Campaign, attempts: Sequence[Attempt]) -> list[Line]:
    judgments = {one.judgment_id: one.judgment for one in attempts if one.judgment is not None}
    ids = list(judgments)
    pay = dict(
        PayRow.objects.filter(judgment__in=ids)
        .values("judgment")
        .annotate(n=Sum("amount"))
        .values_list("judgment", "n")
    )
    surplus = set(
        Ruling.objects.filter(judgment__in=ids, standing=Ruling.Standing.SURPLUS).values_list("judgment", flat=True)
    )
    overall = _overall(campaign, judgments)
    prompts = {one.judgment_id: _prompt_of(one.judgment) for one in attempts if one.judgment is not None}
    words = first_words(prompts.values())
    return [
        Line(
            token=one.lease_token,
            at=one.judgment.recorded_at,
            seconds=one.seconds,
            paid=pay.get(one.judgment_id, Decimal(0)),
            currency=campaign.currency,
            taken_back=one.outcome == Attempt.Outcome.WITHDRAWN,
            surplus=one.judgment_id in surplus,
            undoable=_undoable(campaign, one, one.judgment),
            prompt=words.get(prompts[one.judgment_id], ""),
            overall=overall.get(one.judgment_id, ""),
        )
        for one in attempts
        if one.judgment is not None and one.judgment_id is not None and one.lease_token is not None
    ]


def _undoable(campaign: Campaign, attempt: Attempt, judgment: Judgment) -> bool:
    """Whether the button is shown: by the clock and by what the rater knows, never by what others did meanwhile."""
    in_time = judgment.recorded_at + timedelta(seconds=campaign.undo_seconds) > timezone.now()
    return attempt.outcome == Attempt.Outcome.SUBMITTED and not attempt.gold_revealed and in_time


def _overall(campaign: Campaign, judgments: Mapping[UUID | None, Judgment]) -> dict[UUID | None, str]:
    """The overall answer of each of these judgments, as its rater was shown the sides."""
    question = rubric_of(campaign).by_key.get("overall")
    if question is None:
        return {}
    labels = {option.value: option.label for option in question.options}
    said = Signal.objects.filter(judgment__in=list(judgments), question="overall").values_list("judgment", "value")
    return {
        pk: _(labels.get(rubrics.mirror(question, value) if _flipped(judgments[pk]) else value, str(value)))
        for pk, value in said
    }


def _flipped(judgment: Judgment) -> bool:
    return judgment.comparison is not None and judgment.shown_first_id == judgment.comparison.second_id


def _prompt_of(judgment: Judgment) -> UUID:
    subject = judgment.comparison or judgment.response
    assert subject is not None
    prompt: UUID = subject.prompt_id
    return prompt


def _in_words(rubric: rubrics.Rubric, fields: Fields) -> Iterable[Answer]:
    for question in rubric.questions:
        if question.text:
            continue
        label = _(question.label)
        if question.per == "subject":
            if said := _said(question, fields, question.key):
                yield Answer(label, both=said)
        elif any(f"{side}.{question.key}" in fields for side in "ab"):
            yield Answer(
                label, _said(question, fields, f"a.{question.key}"), _said(question, fields, f"b.{question.key}")
            )


def _said(question: rubrics.Question, fields: Fields, name: str) -> str:
    chosen = fields.get(name, ())
    details = fields.get(f"{name}.details", ())
    answers = [_(option.label) for option in question.options if option.key in chosen]
    answers += [_(detail.label) for detail in question.details if detail.key in details]
    return ", ".join(answers)
