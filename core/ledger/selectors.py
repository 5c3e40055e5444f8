"""Reading the ledger for those who may see it: judgments with their answers in the rubric's words, label requests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from core.accounts.access import Member
from core.ledger import rubrics
from core.ledger.models import Judgment, LabelRequest, Ruling, Signal

SUPERSEDED = "superseded"
_PLACES = {0: "subject", 1: "first", 2: "second"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One signal: `answer` is its key in the rubric, empty where the rubric does not say; `value` is what is stored."""

    question: str
    group: str
    about: str
    answer: str
    value: int


@dataclass(frozen=True, slots=True)
class Told:
    """A judgment with everything that was said in it and ruled about it; `standing` is what holds now."""

    judgment: Judgment
    answers: list[Answer]
    rulings: list[Ruling]
    standing: str

    @property
    def counted(self) -> bool:
        return self.standing == Ruling.Standing.COUNTED

    @property
    def weight(self) -> float:
        """Its weight where it counts, else 0."""
        if not self.counted:
            return 0.0
        return self.rulings[-1].weight if self.rulings else 1.0


def judgments_of(member: Member) -> "QuerySet[Judgment]":
    """The judgments of the member's project, counted or not."""
    return Judgment.objects.filter(project=member.project).select_related("actor", "rubric_version")


def judgment_for(member: Member, pk: UUID) -> Judgment:
    """One judgment of the member's project. Raises Http404."""
    found = judgments_of(member).filter(pk=pk).first()
    if found is None:
        raise Http404("No such judgment.")
    return found


def told(judgments: Sequence[Judgment]) -> list[Told]:
    """These judgments with their answers and rulings, in four queries however many they are."""
    ids = [one.pk for one in judgments]
    signals: dict[UUID, list[Signal]] = {}
    for signal in Signal.objects.filter(judgment__in=ids).order_by("judgment", "question", "response_slot"):
        signals.setdefault(signal.judgment_id, []).append(signal)
    rulings: dict[UUID, list[Ruling]] = {}
    for ruling in Ruling.objects.filter(judgment__in=ids).order_by("pk"):
        rulings.setdefault(ruling.judgment_id, []).append(ruling)
    superseded = set(Judgment.objects.filter(supersedes__in=ids).values_list("supersedes", flat=True))
    versions = {one.rubric_version_id: one.rubric_version for one in judgments}
    asked = {pk: rubrics.parse(version.questions).by_key if version else {} for pk, version in versions.items()}
    found = []
    for one in judgments:
        ruled = rulings.get(one.pk, [])
        standing = ruled[-1].standing if ruled else Ruling.Standing.COUNTED.value
        if one.pk in superseded:
            standing = SUPERSEDED
        answers = list(_answers(signals.get(one.pk, []), asked[one.rubric_version_id]))
        found.append(Told(one, answers, ruled, standing))
    return found


def requests_of(member: Member) -> "QuerySet[LabelRequest]":
    """The label requests of the member's project."""
    return LabelRequest.objects.filter(project=member.project)


def request_for(member: Member, pk: UUID) -> LabelRequest:
    """One label request of the member's project. Raises Http404."""
    found = requests_of(member).filter(pk=pk).first()
    if found is None:
        raise Http404("No such label request.")
    return found


def _answers(signals: Iterable[Signal], asked: Mapping[str, rubrics.Question]) -> Iterable[Answer]:
    for signal in signals:
        main, _, detail = signal.question.partition(".")
        question = asked.get(main)
        answer = "yes" if detail else ""
        if question is not None and not detail:
            answer = next((option.key for option in question.options if option.value == signal.value), "")
        group = question.group if question is not None else ""
        yield Answer(signal.question, group, _PLACES[signal.response_slot], answer, signal.value)
