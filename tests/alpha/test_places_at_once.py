"""Places, and what is said and erased, when several things happen at one moment."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from alpha import consenting, inviting, leaving, talking
from alpha.models import Consent, Conversation, Message, Volunteer
from alpha.selectors.programmes import newest_text
from core.accounts import members
from core.accounts.access import member_of
from core.ledger.models import ActorLink
from tests.alpha.planted import BASE, invited, opened, volunteer
from tests.side_by_side import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], Any]) -> None:
    """All of them at the same moment, and none of them fails."""
    assert [result for result in at_once(*works) if isinstance(result, Exception)] == []


def test_one_place_is_given_once_however_many_invite(project: Any, owner: Any) -> None:
    made = opened(project, most_volunteers=1)
    by = member_of(owner, "demo")

    def invite(n: int) -> None:
        inviting.add(programme=made, emails=[f"v{n}@example.org", "same@example.org"], by=by, base_url=BASE)

    together(*(lambda n=n: invite(n) for n in range(5)))
    assert Volunteer.objects.filter(programme=made).count() == 6
    assert Volunteer.objects.filter(programme=made, state="invited").count() == 1


def test_a_place_that_two_free_is_not_given_twice(project: Any, owner: Any, make_user: Any) -> None:
    made = opened(project, most_volunteers=2)
    by = member_of(owner, "demo")
    first, second = volunteer(made, make_user("first")), volunteer(made, make_user("second"))
    inviting.add(programme=made, emails=[f"n{n}@example.org" for n in range(4)], by=by, base_url=BASE)
    together(
        lambda: leaving.leave(volunteer=first, by=first.user, base_url=BASE),
        lambda: inviting.revoke(volunteer=second, by=by, base_url=BASE),
        lambda: leaving.leave(volunteer=first, by=first.user, base_url=BASE),
    )
    assert Volunteer.objects.filter(programme=made, state="invited").count() == 2


def test_agreeing_twice_at_once_is_once(project: Any, make_user: Any) -> None:
    made = opened(project)
    vera, text = invited(made, make_user("vera")), newest_text(made)
    assert text is not None
    together(*(lambda: consenting.agree(volunteer=vera, text=text) for _ in range(3)))
    assert Consent.objects.count() == 1
    assert ActorLink.objects.count() == 1


def test_what_is_said_while_all_is_erased_is_erased_or_refused(project: Any, make_user: Any) -> None:
    made = opened(project)
    vera = volunteer(made, make_user("vera"))
    chat = talking.begin(member=member_of(vera.user, "demo"), programme=made, mode="single")
    refused = []

    def say() -> None:
        try:
            talking.say(conversation=chat, submission_key=uuid.uuid4(), body="canary")
        except talking.NotNow:
            refused.append(1)

    together(say, lambda: leaving.delete_mine(volunteer=vera, by=vera.user, base_url=BASE))
    assert not Message.objects.filter(body__isnull=False).exists()
    assert Message.objects.count() + len(refused) == 1
    assert Conversation.objects.get().erased_at is not None


def test_erasing_and_ending_a_membership_at_once_do_not_wait_for_each_other(
    project: Any, owner: Any, make_user: Any
) -> None:
    made = opened(project)
    people = [volunteer(made, make_user(f"vera{n}")) for n in range(4)]

    def end(user: Any) -> None:
        try:
            members.end_membership(project=project, user=user, by=owner)
        except members.NotAMember:
            return

    for one in people:
        user = one.user
        together(
            lambda one=one: leaving.delete_mine(volunteer=one, by=owner, base_url=BASE), lambda user=user: end(user)
        )
    assert not Volunteer.objects.filter(user__isnull=False).exists()
    assert not ActorLink.objects.exists()
