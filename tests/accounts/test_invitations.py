"""Invitations: sent, opened, accepted once, sent again, revoked."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.accounts import invitations
from core.accounts.models import Invitation, Membership, User
from tests.accounts.conftest import BASE, path_of, roles_of, trail


def test_an_invited_person_accepts_and_is_in(client: Client, project: Any, invited: Any) -> None:
    path = invited("new@example.org")
    assert not User.objects.filter(email="new@example.org").exists()
    page = client.get(path)
    assert page.status_code == 200
    assert b"new@example.org" in page.content
    answer = client.post(path, {"name": "Nora New"})
    assert answer["Location"] == "/p/demo/"
    user = User.objects.get(email="new@example.org")
    assert user.name == "Nora New"
    assert not user.has_usable_password()
    assert client.session["_auth_user_id"] == str(user.pk)
    assert roles_of(user, project) == {"rater"}
    assert trail(project)[-3:] == ["invitation.sent", "invitation.accepted", "member.added"]


def test_opening_an_invitation_accepts_nothing(client: Client, invited: Any) -> None:
    path = invited("new@example.org")
    for _ in range(3):
        client.get(path)
    assert Invitation.objects.get().accepted_at is None
    assert not User.objects.filter(email="new@example.org").exists()


def test_an_invitation_works_once(client: Client, invited: Any) -> None:
    path = invited("new@example.org")
    client.post(path, {"name": "Nora"})
    assert Client().post(path, {"name": "Mallory"}).status_code == 404
    assert User.objects.get(email="new@example.org").name == "Nora"


def test_an_invitation_asks_for_a_name(client: Client, invited: Any) -> None:
    answer = client.post(invited("new@example.org"), {"name": "  "})
    assert answer.status_code == 422
    assert not User.objects.filter(email="new@example.org").exists()


def test_an_expired_revoked_or_unknown_invitation_is_answered_alike(
    client: Client, project: Any, owner: Any, invited: Any
) -> None:
    expired, revoked = invited("a@example.org"), invited("b@example.org")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_invitation SET expires_at = now() WHERE email = 'a@example.org'")
    invitations.revoke(invitation=Invitation.objects.get(email="b@example.org"), by=owner)
    answers = [client.get(path) for path in (expired, revoked, "/join/nothing/")]
    answers += [client.post(path, {"name": "x"}) for path in (expired, revoked, "/join/nothing/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(rb"[A-Za-z0-9]{64}", b"", answer.content) for answer in answers}) == 1


def test_sending_again_kills_the_earlier_link(client: Client, project: Any, owner: Any, invited: Any) -> None:
    first = invited("new@example.org")
    again = invited("new@example.org")
    assert Invitation.objects.count() == 1
    assert client.get(first).status_code == 404
    assert client.get(again).status_code == 200
    assert trail(project)[-2:] == ["invitation.sent", "invitation.resent"]


def test_an_expired_invitation_can_be_sent_again(
    client: Client, owner: Any, invited: Any, post_office: Callable[[], list[str]]
) -> None:
    invited("new@example.org")
    Invitation.objects.update(expires_at="2020-01-01T00:00:00Z")
    invitations.resend(invitation=Invitation.objects.get(), by=owner, base_url=BASE)
    assert client.get(path_of(post_office()[-1])).status_code == 200


def test_an_existing_account_must_be_signed_in_to_accept(
    client: Client, project: Any, stranger: Any, rater: Any, invited: Any
) -> None:
    path = invited(stranger.email, "reviewer")
    assert b"You have an account already" in client.get(path).content
    assert client.post(path, {"name": "x"}).status_code == 200
    assert "_auth_user_id" not in client.session
    client.force_login(rater)
    assert b"signed in as somebody else" in client.post(path, {"name": "x"}).content
    assert roles_of(stranger, project) == set()
    assert roles_of(rater, project) == {"rater"}
    client.force_login(stranger)
    assert client.post(path)["Location"] == "/p/demo/"
    assert roles_of(stranger, project) == {"reviewer"}


def test_somebody_signed_in_who_accepts_for_a_new_address_becomes_that_person(
    client: Client, project: Any, rater: Any, invited: Any
) -> None:
    path = invited("new@example.org", "owner")
    client.force_login(rater)
    client.post(path, {"name": "Nora"})
    assert roles_of(rater, project) == {"rater"}
    assert client.session["_auth_user_id"] == str(User.objects.get(email="new@example.org").pk)


def test_the_invitation_of_a_closed_account_is_dead(client: Client, stranger: Any, invited: Any) -> None:
    path = invited(stranger.email)
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert client.get(path).status_code == 404


def test_nobody_is_invited_to_what_they_are(project: Any, owner: Any, rater: Any) -> None:
    with pytest.raises(invitations.AlreadyMember):
        invitations.invite(project=project, email=rater.email.upper(), role="rater", by=owner, base_url=BASE)
    invitations.invite(project=project, email=rater.email, role="reviewer", by=owner, base_url=BASE)


def test_an_invitation_revoked_before_its_letter_is_not_mailed(
    project: Any, owner: Any, post_office: Callable[[], list[str]]
) -> None:
    invitation = invitations.invite(project=project, email="a@example.org", role="rater", by=owner, base_url=BASE)
    invitations.revoke(invitation=invitation, by=owner)
    assert post_office() == []


def test_the_inviter_never_sees_the_link(client: Client, project: Any, owner: Any, invited: Any) -> None:
    secret = invited("new@example.org").rstrip("/").rsplit("/", 1)[1]
    client.force_login(owner)
    for path in ("/p/demo/members/", "/p/demo/audit/"):
        assert secret.encode() not in client.get(path).content
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t::text FROM accounts_invitation t UNION ALL SELECT t::text FROM jobs_job t"
            " UNION ALL SELECT t::text FROM accounts_auditevent t"
        )
        assert secret not in "".join(row[0] for row in cursor.fetchall())


def test_an_address_stands_nowhere_in_the_trail(project: Any, owner: Any, client: Client, invited: Any) -> None:
    client.post(invited("new@example.org"), {"name": "Nora New"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM accounts_auditevent t")
        text = "".join(row[0] for row in cursor.fetchall())
    assert "example.org" not in text
    assert "Nora" not in text


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_make_one_member() -> None:
    from core.accounts.projects import create_project

    boss = User.objects.create_user(email="boss@example.org")
    project = create_project(slug="demo", name="Demo", owner=boss)
    invitation = invitations.invite(project=project, email="a@example.org", role="rater", by=boss, base_url=BASE)
    path = path_of(invitations.open_link(invitation=invitation, base_url=BASE))
    other = invitations.invite(project=project, email="a@example.org", role="reviewer", by=boss, base_url=BASE)
    second = path_of(invitations.open_link(invitation=other, base_url=BASE))
    codes: list[int] = []
    gate = threading.Barrier(6)

    def click(where: str) -> None:
        try:
            gate.wait(timeout=10)
            codes.append(Client().post(where, {"name": "Nora"}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=[where]) for where in [path] * 5 + [second]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert User.objects.filter(email="a@example.org").count() == 1
    assert Membership.objects.filter(user__email="a@example.org", role="rater").count() <= 1
    assert sorted(code for code in codes if code not in (200, 302, 404)) == []
    # either the rater's or the reviewer's link made the account; whoever came later must sign in first
    assert Membership.objects.filter(user__email="a@example.org").count() == 1
    assert codes.count(302) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_of_somebody_signed_in_are_one_acceptance() -> None:
    from core.accounts.projects import create_project

    boss = User.objects.create_user(email="boss@example.org")
    guest = User.objects.create_user(email="guest@example.org")
    project = create_project(slug="demo", name="Demo", owner=boss)
    invitation = invitations.invite(project=project, email=guest.email, role="rater", by=boss, base_url=BASE)
    secret = invitations.open_link(invitation=invitation, base_url=BASE).rstrip("/").rsplit("/", 1)[1]
    outcomes: list[str] = []
    gate = threading.Barrier(4)

    def click() -> None:
        try:
            gate.wait(timeout=10)
            outcomes.append(invitations.accept(secret=secret, user=guest).email)
        except invitations.DeadInvitation:
            outcomes.append("dead")
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["dead", "dead", "dead", guest.email]
    assert trail(project).count("invitation.accepted") == 1
    assert roles_of(guest, project) == {"rater"}
