"""Programmes as those see them who run them; another project's do not exist.

Each function with a Member takes one that `core.accounts.access.member_of` made with `Right.SEE_ALPHA`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet
from django.http import Http404

from alpha.models import ConsentText, Programme, Trial, Volunteer
from core.accounts.access import Member
from core.catalog.models import Bundle

State = Volunteer.State
HOLDS_A_PLACE = (State.INVITED, State.JOINED)
"""A volunteer in these states takes one of the programme's places."""


@dataclass(frozen=True, slots=True)
class Line:
    """A programme in the list of them: its bundles, and how many are invited, take part and wait."""

    programme: Programme
    trials: list[Trial]
    invited: int
    joined: int
    waiting: int


def programmes_of(member: Member) -> QuerySet[Programme]:
    """The project's programmes, newest first."""
    return Programme.objects.filter(project=member.project).order_by("-pk")


def programme_for(member: Member, key: str) -> Programme:
    """One programme of the project by its key. Raises Http404."""
    found = Programme.objects.filter(project=member.project, key=key).select_related("project").first()
    if found is None:
        raise Http404("No such page.")
    return found


def is_past(programme: Programme) -> bool:
    """Whether its last day (UTC) is over."""
    return programme.ends_on is not None and programme.ends_on < today()


def is_running(programme: Programme) -> bool:
    """Whether people can try its bundles now: it is open, and today (UTC) is one of its days."""
    begun = programme.starts_on is None or programme.starts_on <= today()
    return programme.state == Programme.State.OPEN and begun and not is_past(programme)


def today() -> date:
    """The day it is in UTC."""
    return datetime.now(UTC).date()


def trials_of(programme: Programme) -> list[Trial]:
    """The bundles on trial with their parts, in order: the baseline first, if there is one."""
    return list(Trial.objects.filter(programme=programme).select_related("bundle").order_by("ordinal"))


def trials_by_programme(programmes: Iterable[UUID]) -> dict[UUID, list[Trial]]:
    """The bundles on trial of several programmes, in order."""
    found: dict[UUID, list[Trial]] = {}
    rows = Trial.objects.filter(programme__in=list(programmes)).select_related("bundle").order_by("ordinal")
    for trial in rows:
        found.setdefault(trial.programme_id, []).append(trial)
    return found


def newest_text(programme: Programme) -> ConsentText | None:
    """The text that volunteers agree to now; None where there is none yet."""
    return ConsentText.objects.filter(programme=programme).order_by("-version").first()


def lines_of(member: Member) -> list[Line]:
    """Every programme of the project with what stands beside it in the list."""
    grouped = Volunteer.objects.filter(project=member.project).values_list("programme", "state")
    people = {(programme, state): n for programme, state, n in grouped.annotate(n=Count("pk"))}
    trials: dict[UUID, list[Trial]] = {}
    for trial in Trial.objects.filter(project=member.project).select_related("bundle").order_by("ordinal"):
        trials.setdefault(trial.programme_id, []).append(trial)
    return [
        Line(
            programme=one,
            trials=trials.get(one.pk, []),
            **{str(state): people.get((one.pk, state), 0) for state in (*HOLDS_A_PLACE, State.WAITING)},
        )
        for one in programmes_of(member)
    ]


def volunteers_of(programme: Programme) -> list[Volunteer]:
    """Everybody who has or had a place or waits for one, in the order in which they came; not who was erased."""
    rows = Volunteer.objects.filter(programme=programme, email__isnull=False)
    return list(rows.select_related("user", "invitation").order_by("pk"))


def volunteer_in(programme: Programme, volunteer: UUID) -> Volunteer:
    """One of `volunteers_of`. Raises Http404."""
    found = Volunteer.objects.filter(programme=programme, pk=volunteer, email__isnull=False)
    row = found.select_related("programme__project", "user", "invitation").first()
    if row is None:
        raise Http404("No such page.")
    return row


def can_be_tried(project: UUID) -> QuerySet[Bundle]:
    """The project's bundles that have a specification, by name: only those can be asked."""
    return Bundle.objects.filter(project_id=project, spec__isnull=False).order_by("name")


def now() -> datetime:
    """The database's clock, by which invitations run out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        moment: datetime = cursor.fetchone()[0]
    return moment
