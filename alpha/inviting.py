"""Inviting volunteers: one, a few, or a file of them; again; not any more.

Who comes when all places are taken waits, and is invited when one gets free. A link is `core.accounts.invitations`':
256 bits of which only the digest is kept, bound to the address, good once and for a week, accepted by POST.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from alpha import filling, programmes
from alpha.models import Programme, Volunteer
from alpha.selectors.programmes import HOLDS_A_PLACE
from core.accounts import audit, invitations
from core.accounts.access import Member
from core.accounts.forms import clean_address
from core.accounts.models import Invitation
from reports.faults import Refused

State = Volunteer.State


@dataclass(frozen=True, slots=True)
class Added:
    """What became of addresses: invited now, on the waiting list, or known and left as they were."""

    invited: int
    waiting: int
    known: int


def add(*, programme: Programme, emails: Iterable[str], by: Member | None, base_url: str) -> Added:
    """Put these addresses on the list and invite as many as there are places, those who wait longest first.

    All or none. Who left or was removed can be invited again. Raises Refused once the programme is closed.
    """
    wanted = list(dict.fromkeys(clean_address(email) for email in emails))
    with transaction.atomic():
        locked = programmes.lock(programme, by)
        if locked.state == Programme.State.CLOSED:
            raise Refused({"state": _("The programme is closed: nobody is invited any more.")})
        there = dict(Volunteer.objects.filter(programme=locked, email__in=wanted).values_list("email", "state"))
        here = {email for email, state in there.items() if state in (*HOLDS_A_PLACE, State.WAITING)}
        fresh = [email for email in wanted if email not in here]
        Volunteer.objects.filter(programme=locked, email__in=[email for email in fresh if email in there]).update(
            state=State.WAITING, added_at=Now(), added_by=by.user if by else None
        )
        Volunteer.objects.bulk_create(
            Volunteer(
                project=locked.project,
                programme=locked,
                email=email,
                state=State.WAITING,
                added_by=by.user if by else None,
            )
            for email in fresh
            if email not in there
        )
        if fresh:
            audit.record(
                project=locked.project,
                who=by.user if by else None,
                verb="programme.volunteers_added",
                object=f"programme:{locked.pk}",
                data={"key": locked.key, "people": len(fresh)},
            )
        filling.fill(programme=locked, base_url=base_url)
        waiting = Volunteer.objects.filter(programme=locked, email__in=fresh, state=State.WAITING).count()
    return Added(invited=len(fresh) - waiting, waiting=waiting, known=len(here))


def resend(*, volunteer: Volunteer, by: Member, base_url: str) -> None:
    """Send somebody who is invited their way in again; the link they had is dead. Raises Refused for anybody else."""
    with transaction.atomic():
        locked = _locked(volunteer, by)
        if locked.state != State.INVITED:
            raise Refused({"state": _("Only who is invited and has not joined yet is sent a link again.")})
        try:
            if locked.invitation is None:
                raise invitations.DeadInvitation
            invitations.resend(invitation=locked.invitation, by=by.user, base_url=base_url)
        except invitations.DeadInvitation:
            # Accepted, or revoked on the members' page.
            filling.invite(volunteer=locked, by=by.user, base_url=base_url)


def revoke(*, volunteer: Volunteer, by: Member, base_url: str) -> None:
    """Take somebody's place, or their place in the queue; their link dies. Done already: nothing changes.

    What they said stays, and so does their way to download and delete it.
    """
    with transaction.atomic():
        locked = _locked(volunteer, by)
        if locked.state not in (*HOLDS_A_PLACE, State.WAITING):
            return
        invitation = locked.invitation
        filling.take_out(locked, State.REMOVED)
        if invitation is not None and not _needed(invitation):
            invitations.revoke(invitation=invitation, by=by.user)
        filling.note(locked, by.user, "removed")
        filling.fill(programme=locked.programme, base_url=base_url)


def _locked(volunteer: Volunteer, by: Member) -> Volunteer:
    """The volunteer as they are now, under the programme's lock. Raises Http404 if they are not `by`'s to manage."""
    programmes.allowed(volunteer.project, by)
    return filling.lock_volunteer(volunteer)


def _needed(invitation: Invitation) -> bool:
    """Whether somebody is invited to another programme by the same link."""
    return Volunteer.objects.filter(invitation=invitation, state=State.INVITED).exists()
