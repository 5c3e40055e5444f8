"""Members: their roles changed, ended, brought back."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core.accounts import members
from core.accounts.models import AuditEvent, Membership, User
from core.live import topics
from tests.accounts.conftest import roles_of, trail


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    said: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(members, "publish", lambda topic, **data: said.append((topic, data)))
    return said


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
