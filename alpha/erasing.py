"""What is blanked when a volunteer has their data deleted. All of it runs in the caller's transaction.

The ledger keeps what was said (thumbs, labels, choices) under a pseudonym that leads to nobody any more; words are
beside the ledger and go. Answers in progress end at once: whoever writes one finds that it is not theirs any more.
"""

from contextlib import suppress

from django.db.models.functions import Now

from alpha import letters
from alpha.generating import ending
from alpha.models import Answer, Conversation, Message, Promotion, Said, Volunteer
from alpha.promoting import ERASED
from core.accounts import erasing as accounts
from core.accounts import mail, members
from core.accounts.models import Invitation, Membership, Project, Role, User
from core.catalog.erasing import erase_comparisons
from core.jobs.models import Job
from core.ledger.models import ActorLink, Words


def erase_words(volunteer: Volunteer) -> None:
    """Blank every chat of this place: what the person wrote, what they were answered, their notes, promoted copies."""
    chats = Conversation.objects.filter(volunteer=volunteer)
    # Whoever says something holds the chat: what they say is there by now, or is refused.
    ending.interrupt(*chats.select_for_update(of=("self",)).order_by("pk"))
    answers = Answer.objects.filter(message__conversation__in=chats)
    answers.update(text=None)
    Message.objects.filter(conversation__in=chats).update(body=None)
    chats.filter(ended_at=None).update(ended_at=Now())
    chats.filter(erased_at=None).update(erased_at=Now())
    Words.objects.filter(judgment__in=Said.objects.filter(conversation__in=chats).values("judgment")).delete()
    promotions = Promotion.objects.filter(answer__in=answers)
    comparisons = promotions.exclude(comparison=None).values_list("comparison", flat=True)
    erase_comparisons(volunteer.project, comparisons)
    on_their_way = promotions.filter(state__in=(Promotion.State.REVIEW, Promotion.State.ASKING))
    on_their_way.update(state=Promotion.State.DROPPED, why=ERASED, settled_at=Now())
    promotions.update(prompt=None, text=None, findings=[])


def erase_place(volunteer: Volunteer) -> None:
    """Blank the place itself, and the invitations of its address, dead ones too, unless it has another place here.

    The jobs of their letters go too: a mail server that refuses an address repeats it, and a job keeps that.
    """
    address = volunteer.email
    Volunteer.objects.filter(pk=volunteer.pk).update(email=None, user=None, invitation=None, erased_at=Now())
    Job.objects.filter(kind=letters.WELCOME, dedupe_key=str(volunteer.pk)).delete()
    if address is not None and not Volunteer.objects.filter(project=volunteer.project, email=address).exists():
        sent = Invitation.objects.filter(project=volunteer.project, email=address, role=Role.VOLUNTEER)
        Job.objects.filter(
            kind=mail.INVITATION, dedupe_key__in=[str(pk) for pk in sent.values_list("pk", flat=True)]
        ).delete()
        sent.delete()


def erase_person(*, project: Project, person: User, by: User) -> bool:
    """End what this place was the last reason for: the role, the pseudonym, the account. Whether the account is gone.

    A person who has another place here, or another role, goes on under their pseudonym; one with another project, in
    which they are or were, keeps their account.
    """
    if Volunteer.objects.filter(project=project, user=person).exists():
        return False
    roles = members.held_roles(project, person)
    # Somebody else may end the membership at the same moment: then there is nothing left to end.
    with suppress(members.NotAMember):
        if roles == {Role.VOLUNTEER}:
            members.end_membership(project=project, user=person, by=by)
        elif Role.VOLUNTEER in roles:
            members.change_roles(project=project, user=person, roles=roles - {Role.VOLUNTEER}, by=by)
    kept = Membership.objects.filter(user=person).exclude(project=project, role=Role.VOLUNTEER)
    if not kept.filter(project=project).exists():
        ActorLink.objects.filter(project=project, user=person).delete()
    if kept.exists():
        return False
    accounts.erase_account(user=person, by=by)
    return True
