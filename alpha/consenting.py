"""Agreeing to what a programme does with what one says; before that nobody chats."""

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import gettext as _

from alpha.models import Consent, ConsentText, Programme, Volunteer
from alpha.selectors.programmes import HOLDS_A_PLACE, newest_text
from core.accounts import audit
from core.ledger.actors import actor_of
from core.ledger.models import Actor
from core.live.topics import publish
from reports.faults import Refused


def agree(*, volunteer: Volunteer, text: ConsentText) -> Volunteer:
    """Take part, having agreed to `text`, the newest; agreeing again changes nothing.

    `volunteer` is as `alpha.selectors.places` found it, with `user`. Raises Refused where there is a newer text or the
    programme is not open, Http404 where the place is gone.
    """
    person = volunteer.user
    assert person is not None
    with transaction.atomic():
        locked = (
            Volunteer.objects.select_for_update(of=("self",)).select_related("programme__project").get(pk=volunteer.pk)
        )
        if locked.state not in HOLDS_A_PLACE or locked.user_id not in (None, person.pk):
            raise Http404("No such page.")
        if locked.programme.state != Programme.State.OPEN:
            raise Refused({"state": _("This programme is not open.")})
        newest = newest_text(locked.programme)
        if newest is None or newest.pk != text.pk:
            raise Refused({"text": _("The text has changed since you opened it. Read it again, please.")})
        _row, new = Consent.objects.get_or_create(project=locked.project, volunteer=locked, text=text)
        if locked.state != Volunteer.State.JOINED:
            actor_of(locked.project, person, Actor.Kind.VOLUNTEER)
            Volunteer.objects.filter(pk=locked.pk).update(
                state=Volunteer.State.JOINED, user=person, joined_at=Now(), left_at=None
            )
        if new:
            audit.record(
                project=locked.project,
                who=person,
                verb="volunteer.agreed",
                object=f"volunteer:{locked.pk}",
                data={"programme": locked.programme.key, "version": text.version},
            )
            publish(f"alpha.{locked.programme_id}")
    locked.refresh_from_db()
    return locked
