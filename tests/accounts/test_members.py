"""Members: invited, accepted, changed, ended, brought back."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.accounts import invitations, members
from core.accounts.models import AuditEvent, Invitation, Membership, User
from core.live import topics
from tests.accounts.conftest import HTMX, path_of

BASE = "http://testserver"


def roles_of(user: Any, project: Any) -> set[str]:
    return members.held_roles(project, user)


def trail(project: Any) -> list[str]:
    return list(AuditEvent.objects.filter(project=project).order_by("seq").values_list("verb", flat=True))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    said: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(members, "publish", lambda topic, **data: said.append((topic, data)))
    return said


@pytest.fixture
def invited(project: Any, owner: Any, post_office: Callable[[], list[str]]) -> Callable[..., str]:
    """Invites an address and returns the path of the link in the letter."""

    def invite(email: str, role: str = "rater") -> str:
        invitations.invite(project=project, email=email, role=role, by=owner, base_url=BASE)
        return path_of(post_office()[-1])

    return invite


# Inviting and accepting


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


# Changing


def test_roles_change_and_the_trail_says_from_what_to_what(project: Any, owner: Any, rater: Any, told: Any) -> None:
    members.change_roles(project=project, user=rater, roles=["reviewer", "rater"], by=owner)
    assert roles_of(rater, project) == {"reviewer", "rater"}
    event = AuditEvent.objects.filter(project=project).latest("seq")
    assert (event.verb, event.who, event.object) == ("member.roles_changed", owner.pk, f"user:{rater.pk}")
    assert event.data == {"from": ["rater"], "to": ["rater", "reviewer"]}
    assert [topic for topic, _ in told] == [f"user.{rater.pk}"]


def test_equal_roles_change_nothing(project: Any, owner: Any, rater: Any, told: Any) -> None:
    before = trail(project)
    members.change_roles(project=project, user=rater, roles=["rater"], by=owner)
    assert trail(project) == before
    assert told == []


def test_the_last_owner_stays(project: Any, owner: Any, make_member: Any) -> None:
    for change in (
        lambda: members.end_membership(project=project, user=owner, by=owner),
        lambda: members.change_roles(project=project, user=owner, roles=["rater"], by=owner),
        lambda: members.deactivate_account(user=owner, by=None),
    ):
        with pytest.raises(members.LastOwner):
            change()
    second = make_member("owner", "second")
    members.end_membership(project=project, user=owner, by=second)
    assert roles_of(owner, project) == set()


def test_an_owner_whose_account_is_closed_does_not_count(project: Any, owner: Any, make_member: Any) -> None:
    second = make_member("owner", "second")
    members.deactivate_account(user=second, by=None)
    with pytest.raises(members.LastOwner):
        members.end_membership(project=project, user=owner, by=owner)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_leave_one() -> None:
    from core.accounts.projects import create_project

    one = User.objects.create_user(email="one@example.org")
    two = User.objects.create_user(email="two@example.org")
    project = create_project(slug="demo", name="Demo", owner=one)
    members.add_roles(project=project, user=two, roles=["owner"], by=one)
    refused: list[str] = []
    gate = threading.Barrier(2)

    def remove(user: Any, by: Any) -> None:
        try:
            gate.wait(timeout=10)
            members.end_membership(project=project, user=user, by=by)
        except members.LastOwner as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(refused) == 1
    assert Membership.objects.filter(project=project, role="owner", ended_at=None).count() == 1


def test_leaving_gives_back_leases_in_the_same_transaction(
    project: Any, owner: Any, rater: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[Any] = []
    monkeypatch.setattr(members, "_departures", [lambda project, user: freed.append((project.slug, user.pk))])
    members.change_roles(project=project, user=rater, roles=["expert"], by=owner)
    assert freed == [], "an expert rates too"
    members.change_roles(project=project, user=rater, roles=["reviewer"], by=owner)
    assert freed == [("demo", rater.pk)]
    members.end_membership(project=project, user=rater, by=owner)
    assert len(freed) == 2


def test_a_departure_that_fails_leaves_the_membership(
    project: Any, owner: Any, rater: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(project: Any, user: Any) -> None:
        raise RuntimeError("the leases are stuck")

    monkeypatch.setattr(members, "_departures", [fail])
    before = trail(project)
    with pytest.raises(RuntimeError):
        members.end_membership(project=project, user=rater, by=owner)
    assert roles_of(rater, project) == {"rater"}
    assert trail(project) == before


def test_a_departure_is_registered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_departures", [])

    def depart(project: Any, user: Any) -> None: ...

    members.on_departure(depart)
    members.on_departure(depart)
    assert members._departures == [depart]


def test_who_leaves_the_last_project_is_signed_out(client: Client, project: Any, owner: Any, rater: Any) -> None:
    client.force_login(rater)
    members.end_membership(project=project, user=rater, by=owner)
    assert client.get("/me/").status_code == 302


def test_who_leaves_one_of_two_projects_stays_signed_in(
    client: Client, project: Any, other_project: Any, owner: Any, rater: Any, told: Any
) -> None:
    members.add_roles(project=other_project, user=rater, roles=["rater"], by=None)
    client.force_login(rater)
    told.clear()
    members.end_membership(project=project, user=rater, by=owner)
    assert client.get("/me/").status_code == 200
    assert client.get("/p/demo/").status_code == 404
    assert [(topic, data["kind"]) for topic, data in told] == [(f"user.{rater.pk}", "member")]


def test_a_closed_account_is_signed_out_everywhere_and_opened_again(
    client: Client, project: Any, owner: Any, rater: Any, told: Any
) -> None:
    client.force_login(rater)
    members.deactivate_account(user=rater, by=None)
    assert client.get("/me/").status_code == 302
    assert told[-1][1]["kind"] == "closed"
    members.reactivate_account(user=rater, by=None)
    assert client.get("/me/").status_code == 302, "the old session stays dead"
    rater.refresh_from_db()
    client.force_login(rater)
    assert client.get("/p/demo/", follow=False).status_code in (200, 302)


def test_coming_back_means_the_roles_of_the_last_day(project: Any, owner: Any, rater: Any) -> None:
    members.change_roles(project=project, user=rater, roles=["rater", "reviewer"], by=owner)
    members.change_roles(project=project, user=rater, roles=["reviewer", "expert"], by=owner)
    # one transaction is one moment, and a test is one transaction: the role given up before was given up earlier
    Membership.objects.filter(user=rater, role="rater").update(ended_at="2026-01-01T00:00:00Z")
    members.end_membership(project=project, user=rater, by=owner)
    members.reactivate(project=project, user=rater, by=owner)
    assert roles_of(rater, project) == {"reviewer", "expert"}


def test_who_never_was_a_member_does_not_come_back(project: Any, owner: Any, stranger: Any) -> None:
    with pytest.raises(members.NotAMember):
        members.reactivate(project=project, user=stranger, by=owner)
    with pytest.raises(members.NotAMember):
        members.end_membership(project=project, user=stranger, by=owner)
    with pytest.raises(members.NotAMember):
        members.change_roles(project=project, user=stranger, roles=["rater"], by=owner)


def test_two_changes_in_one_second_are_both_told(
    project: Any, owner: Any, rater: Any, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    topics.forget()
    monkeypatch.setattr(topics, "_send", lambda topic, data: sent.append(topic))
    with django_capture_on_commit_callbacks(execute=True):
        members.change_roles(project=project, user=rater, roles=["reviewer"], by=owner)
        members.change_roles(project=project, user=rater, roles=["rater"], by=owner)
    assert sent == [f"user.{rater.pk}"] * 2


# The page


def test_the_page_lists_members_invitations_and_who_left(
    client: Client, project: Any, owner: Any, rater: Any, reviewer: Any
) -> None:
    members.end_membership(project=project, user=reviewer, by=owner)
    invitations.invite(project=project, email="new@example.org", role="expert", by=owner, base_url=BASE)
    client.force_login(owner)
    text = client.get("/p/demo/members/").content.decode()
    for expected in (rater.email, "new@example.org", "No longer in the project", reviewer.email, "Invite somebody"):
        assert expected in text


def test_a_plain_form_invites_and_comes_back(client: Client, project: Any, owner: Any) -> None:
    client.force_login(owner)
    answer = client.post("/p/demo/members/", {"email": "New@Example.org", "role": "rater"}, follow=True)
    assert answer.redirect_chain == [("/p/demo/members/", 302)]
    assert b"on its way to new@example.org" in answer.content
    assert Invitation.objects.get().email == "new@example.org"


def test_an_htmx_form_gets_the_part_that_changed(client: Client, project: Any, owner: Any, rater: Any) -> None:
    client.force_login(owner)
    answer = client.post("/p/demo/members/", {"email": "new@example.org", "role": "rater"}, headers=HTMX)
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert b"new@example.org" in answer.content
    wrong = client.post("/p/demo/members/", {"email": rater.email, "role": "rater"}, headers=HTMX)
    assert wrong.status_code == 422
    assert b"already" in wrong.content


def test_roles_change_on_the_page_with_and_without_htmx(client: Client, project: Any, owner: Any, rater: Any) -> None:
    client.force_login(owner)
    url = reverse("member_change", args=["demo", rater.pk])
    assert b"<html" in client.get(url).content
    part = client.get(url, headers=HTMX)
    assert b"<html" not in part.content
    assert b"Save roles" in part.content
    assert client.post(url, {"roles": ["reviewer"]})["Location"] == "/p/demo/members/"
    assert roles_of(rater, project) == {"reviewer"}
    assert client.post(url, {"roles": ["rater", "expert"]}, headers=HTMX).status_code == 200
    assert roles_of(rater, project) == {"rater", "expert"}
    for bad in ({"roles": ["emperor"]}, {}):
        assert client.post(url, bad).status_code == 422
        assert client.post(url, bad, headers=HTMX).status_code == 422
    assert roles_of(rater, project) == {"rater", "expert"}


def test_the_page_refuses_to_remove_the_last_owner(client: Client, project: Any, owner: Any) -> None:
    client.force_login(owner)
    for headers in ({}, HTMX):
        answer = client.post(reverse("member_end", args=["demo", owner.pk]), headers=headers)
        assert answer.status_code == 422
        assert b"without an owner" in answer.content
    changed = client.post(reverse("member_change", args=["demo", owner.pk]), {"roles": ["rater"]})
    assert changed.status_code == 422
    assert roles_of(owner, project) == {"owner"}


def test_ending_twice_and_bringing_back_twice_is_no_error(client: Client, project: Any, owner: Any, rater: Any) -> None:
    client.force_login(owner)
    for name, held in (("member_end", set()), ("member_reactivate", {"rater"})):
        for _ in range(2):
            assert client.post(reverse(name, args=["demo", rater.pk])).status_code == 302
        assert roles_of(rater, project) == held


def test_an_owner_who_steps_down_lands_on_a_page_they_may_see(
    client: Client, project: Any, owner: Any, make_member: Any
) -> None:
    make_member("owner", "second")
    client.force_login(owner)
    answer = client.post(reverse("member_change", args=["demo", owner.pk]), {"roles": ["rater"]}, headers=HTMX)
    assert answer["HX-Redirect"] == "/"
    assert client.get("/p/demo/members/").status_code == 404


def test_invitations_are_revoked_and_sent_again_on_the_page(
    client: Client, project: Any, owner: Any, invited: Any, post_office: Callable[[], list[str]]
) -> None:
    old = invited("new@example.org")
    row = Invitation.objects.get()
    client.force_login(owner)
    assert client.post(reverse("invitation_resend", args=["demo", row.pk])).status_code == 302
    fresh = path_of(post_office()[-1])
    assert fresh != old
    assert client.post(reverse("invitation_revoke", args=["demo", row.pk]), headers=HTMX).status_code == 200
    assert Client().get(fresh).status_code == 404
    again = client.post(reverse("invitation_resend", args=["demo", row.pk]))
    assert again.status_code == 422
