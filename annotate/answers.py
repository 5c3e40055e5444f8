"""What is asked about a slot, what was answered on the page, and the signals that the ledger keeps of it.

A person answers about A, which stands on the left, and B. The ledger keeps answers in the comparison's own order: a
slot that is `flipped` shows the second response as A, and there a preference for A is stored as one for the second.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from annotate.models import Campaign, Slot
from core.ledger import rubrics
from core.ledger.models import RubricVersion
from core.ledger.recording import Said

REQUIRED_BY_DEFAULT = frozenset({"correct", "sycophantic", "cold", "overall"})
LONGEST = 8_000

#: Fields of a rating form that are no answers.
CONTROLS = frozenset(
    {"token", "ahead", "seconds", "reason", "csrfmiddlewaretoken", "next", "undo", "report", "report_words"}
)

Chosen = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the rubric as it is put for one slot."""

    question: rubrics.Question
    required: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What was filled in, as shown: the key of the answer by the key of the question.

    `a` and `b` hold what was said of each response, with the refinements of an answer as a list under "<key>.details";
    `subject` holds what was said of the whole. Of a single response everything is said in `a`.
    """

    a: Mapping[str, Chosen] = field(default_factory=dict)
    b: Mapping[str, Chosen] = field(default_factory=dict)
    subject: Mapping[str, Chosen] = field(default_factory=dict)
    rationale: str = ""


class Incomplete(ValueError):
    """Something required was not answered, or an answer is not one of the rubric's: {form field: what to do}."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = dict(errors)


def from_form(data: Mapping[str, Any]) -> Answers:
    """The answers in a form's fields: `a.correct`, `b.sycophantic.details`, `overall`, `rationale` and the like."""
    places: dict[str, dict[str, Chosen]] = {"a": {}, "b": {}, "": {}}
    for name in data:
        place, dot, key = name.partition(".")
        if not dot or place not in ("a", "b"):
            place, key = "", name
        values = [value for value in _values(data, name) if value]
        if values and name not in CONTROLS:
            places[place][key] = values if key.endswith(".details") else values[-1]
    rationale = places[""].pop("rationale", "")
    return Answers(a=places["a"], b=places["b"], subject=places[""], rationale=str(rationale))


def questions_for(slot: Slot) -> list[Asked]:
    """What is asked about this slot, in the rubric's order.

    A sampled question is asked, and then required, by a hash of the slot: the same after a reload, and for everybody
    who gets the slot. Of a single response nothing is asked that compares two.
    """
    asked = []
    single = slot.task.comparison_id is None
    for question in rubric_of(slot.campaign).questions:
        if single and question.mirrored:
            continue
        how = asked_as(slot.campaign, question)
        ask = how["ask"]
        if ask == "sampled":
            ask = "required" if _sampled(slot.pk, question.key, float(how["probability"])) else "off"
        if ask != "off":
            asked.append(Asked(question, required=ask == "required"))
    return asked


def asked_as(campaign: Campaign, question: rubrics.Question) -> dict[str, Any]:
    """How the campaign puts this question: {"ask": required, optional, sampled or off, "probability": if sampled}."""
    how: dict[str, Any] = campaign.questions.get(question.key) or _default(question)
    return how


def encode(slot: Slot, answers: Answers) -> tuple[Said, ...]:
    """The signals that these answers are, in the comparison's own order. Raises Incomplete with every fault.

    Answers to what is not asked are left out, and so are refinements of an answer that was not given.
    """
    errors: dict[str, str] = {}
    single = slot.task.comparison_id is None
    said: list[Said] = []
    for asked in questions_for(slot):
        for name, given, place in _places(asked.question, answers, slot.flipped, single):
            if asked.question.text:
                _check_text(asked, name, given, errors)
            else:
                said.extend(_signals(asked, name, given, place, slot.flipped, errors))
    errors.update(_unknown(rubric_of(slot.campaign), answers))
    if errors:
        raise Incomplete(errors)
    return tuple(said)


def words(slot: Slot, answers: Answers) -> dict[str, str] | None:
    """The words among the answers, by question; None when nothing was written."""
    asked = {asked.question.key for asked in questions_for(slot) if asked.question.text}
    texts = {"rationale": answers.rationale, **{key: str(value) for key, value in answers.subject.items()}}
    written = {key: _plain(text) for key, text in texts.items() if key in asked and _plain(text)}
    return written or None


