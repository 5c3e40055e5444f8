"""Places in a programme: taken by invitation, given back, and filled again by who waits longest.

Everything here runs in the transaction of whoever frees or makes a place, under the programme's lock.
"""

from django.db.models.functions import Now

from alpha import letters
from alpha.generating import ending
from alpha.models import Conversation, Programme, Volunteer
from alpha.selectors.programmes import HOLDS_A_PLACE, is_past
from core.accounts import audit, invitations
from core.accounts.models import Membership, Role, User
from core.live.topics import publish

State = Volunteer.State


def lock(programme: Programme) -> Programme:
    """The programme as it is now; until the transaction ends nobody else gives places away."""
    # Without the key, since conversations refer to the row all the time.
    rows = Programme.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    return rows.get(pk=programme.pk)


def free_places(programme: Programme) -> int:
    """How many more can be invited now; none while it is not open."""
    if programme.state != Programme.State.OPEN or is_past(programme):
        return 0
    taken = Volunteer.objects.filter(programme=programme, state__in=HOLDS_A_PLACE).count()
    return max(0, programme.most_volunteers - taken)


def fill(*, programme: Programme, base_url: str) -> list[Volunteer]:
    """Invite whoever waits longest into the free places of a locked programme; returns who was invited.

    They are invited by who put them on the list, or by an owner if that person is gone.
    """
    waiting = Volunteer.objects.filter(programme=programme, state=State.WAITING, email__isnull=False)
    rows = waiting.select_related("programme__project", "added_by").order_by("added_at", "pk")
    invited = []
    for volunteer in rows[: free_places(programme)]:
        inviter = volunteer.added_by or _owner(programme)
        if inviter is not None:
            invite(volunteer=volunteer, by=inviter, base_url=base_url)
            invited.append(volunteer)
    return invited


def invite(*, volunteer: Volunteer, by: User, base_url: str) -> None:
    """Give this person a place and send them their way in, in the caller's transaction.

    Who is a volunteer of the project already gets a letter; everybody else a link that works once.
    """
    assert volunteer.email is not None
    try:
        sent = invitations.invite(
            project=volunteer.project, email=volunteer.email, role=Role.VOLUNTEER, by=by, base_url=base_url
        )
    except invitations.AlreadyMember:
        sent = None
        letters.ask_for_welcome(volunteer=volunteer, base_url=base_url)
    volunteer.invitation, volunteer.state = sent, State.INVITED
    Volunteer.objects.filter(pk=volunteer.pk).update(invitation=sent, state=State.INVITED, joined_at=None, left_at=None)
    note(volunteer, by, "invited")


def lock_volunteer(volunteer: Volunteer) -> Volunteer:
    """The volunteer as they are now, under the programme's lock and then their own."""
    lock(volunteer.programme)
    rows = Volunteer.objects.select_for_update(of=("self",)).select_related("programme__project", "invitation", "user")
    return rows.get(pk=volunteer.pk)


def take_out(volunteer: Volunteer, state: State) -> None:
    """End a locked volunteer's place and their chats; what no model was asked yet is asked of none."""
    Volunteer.objects.filter(pk=volunteer.pk).update(state=state, left_at=Now())
    volunteer.state = state
    chats = Conversation.objects.filter(volunteer=volunteer)
    # The chats first, as everywhere: whoever ends one at this moment has it, and waits for its answers.
    for answer in ending.unfinished_of(*chats.select_for_update(of=("self",)).order_by("pk")):
        ending.stop(answer, seen=0)
    chats.filter(ended_at=None).update(ended_at=Now())


def note(volunteer: Volunteer, by: User | None, verb: str) -> None:
    """Write in the trail what became of a volunteer, by ids alone, and tell the pages of the programme."""
    audit.record(
        project=volunteer.project,
        who=by,
        verb=f"volunteer.{verb}",
        object=f"volunteer:{volunteer.pk}",
        data={"programme": volunteer.programme.key},
    )
    publish(f"alpha.{volunteer.programme_id}")


def _owner(programme: Programme) -> User | None:
    owners = Membership.objects.filter(
        project=programme.project, role=Role.OWNER, ended_at=None, user__is_active=True
    ).select_related("user")
    first = owners.order_by("created_at", "pk").first()
    return first.user if first is not None else None
