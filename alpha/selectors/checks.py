"""Spot checks as their experts see them, who learn of no bundle, and as those see them who run the programme.

Functions for experts take a Member with `Right.SPOT_CHECK`; a check that somebody else was asked for does not exist.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from alpha.axes import AXES, Axis
from alpha.models import AxisAnswer, Programme, SpotCheck, Triage, Trial
from alpha.selectors import chats
from core.accounts.access import RIGHTS, Member, Right
from core.accounts.models import Membership, User
from core.ledger.models import Words

Seen = AxisAnswer.Seen


@dataclass(frozen=True, slots=True)
class Told:
    """What an expert said of one axis, with the words that they quoted."""

    axis: Axis
    seen: str
    seen_label: str
    severity: int
    confidence: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A check that is done: what was said, and what became of it if something was seen ("" where nothing was)."""

    check: SpotCheck
    told: list[Told]
    note: str
    triage: str
    triage_label: str

    @property
    def flags(self) -> list[Told]:
        return [one for one in self.told if one.seen == Seen.YES]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message of a check's conversation, and what was answered."""

    body: str
    answers: list["Heard"]


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer; until it is `over`, more of it is to come."""

    html: str
    over: bool


def due_for(member: Member) -> list[SpotCheck]:
    """What this expert owes, the next due first.

    Checks that were asked for together come in no order that tells which of them was named first.
    """
    rows = _rows(member).filter(state=SpotCheck.State.DUE)
    return sorted(rows, key=lambda one: (one.due_on or date.max, one.pk.int & ((1 << 62) - 1)))


def written_by(member: Member) -> list[Written]:
    """What this expert wrote, newest first, with what became of each flag."""
    rows = _rows(member).filter(state=SpotCheck.State.DONE).order_by("-done_at", "-pk")
    return read(list(rows))


def check_for(member: Member, pk: UUID) -> SpotCheck:
    """One check that this expert was asked for. Raises Http404."""
    found = _rows(member).filter(pk=pk).first()
    if found is None:
        raise Http404("No such page.")
    return found


def check_in(programme: Programme, pk: UUID) -> SpotCheck:
    """One check of the programme. Raises Http404."""
    found = SpotCheck.objects.filter(programme=programme, pk=pk).select_related("programme", "expert", "bundle").first()
    if found is None:
        raise Http404("No such page.")
    return found


def spoken_in(check: SpotCheck) -> list[Spoken]:
    """The check's transcript as far as its clock has come; answers that failed are left out."""
    if check.conversation is None:
        return []
    return [
        Spoken(
            line.message.body or "", [Heard(one.html, one.over) for one in line.answers if one.text and not one.fault]
        )
        for line in chats.transcript(check.conversation)
    ]


def axes_of(keys: Iterable[str]) -> list[Axis]:
    """These axes in the order in which they are always asked."""
    wanted = set(keys)
    return [axis for axis in AXES.values() if axis.key in wanted]


def read(checks: Sequence[SpotCheck]) -> list[Written]:
    """What these checks say, in their order; all of them are done."""
    judgments = [one.judgment_id for one in checks]
    answers: dict[UUID, list[AxisAnswer]] = {}
    for row in AxisAnswer.objects.filter(check_of__in=checks):
        answers.setdefault(row.check_of_id, []).append(row)
    words: dict[UUID | None, Any] = dict(Words.objects.filter(judgment__in=judgments).values_list("judgment", "body"))
    passed = Triage.objects.filter(judgment__in=judgments).order_by("pk")
    steps: dict[UUID | None, str] = dict(passed.values_list("judgment", "state"))
    return [
        _written(one, answers.get(one.pk, []), words.get(one.judgment_id) or {}, steps.get(one.judgment_id))
        for one in checks
    ]


def _written(check: SpotCheck, rows: Sequence[AxisAnswer], words: Mapping[str, Any], step: str | None) -> Written:
    said = {row.axis: row for row in rows}
    quotes = words.get("quotes", {})
    told = [
        Told(
            axis=axis,
            seen=said[axis.key].seen,
            seen_label=said[axis.key].get_seen_display(),
            severity=said[axis.key].severity,
            confidence=said[axis.key].confidence,
            quote=quotes.get(axis.key, ""),
        )
        for axis in axes_of(said)
    ]
    flagged = any(one.seen == Seen.YES for one in told)
    state = (step or Triage.State.NEW) if flagged else ""
    label = str(Triage.State(state).label) if state else ""
    return Written(check, told, words.get("note", ""), str(state), label)


