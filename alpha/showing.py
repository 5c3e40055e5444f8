"""How a chat looks to the person in it: turns, answers with what can be said of them, the choice between two.

Nothing here names a bundle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from alpha.models import Answer
from alpha.saying import rubric
from alpha.saying.told import OfAnswer, Told
from alpha.selectors.chats import Line, Shown
from core.ledger.rubrics import FIRST_CODE, Option, Question

State = Answer.State
UNFINISHED = (State.WAITING, State.STREAMING)
LETTERS = "AB"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be picked."""

    key: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One question with its answers, and the refinements of them."""

    key: str
    label: str
    choices: tuple[Choice, ...]
    details: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One point on the scale from A to B; `marks` draws its strength."""

    value: str
    label: str
    marks: int
    code: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """The choice between the two answers; `said` is what stands, in words."""

    steps: tuple[Step, ...]
    said: str
    key: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True)
class Side:
    """One answer. `says`: all that can be said of it may be; `reports`: at least it can be reported."""

    id: UUID
    place: int
    letter: str
    state: str
    html: str
    note: str
    says: bool
    reports: bool
    asked: bool
    told: OfAnswer
    labels: tuple[Row, ...] = ()
    why: tuple[Choice, ...] = ()
    report_reasons: tuple[Choice, ...] = ()
    keys: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def unfinished(self) -> bool:
        return self.state in UNFINISHED


@dataclass(frozen=True, slots=True)
class Turn:
    """What the person wrote and the answers to it. `broken`: nothing can be said of it but to ask again."""

    id: UUID
    n: int
    body: str
    sides: tuple[Side, ...]
    attempts: int
    broken: bool
    choice: Scale | None

    @property
    def unfinished(self) -> bool:
        return any(side.unfinished for side in self.sides)

    @property
    def pair(self) -> bool:
        return len(self.sides) == 2


def turn_of(line: Line, told: Told, *, lettered: bool) -> Turn:
    """The turn as it is shown; `lettered` where there are two voices, whoever of them has answered this time."""
    finished = line.over
    whole = finished and all(shown.answer.turn_id is not None for shown in line.answers)
    asks = line.message.asks_thumb
    sides = (
        _side(shown, told.of(shown.answer.pk), lettered=lettered, asks=asks, whole=whole, finished=finished)
        for shown in line.answers
    )
    done = len(line.answers) == 2 and all(shown.state == State.DONE for shown in line.answers)
    return Turn(
        id=line.message.pk,
        n=line.message.n,
        body=line.message.body or "",
        sides=tuple(sides),
        attempts=max((shown.attempts for shown in line.answers), default=1),
        broken=finished and line.broken,
        choice=_scale(told.choices.get(line.message.pk)) if done else None,
    )


def form_rows() -> list[Row]:
    """What is asked at the end of a chat."""
    return [_row(rubric.ALPHA.question(key), "") for key in rubric.FORM]


def _side(shown: Shown, told: OfAnswer, *, lettered: bool, asks: bool, whole: bool, finished: bool) -> Side:
    reports = finished and shown.answer.turn_id is not None
    return Side(
        id=shown.answer.pk,
        place=shown.place,
        letter=LETTERS[shown.place] if lettered else "",
        state=shown.state,
        html=shown.html,
        note=_("Stopped.") if shown.state == State.STOPPED else shown.fault,
        says=whole,
        reports=reports,
        asked=asks and whole and not told.thumb,
        told=told,
        labels=_labels(told) if whole else (),
        why=_options(rubric.ALPHA.question("thumb_reason"), told.reason) if whole else (),
        report_reasons=_options(rubric.ALPHA.question("report"), "") if reports else (),
        keys={name: uuid4() for name in ("thumb", "why", "labels", "felt_off", "report")} if reports else {},
    )


def _labels(told: OfAnswer) -> tuple[Row, ...]:
    rows = []
    for key in rubric.CHIPS:
        question = rubric.ALPHA.question(key)
        row = _row(question, str(told.chips.get(key, "")))
        details = tuple(Choice(one.key, _(one.label), f"{key}.{one.key}" in told.chips) for one in question.details)
        rows.append(Row(row.key, row.label, row.choices, details))
    return tuple(rows)


def _row(question: Question, chosen: str) -> Row:
    return Row(question.key, _(question.label), _options(question, chosen))


def _options(question: Question, chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(one.key, _(one.label), one.key == chosen) for one in question.options)


def _scale(chosen: Any) -> Scale:
    options: Sequence[Option] = rubric.ALPHA.question("overall").options
    steps = tuple(_step(option, chosen) for option in options if option.key != "cannot_judge")
    return Scale(steps, next((step.label for step in steps if step.chosen), ""))


def _step(option: Option, chosen: Any) -> Step:
    code = option.value >= FIRST_CODE
    return Step(
        value=option.key,
        label=_(option.label),
        marks=0 if code else abs(option.value),
        code=code,
        chosen=chosen is not None and option.key == str(chosen),
    )
