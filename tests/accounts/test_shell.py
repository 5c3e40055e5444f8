"""The frame of a page, the first page, one's own page."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from core.accounts import members, shell
from core.accounts.access import Right
from core.accounts.middleware import as_the_person_prefers, zone_of
from core.accounts.models import User
from core.accounts.shell import NavItem, Shell
from tests.accounts.conftest import HTMX


def frame_for(user: Any, path: str = "/", slug: str | None = None) -> Shell:
    from types import SimpleNamespace

    request = RequestFactory().get(path)
    request.user = user
    request.resolver_match = SimpleNamespace(kwargs={"slug": slug} if slug else {})  # type: ignore[assignment]
    return Shell(request)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "_items", [])
    shell.register(NavItem("Members", "member_list", Right.MANAGE_MEMBERS, 80))
    shell.register(NavItem("Audit", "audit_list", Right.SEE_AUDIT, 90))
    shell.register(NavItem("Not wired yet", "no_such_page", None, 1))


def test_the_navigation_shows_what_ones_roles_open(places: None, owner: Any, rater: Any, project: Any) -> None:
    assert [item.label for item in frame_for(owner, slug="demo").items] == ["Members", "Audit"]
    assert frame_for(rater, slug="demo").items == []
    assert frame_for(owner).items == []


def test_the_navigation_marks_where_one_is(places: None, owner: Any, project: Any) -> None:
    items = frame_for(owner, path="/p/demo/members/some-uuid/", slug="demo").items
    assert [item.current for item in items] == [True, False]


def test_what_manages_the_project_stands_in_its_menu(places: None, owner: Any, project: Any) -> None:
    shell.register(NavItem("Jobs", "job_list", Right.SEE_JOBS, 70, managing=True))
    frame = frame_for(owner, path="/p/demo/jobs/", slug="demo")
    assert [item.label for item in frame.items] == ["Members", "Audit"]
    assert [(item.label, item.current) for item in frame.managing] == [("Jobs", True)]
    assert not any(item.current for item in frame.items)


def test_a_place_is_registered_once_and_kept_in_order(places: None) -> None:
    shell.register(NavItem("Audit again", "audit_list", None, 0))
    shell.register(NavItem("First", "member_change", None, 0))
    assert [item.label for item in shell._items] == ["First", "Not wired yet", "Members", "Audit"]


def test_the_frame_names_my_projects_only(owner: Any, stranger: Any, project: Any) -> None:
    mine = frame_for(owner, slug="demo")
    assert [place.slug for place in mine.projects] == ["demo"]
    assert mine.project is not None
    assert mine.project.url == "/p/demo/"
    assert frame_for(owner, slug="other").project is None


def test_the_frame_costs_one_query(owner: Any, project: Any, django_assert_num_queries: Any) -> None:
    frame = frame_for(owner, slug="demo")
    with django_assert_num_queries(1):
        assert frame.project
        assert frame.projects
        assert frame.items
        assert frame.roles


def test_a_fragment_has_no_frame_and_pays_nothing_for_it(
    client: Client, owner: Any, project: Any, django_assert_num_queries: Any
) -> None:
    client.force_login(owner)
    # membership, members, invitations (session and person are prepared, and not counted)
    with django_assert_num_queries(3):
        client.get("/p/demo/members/", headers=HTMX)
    with django_assert_num_queries(4):
        client.get("/p/demo/members/")


def test_a_visitor_costs_no_query(client: Client, db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        client.get("/account/login/")
    with django_assert_num_queries(0):
        client.get("/p/demo/members/")


def test_the_first_page_is_the_project_of_who_has_one(client: Client, owner: Any, project: Any) -> None:
    client.force_login(owner)
    assert client.get("/")["Location"] == "/p/demo/"
    assert client.get("/p/demo/").status_code == 302


def test_the_first_page_offers_a_choice_to_who_has_several(
    client: Client, owner: Any, project: Any, other_project: Any
) -> None:
    members.add_roles(project=other_project, user=owner, roles=["rater"], by=None)
    client.force_login(owner)
    text = client.get("/").content.decode()
    assert 'href="/p/demo/"' in text
    assert 'href="/p/other/"' in text


def test_who_is_in_no_project_is_told_what_to_do(client: Client, make_user: Any) -> None:
    client.force_login(make_user("lonely"))
    text = client.get("/").content.decode()
    assert "No project yet" in text
    assert "lonely@example.org" in text


def test_a_role_without_pages_gets_words_and_not_a_loop(places: None, client: Client, make_member: Any) -> None:
    client.force_login(make_member("volunteer"))
    answer = client.get("/", follow=True)
    assert answer.status_code == 200
    assert b"Nothing for you here yet" in answer.content


def test_names_and_projects_are_text(client: Client, owner: Any, project: Any) -> None:
    User.objects.filter(pk=owner.pk).update(name="<script>alert(1)</script>")
    type(project).objects.filter(pk=project.pk).update(name='"><img src=x onerror=alert(1)>')
    client.force_login(owner)
    for path in ("/me/", "/p/demo/members/", "/p/demo/audit/", "/"):
        text = client.get(path, follow=True).content.decode()
        assert "<script>alert" not in text
        assert "<img" not in text


def test_the_profile_saves_name_and_zone(client: Client, rater: Any) -> None:
    client.force_login(rater)
    answer = client.post("/me/", {"name": "Ruth", "time_zone": "Asia/Kathmandu"}, follow=True)
    assert b"Your profile is saved" in answer.content
    rater.refresh_from_db()
    assert (rater.name, rater.time_zone) == ("Ruth", "Asia/Kathmandu")


def test_a_zone_nobody_has_is_refused(client: Client, rater: Any) -> None:
    client.force_login(rater)
    assert client.post("/me/", {"name": "Ruth", "time_zone": "Moon/Tranquility"}).status_code == 422
    rater.refresh_from_db()
    assert rater.time_zone == "UTC"


def test_times_are_shown_in_ones_own_zone(client: Client, owner: Any, project: Any) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Asia/Kathmandu")
    client.force_login(owner)
    assert b"+05:45" in client.get("/p/demo/audit/").content


@pytest.mark.parametrize("bad", ["", "Nowhere/Land", "../../etc/passwd", "/etc/passwd", "Europe", "\0", "x" * 300])
def test_a_bad_zone_breaks_no_page(client: Client, owner: Any, project: Any, bad: str) -> None:
    assert str(zone_of(bad)) == "UTC"
    if "\0" not in bad and len(bad) <= 64:
        User.objects.filter(pk=owner.pk).update(time_zone=bad)
        client.force_login(owner)
        assert client.get("/p/demo/audit/").status_code == 200


def test_a_request_without_a_session_looks_nobody_up() -> None:
    class Nobody:
        @property
        def time_zone(self) -> str:
            raise AssertionError("looked up")

    request = RequestFactory().get("/")
    request.user = Nobody()  # type: ignore[assignment]
    seen: list[str] = []
    as_the_person_prefers(lambda request: seen.append(str(timezone.get_current_timezone())))(request)  # type: ignore
    assert seen == ["UTC"]


def test_signing_out_elsewhere_keeps_this_session(client: Client, rater: Any) -> None:
    other = Client()
    other.force_login(rater)
    client.force_login(rater)
    assert client.post(reverse("sign_out_elsewhere")).status_code == 302
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302