def _rows(member: Member) -> QuerySet[SpotCheck]:
    rows = SpotCheck.objects.filter(project=member.project, expert=member.user)
    return rows.select_related("programme", "conversation__programme")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one check says of one axis. `seen` is yes, no, unsure, or the empty string where it was not asked."""

    axis: str
    seen: str = ""
    word: str = ""
    severity: int = 0
    confidence: int = 0
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One check in the grid. `expert` is empty for somebody who was erased; `cells` stand in the order of the axes."""

    pk: UUID
    expert: str
    state: str
    due_on: date | None
    done_at: datetime | None
    late: bool
    conversation: UUID | None
    triage: str
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Count:
    """How many checks of a bundle say what of an axis; `asked` is their sum."""

    axis: str
    yes: int
    no: int
    unsure: int

    @property
    def asked(self) -> int:
        return self.yes + self.no + self.unsure


@dataclass(frozen=True, slots=True)
class Covered:
    """The checks of one bundle on trial: its part of the grid, and the counts under it."""

    bundle: str
    part: str
    rows: list[Row]
    counts: list[Count]

    @property
    def gaps(self) -> list[str]:
        """The axes that nobody has answered of this bundle yet."""
        return [AXES[one.axis].shown_label for one in self.counts if not one.asked and one.axis in AXES]


@dataclass(frozen=True, slots=True)
class Grid:
    """Expert × axis × bundle: what was asked of whom, and what they said."""

    axes: list[Axis]
    bundles: list[Covered]

    @property
    def done(self) -> int:
        return sum(row.state == SpotCheck.State.DONE for part in self.bundles for row in part.rows)

    @property
    def due(self) -> int:
        return sum(row.state == SpotCheck.State.DUE for part in self.bundles for row in part.rows)


def grid_of(programme: Programme, today: date) -> Grid:
    """The programme's coverage grid, bundles on trial in their order; for whoever may `SEE_ALPHA`."""
    checks = list(
        SpotCheck.objects.filter(programme=programme).select_related("expert", "bundle").order_by("asked_at", "pk")
    )
    axes = axes_of({*programme.axes, *(axis for check in checks for axis in check.axes)})
    written = {one.check.pk: one for one in read([one for one in checks if one.state == SpotCheck.State.DONE])}
    trials = Trial.objects.filter(programme=programme).select_related("bundle").order_by("ordinal")
    named = {trial.bundle_id: (trial.bundle.name, str(trial.get_part_display())) for trial in trials}
    # A bundle that was taken off trial keeps what was said of it.
    named |= {one.bundle_id: (one.bundle.name, "") for one in checks if one.bundle_id not in named}
    return Grid(
        axes,
        [
            _covered(name, part, [_row(one, written.get(one.pk), axes, today) for one in checks if one.bundle_id == pk])
            for pk, (name, part) in named.items()
        ],
    )


def _covered(name: str, part: str, rows: list[Row]) -> Covered:
    axes = [cell.axis for cell in rows[0].cells] if rows else []
    counts = []
    for n, axis in enumerate(axes):
        said = [row.cells[n].seen for row in rows]
        counts.append(Count(axis, said.count(Seen.YES), said.count(Seen.NO), said.count(Seen.UNSURE)))
    return Covered(name, part, rows, counts)


def _row(check: SpotCheck, written: Written | None, axes: Sequence[Axis], today: date) -> Row:
    told = {one.axis.key: one for one in written.told} if written else {}
    cells = [
        Cell(axis.key, one.seen, one.seen_label, one.severity, one.confidence, one.quote)
        if (one := told.get(axis.key))
        else Cell(axis.key)
        for axis in axes
    ]
    return Row(
        pk=check.pk,
        expert=str(check.expert) if check.expert else "",
        state=check.state,
        due_on=check.due_on,
        done_at=check.done_at,
        late=check.state == SpotCheck.State.DUE and check.due_on is not None and check.due_on < today,
        conversation=check.conversation_id,
        triage=written.triage_label if written else "",
        cells=cells,
    )


def experts_of(member: Member) -> list[User]:
    """Whom a check can be asked of: the project's experts, by name."""
    roles = [role for role, rights in RIGHTS.items() if Right.SPOT_CHECK in rights]
    held = Membership.objects.filter(project=member.project, role__in=roles, ended_at=None, user__is_active=True)
    return list(User.objects.filter(pk__in=held.values("user")).order_by("name", "pk"))
