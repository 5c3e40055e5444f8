"""A person's own places in programmes: where they are invited, take part, or took part.

Nothing here says which bundles are on trial. Who was invited has a row by e-mail alone until they agree; it is found
by their account's address, and `user` of what is returned is then them, unsaved.
"""

from django.db.models import Q, QuerySet
from django.http import Http404

from alpha.models import Consent, ConsentText, Programme, Volunteer
from alpha.selectors.programmes import is_running, newest_text
from core.accounts.access import Member
from core.accounts.models import Project, User


class NotConsented(Exception):
    """They have a place, and must agree to the newest text before they can use it."""


def places_of(user: User, project: Project) -> list[Volunteer]:
    """Their places in this project, newest first, with `programme`; who waits for a place has none yet."""
    return [_theirs(row, user) for row in _rows(user, project).order_by("-pk")]


def place_for(user: User, project: Project, key: str) -> Volunteer:
    """Their place in the programme with this key, whatever became of it since. Raises Http404."""
    row = _rows(user, project).filter(programme__key=key).first()
    if row is None:
        raise Http404("No such page.")
    return _theirs(row, user)


def place_of(member: Member, programme: Programme) -> Volunteer:
    """The member's place in this programme, whatever became of it since. Raises Http404."""
    row = _rows(member.user, member.project).filter(programme=programme).first()
    if row is None:
        raise Http404("No such page.")
    return _theirs(row, member.user)


def taking_part(user: User, project: Project, key: str) -> Volunteer:
    """Their place if they may chat now: the programme is open and today is one of its days, they have joined and agreed
    to its newest text.

    Raises Http404 if they have no place there, left, or it is not open; NotConsented if they are yet to agree.
    """
    place = place_for(user, project, key)
    held = place.state in (Volunteer.State.INVITED, Volunteer.State.JOINED)
    if not held or not is_running(place.programme):
        raise Http404("No such page.")
    if not has_agreed(place):
        raise NotConsented
    return place


def has_agreed(place: Volunteer) -> bool:
    """Whether this person has joined and agreed to the newest text of their programme."""
    text = newest_text(place.programme)
    if text is None or place.state != Volunteer.State.JOINED:
        return False
    return Consent.objects.filter(volunteer=place, text=text).exists()


def texts_agreed_to(place: Volunteer) -> list[tuple[ConsentText, Consent]]:
    """Each text they agreed to, with when, in order."""
    rows = Consent.objects.filter(volunteer=place).select_related("text").order_by("text__version")
    return [(row.text, row) for row in rows]


def _rows(user: User, project: Project) -> QuerySet[Volunteer]:
    theirs = Q(user=user) | Q(user=None, email=user.email)
    rows = Volunteer.objects.filter(theirs, project=project).exclude(state=Volunteer.State.WAITING)
    return rows.select_related("programme__project", "invitation")


def _theirs(place: Volunteer, user: User) -> Volunteer:
    place.user = user
    return place