def rubric_of(campaign: Campaign) -> rubrics.Rubric:
    """The campaign's rubric. A version never changes, so it is parsed once."""
    return _rubric(campaign.rubric_version_id)


def as_shown(rubric: rubrics.Rubric, answers: Mapping[str, Any], *, flipped: bool) -> dict[str, Any]:
    """Answers about the whole subject given as stored values by question, turned to how the slot shows its sides."""
    if not flipped:
        return dict(answers)
    return {
        key: rubrics.mirror(rubric.by_key[key], value) if key in rubric.by_key else value
        for key, value in answers.items()
    }


@lru_cache(maxsize=1024)
def _rubric(version: UUID) -> rubrics.Rubric:
    return rubrics.parse(RubricVersion.objects.values_list("questions", flat=True).get(pk=version))


def _default(question: rubrics.Question) -> dict[str, Any]:
    return {"ask": "required" if question.key in REQUIRED_BY_DEFAULT else "optional"}


def _sampled(slot: UUID, question: str, probability: float) -> bool:
    digest = hashlib.blake2b(slot.bytes + question.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < probability * 2**64


def _values(data: Mapping[str, Any], name: str) -> Iterable[str]:
    if hasattr(data, "getlist"):
        return [str(value) for value in data.getlist(name)]
    value = data[name]
    return [value] if isinstance(value, str) else [str(one) for one in value]


def _places(
    question: rubrics.Question, answers: Answers, flipped: bool, single: bool
) -> Iterator[tuple[str, Mapping[str, Chosen], int]]:
    """Where the question is answered: the field's name, the answers of that place, and the ledger's slot."""
    if question.per == "subject":
        given = {**answers.subject, "rationale": answers.rationale} if question.text else answers.subject
        yield question.key, given, 0
    elif single:
        yield f"a.{question.key}", answers.a, 0
    else:
        yield f"a.{question.key}", answers.a, 2 if flipped else 1
        yield f"b.{question.key}", answers.b, 1 if flipped else 2


def _signals(
    asked: Asked, name: str, given: Mapping[str, Chosen], place: int, flipped: bool, errors: dict[str, str]
) -> Iterator[Said]:
    question = asked.question
    answer = given.get(question.key, "")
    if not answer:
        if asked.required:
            errors[name] = _answer_it(question, name)
        return
    try:
        value = question.value_of(str(answer))
    except rubrics.UnknownAnswer as unknown:
        errors[name] = str(unknown)
        return
    yield Said(question.key, rubrics.mirror(question, value) if flipped else value, place)
    if value == 0:
        return  # "no" has nothing to refine; a page without scripts sends what was ticked before the answer changed
    known = {detail.key: detail.value for detail in question.details}
    for detail in _list(given.get(f"{question.key}.details", ())):
        if detail not in known:
            errors[f"{name}.details"] = gettext("%(answer)r is not one of %(known)s.") % {
                "answer": detail,
                "known": ", ".join(known),
            }
            return
        yield Said(f"{question.key}.{detail}", known[detail], place)


def _check_text(asked: Asked, name: str, given: Mapping[str, Chosen], errors: dict[str, str]) -> None:
    text = _plain(str(given.get(asked.question.key, "")))
    if asked.required and not text:
        errors[name] = gettext("Write a few words under “%(question)s”.") % {"question": gettext(asked.question.label)}
    elif len(text) > LONGEST:
        errors[name] = gettext("This is %(length)d characters long; shorten it to %(longest)d.") % {
            "length": len(text),
            "longest": LONGEST,
        }


def _unknown(rubric: rubrics.Rubric, answers: Answers) -> dict[str, str]:
    # Not of the whole subject, since a form has other fields beside the answers.
    known = {question.key for question in rubric.questions if question.per == "response"}
    return {
        f"{side}.{key}": "The rubric does not have this question."
        for side, given in (("a", answers.a), ("b", answers.b))
        for key in given
        if key.removesuffix(".details") not in known
    }


def _list(chosen: Chosen) -> list[str]:
    return list(dict.fromkeys([chosen] if isinstance(chosen, str) else chosen))


def _answer_it(question: rubrics.Question, name: str) -> str:
    values = {"question": gettext(question.label), "side": name[0].upper()}
    if name[:2] in ("a.", "b."):
        return gettext("Answer “%(question)s” for %(side)s.") % values
    return gettext("Answer “%(question)s”.") % values


def _plain(text: str) -> str:
    # PostgreSQL's JSON holds every character but this one.
    return text.replace("\x00", "").strip()
