"""Leaving a programme, taking along what one wrote, and having it erased: at any time, each by the person alone."""

from django.db import transaction

from alpha import erasing, filling
from alpha.downloading import download as download
from alpha.models import Volunteer
from alpha.selectors.programmes import HOLDS_A_PLACE
from core.accounts.members import held_roles
from core.accounts.models import Project, Role, User
from core.jobs.queue import enqueue

DEPARTED = "alpha.departed"
State = Volunteer.State


def leave(*, volunteer: Volunteer, by: User, base_url: str) -> None:
    """Give one's place back; whoever waits longest is invited. Left already: nothing changes."""
    with transaction.atomic():
        locked = filling.lock_volunteer(volunteer)
        if locked.state not in HOLDS_A_PLACE:
            return
        filling.take_out(locked, State.LEFT)
        filling.note(locked, by, "left")
        filling.fill(programme=locked.programme, base_url=base_url)


def delete_mine(*, volunteer: Volunteer, by: User, base_url: str) -> bool:
    """Leave, and erase the person and all their words from the programme; what they said stays counted, nobody's.

    Erased are what they wrote and were answered, their notes, address and pseudonym; and their account, where nothing
    else needs it. A pseudonym under which they also rate or take part elsewhere in the project stays. Returns whether
    the account is gone. `by` is the person, or who manages the programme and was asked to. Again: nothing changes.
    """
    with transaction.atomic():
        locked = filling.lock_volunteer(volunteer)
        if locked.erased_at is not None:
            return False
        person = locked.user or volunteer.user
        if locked.state in (*HOLDS_A_PLACE, State.WAITING):
            filling.take_out(locked, State.LEFT)
        erasing.erase_words(locked)
        erasing.erase_place(locked)
        # Before the trail is written to: whoever ends a membership locks the project first and then the trail.
        gone = person is not None and erasing.erase_person(project=locked.project, person=person, by=by)
        filling.note(locked, by, "erased")
        filling.fill(programme=locked.programme, base_url=base_url)
    return gone


def departed(project: Project, user: User) -> None:
    """Have the places of somebody who leaves the project given back; runs in the transaction in which they leave."""
    # By a job: the project is locked here, and places are locked before anything else everywhere.
    if Volunteer.objects.filter(project=project, user=user, state__in=HOLDS_A_PLACE).exists():
        enqueue(kind=DEPARTED, args={"user": str(user.pk)}, scope=project.pk, dedupe_key=str(user.pk))


def give_back(*, project: Project, user: User, base_url: str) -> int:
    """Take somebody who is no volunteer of the project any more out of its programmes; returns of how many."""
    if Role.VOLUNTEER in held_roles(project, user):
        return 0
    places = Volunteer.objects.filter(project=project, user=user, state__in=HOLDS_A_PLACE)
    given_back = 0
    for place in places.select_related("programme__project").order_by("pk"):
        with transaction.atomic():
            locked = filling.lock_volunteer(place)
            if locked.state in HOLDS_A_PLACE:
                filling.take_out(locked, State.REMOVED)
                filling.note(locked, None, "removed")
                filling.fill(programme=locked.programme, base_url=base_url)
                given_back += 1
    return given_back
