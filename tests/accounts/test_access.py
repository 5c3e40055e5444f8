"""Who reaches what: strangers find nothing, anonymous people are asked to sign in."""

import uuid
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver, reverse

from core.accounts import invitations, members
from core.accounts import urls as account_urls
from core.accounts.access import RIGHTS, Right, member_of, members_of
from core.accounts.gate import safe_next
from core.accounts.models import Role
from tests.accounts.conftest import HTMX

# What each page of a project answers to its owner, an ML lead, a rater and a member of another project.
PROJECT_PAGES = {
    "project_home": ({200, 302}, {200, 302}, {200, 302}, {404}),
    "audit_list": ({200}, {404}, {404}, {404}),
    "member_list": ({200}, {404}, {404}, {404}),
    "member_change": ({200}, {404}, {404}, {404}),
    "member_end": ({302}, {404}, {404}, {404}),
    "member_reactivate": ({302}, {404}, {404}, {404}),
    "invitation_resend": ({302}, {404}, {404}, {404}),
    "invitation_revoke": ({302}, {404}, {404}, {404}),
    "job_list": ({200}, {200}, {404}, {404}),
    "job_retry": ({404}, {404}, {404}, {404}),
    "token_list": ({200}, {200}, {404}, {404}),
    "token_revoke": ({404}, {404}, {404}, {404}),
    "webhook_edit": ({200}, {200}, {404}, {404}),
    "webhook_remove": ({302}, {302}, {404}, {404}),
    "webhook_try": ({302}, {302}, {404}, {404}),
}
# What needs no project.
OTHER_PAGES = {"home", "profile", "sign_out_elsewhere", "sign_in_request", "sign_in_by_link", "invitation_accept"}
POSTED = {
    "member_end",
    "member_reactivate",
    "invitation_resend",
    "invitation_revoke",
    "sign_out_elsewhere",
    "job_retry",
    "token_revoke",
    "webhook_remove",
    "webhook_try",
}


def names() -> set[str]:
    return {pattern.name for pattern in account_urls.urlpatterns if isinstance(pattern, URLPattern) and pattern.name}


def address(name: str, ids: dict[str, Any]) -> str:
    [pattern] = [p for p in account_urls.urlpatterns if isinstance(p, URLPattern) and p.name == name]
    return reverse(name, kwargs={key: ids[key] for key in pattern.pattern.converters})


@pytest.fixture
def ids(project: Any, owner: Any, rater: Any) -> dict[str, Any]:
    sent = invitations.invite(project=project, email="new@example.org", role="rater", by=owner, base_url="http://x")
    return {
        "slug": "demo",
        "user_id": rater.pk,
        "invitation_id": sent.pk,
        "job_id": uuid.uuid4(),
        "token_id": uuid.uuid4(),
        "secret": "x",
    }


def ask(client: Client, name: str, ids: dict[str, Any], **more: Any) -> Any:
    return (client.post if name in POSTED else client.get)(address(name, ids), **more)


def test_every_address_of_people_is_in_the_matrix() -> None:
    assert names() == set(PROJECT_PAGES) | OTHER_PAGES


@pytest.mark.parametrize("name", sorted(PROJECT_PAGES))
def test_each_page_opens_to_whom_it_should(
    name: str, ids: dict[str, Any], owner: Any, ml_lead: Any, rater: Any, stranger: Any
) -> None:
    for person, codes in zip((stranger, rater, ml_lead, owner), reversed(PROJECT_PAGES[name]), strict=True):
        client = Client()
        client.force_login(person)
        assert ask(client, name, ids).status_code in codes, person


@pytest.mark.parametrize("name", sorted(set(PROJECT_PAGES) | {"home", "profile", "sign_out_elsewhere"}))
def test_anonymous_people_are_asked_to_sign_in_and_come_back(name: str, ids: dict[str, Any], client: Client) -> None:
    answer = ask(client, name, ids)
    assert answer.status_code == 302
    expected = "/" if name in POSTED else address(name, ids)
    assert answer["Location"] == f"/account/login/?next={expected}"
    fragment = ask(client, name, ids, headers={**HTMX, "HX-Current-URL": "http://testserver/p/demo/members/?q=1"})
    assert fragment.status_code == 200
    assert fragment["HX-Redirect"] == "/account/login/?next=/p/demo/members/%3Fq%3D1"
    assert fragment.content == b""


