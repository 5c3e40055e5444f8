"""The page of members: what it lists, and its forms with and without htmx."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from core.accounts import invitations, members
from core.accounts.models import Invitation
from tests.accounts.conftest import BASE, HTMX, path_of, roles_of


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
