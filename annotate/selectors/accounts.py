"""Everything that was said of one comparison: each judgment with its answers in words and what was ruled about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext, gettext_lazy

from core.catalog.models import Comparison
from core.ledger import rubrics
from core.ledger.models import Judgment, Ruling, Signal, Words

SUPERSEDED = "superseded"
MOST = 500
# The answers that carry a meaning of their own in the interface; "no" carries none.
_MARKS = {"correct": {2}, "sycophantic": {1, 2}, "cold": {1, 2}}
_SOURCES = {
    Judgment.Source.IMPORT: gettext_lazy("imported"),
    Judgment.Source.RATING: gettext_lazy("rated here"),
    Judgment.Source.ALPHA: gettext_lazy("alpha"),
    Judgment.Source.LIVE: gettext_lazy("live"),
    Judgment.Source.SPOT_CHECK: gettext_lazy("spot check"),
    Judgment.Source.JUDGE: gettext_lazy("judge"),
}
_Row = TypeVar("_Row", Signal, Ruling)


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer in words, with its refinements; `mark` is the meaning that it has (correct, sycophantic, cold)."""

    question: str
    answer: str
    details: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """What was said of A or of B (in the comparison's order), or of the two together ("")."""

    letter: str
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """One judgment with its answers, words and rulings; `standing` is what counts now: the last ruling's word."""

    judgment: Judgment
    source: str
    sides: tuple[Side, ...]
    words: tuple[str, ...]
    rulings: tuple[Ruling, ...]
    standing: str
    left: str

    @property
    def pseudonym(self) -> str:
        return str(self.judgment.actor.pseudonym)

    @property
    def at(self) -> datetime:
        return self.judgment.said_at or self.judgment.recorded_at

    @property
    def counted(self) -> bool:
        return self.standing == Ruling.Standing.COUNTED

    @property
    def single(self) -> bool:
        """Whether it is about one response by itself, which may stand in other comparisons too."""
        return self.judgment.response_id is not None


def accounts_of(comparison: Comparison) -> list[Account]:
    """What was said of this comparison and of its responses, oldest first (the first 500), with every ruling."""
    judgments = list(
        Judgment.objects.filter(project_id=comparison.project_id)
        .filter(Q(comparison=comparison) | Q(response__in=(comparison.first_id, comparison.second_id)))
        .select_related("actor", "rubric_version")
        .order_by("recorded_at", "pk")[:MOST]
    )
    ids = [judgment.pk for judgment in judgments]
    signals = _by_judgment(Signal.objects.filter(judgment__in=ids))
    rulings = _by_judgment(Ruling.objects.filter(judgment__in=ids).order_by("pk"))
    words = {row.judgment_id: row.body for row in Words.objects.filter(judgment__in=ids)}
    superseded = {judgment.supersedes_id for judgment in judgments}
    # Of the same few versions again and again: each is parsed once.
    versions = {one.rubric_version_id: one.rubric_version for one in judgments}
    parsed = {pk: rubrics.parse(version.questions) if version else rubrics.DEFAULT for pk, version in versions.items()}
    return [
        Account(
            judgment=one,
            source=str(_SOURCES.get(Judgment.Source(one.source), one.source)),
            sides=_sides(comparison, one, signals.get(one.pk, []), parsed[one.rubric_version_id]),
            words=tuple(str(text) for text in words.get(one.pk, {}).values() if text),
            rulings=tuple(rulings.get(one.pk, [])),
            standing=_standing(one, rulings.get(one.pk, []), superseded),
            left=_letter(comparison, one.shown_first_id),
        )
        for one in judgments
    ]


def _standing(judgment: Judgment, rulings: Sequence[Ruling], superseded: set[UUID | None]) -> str:
    if judgment.pk in superseded:
        return SUPERSEDED
    return rulings[-1].standing if rulings else Ruling.Standing.COUNTED


def _letter(comparison: Comparison, response: UUID | None) -> str:
    return {comparison.first_id: "A", comparison.second_id: "B"}.get(response, "") if response else ""


def _sides(
    comparison: Comparison, judgment: Judgment, signals: Sequence[Signal], rubric: rubrics.Rubric
) -> tuple[Side, ...]:
    about = _letter(comparison, judgment.response_id)
    letters = {0: about, 1: "A", 2: "B"}
    heard: dict[str, list[Signal]] = {"A": [], "B": [], "": []}
    for signal in signals:
        heard[letters[signal.response_slot]].append(signal)
    return tuple(Side(letter, tuple(_in_words(rubric, said))) for letter, said in heard.items() if said)


def _in_words(rubric: rubrics.Rubric, signals: Sequence[Signal]) -> Iterable[Heard]:
    """Answers in the rubric's order, each with its refinements; what the rubric does not know comes last, as stored."""
    values = {signal.question: signal.value for signal in signals}
    for question in rubric.questions:
        if question.key in values:
            value = values.pop(question.key)
            chosen = [detail for detail in question.details if values.pop(f"{question.key}.{detail.key}", 0)]
            labels = {option.value: option.label for option in question.options}
            yield Heard(
                gettext(question.label),
                gettext(labels.get(value, str(value))),
                tuple(gettext(detail.label) for detail in chosen),
                question.key if value in _MARKS.get(question.key, ()) else "",
            )
    for key, value in sorted(values.items()):
        yield Heard(key, str(value))


def _by_judgment(rows: Iterable[_Row]) -> Mapping[UUID, list[_Row]]:
    found: dict[UUID, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.judgment_id, []).append(row)
    return found