def test_a_project_that_is_not_there_and_one_that_is_not_yours_look_alike(
    client: Client, rater: Any, other_project: Any
) -> None:
    client.force_login(rater)
    theirs, nobodys = client.get("/p/other/members/"), client.get("/p/nothing/members/")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content


def test_a_member_of_another_project_is_not_reached_through_mine(
    client: Client, ids: dict[str, Any], owner: Any, stranger: Any, other_project: Any
) -> None:
    theirs = invitations.invite(
        project=other_project, email="x@example.org", role="rater", by=stranger, base_url="http://x"
    )
    client.force_login(owner)
    crossed = {**ids, "user_id": stranger.pk, "invitation_id": theirs.pk}
    for name in ("member_change", "member_end", "member_reactivate", "invitation_resend", "invitation_revoke"):
        assert ask(client, name, crossed).status_code == 404
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_posting_needs_the_csrf_token(ids: dict[str, Any], owner: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    for name in sorted(POSTED | {"member_list", "member_change", "profile"}):
        assert strict.post(address(name, ids)).status_code == 403, name
        assert strict.post(address(name, ids), headers=HTMX).status_code == 403, name


def test_reading_changes_nothing(ids: dict[str, Any], owner: Any, client: Client) -> None:
    from core.accounts.models import AuditEvent, Invitation, Membership, User

    def everything() -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (User, Membership, Invitation, AuditEvent)]

    client.force_login(owner)
    before = everything()
    for name in sorted(names() - POSTED):
        client.get(address(name, ids))
    for name in sorted(POSTED):
        assert client.get(address(name, ids)).status_code == 405
    assert everything() == before


def test_an_ended_membership_opens_nothing(project: Any, owner: Any, rater: Any) -> None:
    assert member_of(rater, "demo", Right.RATE).roles == {"rater"}
    members.end_membership(project=project, user=rater, by=owner)
    from django.http import Http404

    with pytest.raises(Http404):
        member_of(rater, "demo")
    assert members_of(rater) == []


def test_every_role_has_its_rights_written_down() -> None:
    assert set(RIGHTS) == set(Role.values)
    assert not any(Right.SEE_BUNDLES in RIGHTS[role] and Right.RATE in RIGHTS[role] for role in Role.values)


def test_raters_and_reviewers_do_not_see_bundles() -> None:
    for role in (Role.RATER, Role.EXPERT, Role.REVIEWER, Role.VOLUNTEER):
        assert Right.SEE_BUNDLES not in RIGHTS[role]


@pytest.mark.parametrize(
    ("wanted", "safe"),
    [
        ("/p/demo/?page=2", "/p/demo/?page=2"),
        ("", ""),
        (None, ""),
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("///evil.example", ""),
        ("/\\evil.example", ""),
        ("p/demo", ""),
        ("javascript:alert(1)", ""),
        ("/\tevil", ""),
    ],
)
def test_only_paths_of_this_site_are_gone_to(wanted: str | None, safe: str) -> None:
    answer = safe_next(RequestFactory().get("/"), wanted)
    assert answer == safe or (wanted == "/\tevil" and not answer.startswith("//"))


def test_a_forged_current_url_is_not_followed(client: Client, ids: dict[str, Any]) -> None:
    answer = client.get("/p/demo/members/", headers={**HTMX, "HX-Current-URL": "https://evil.example/x"})
    assert answer["HX-Redirect"] == "/account/login/?next=/"


@pytest.mark.parametrize("said", ["http://[", "http://[::1", "http://\u2100.example/"])
def test_an_address_that_is_none_is_not_followed(client: Client, db: None, said: str) -> None:
    fragment = client.get("/p/demo/members/", headers={**HTMX, "HX-Current-URL": said})
    assert fragment["HX-Redirect"] == "/account/login/?next=/"
    assert client.post("/p/demo/members/", headers={"Referer": said})["Location"] == "/account/login/?next=/"


def test_a_lost_session_comes_back_to_the_page_it_posted_from(client: Client, db: None) -> None:
    answer = client.post("/p/demo/members/", headers={"Referer": "http://testserver/p/demo/rate/pilot/"})
    assert answer["Location"] == "/account/login/?next=/p/demo/rate/pilot/"


def test_pages_of_signed_in_people_are_not_kept_by_caches(client: Client, owner: Any, project: Any) -> None:
    client.force_login(owner)
    for path in ("/me/", "/p/demo/members/", "/p/demo/audit/"):
        assert "no-store" in client.get(path)["Cache-Control"]


def test_the_resolver_knows_these_names() -> None:
    assert get_resolver().reverse_dict.getlist("member_list")
