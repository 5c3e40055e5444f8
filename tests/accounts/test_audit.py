"""The audit trail: it cannot be changed, and who changes it anyway is found out."""

from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from core.accounts import audit
from core.accounts.models import AuditEvent
from core.accounts.verification import accepted_invitations_have_members, audit_chains


@pytest.fixture
def trail(project: Any, owner: Any) -> list[AuditEvent]:
    for n in range(4):
        audit.record(
            project=project,
            who=owner,
            verb="thing.done",
            object=f"thing {n}",
            data={"n": n, "share": 0.1, "deep": [1, {}]},
        )
    return list(AuditEvent.objects.filter(project=project).order_by("seq"))


def tamper(sql: str, *parameters: Any) -> None:
    """Change rows as somebody can who is superuser of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_trail_as_written_is_sound(trail: Any, project: Any) -> None:
    assert [event.seq for event in trail] == [1, 2, 3, 4, 5]
    assert audit.broken(project) is None
    assert list(audit_chains()) == []


@pytest.mark.parametrize(
    "data",
    [{}, {"a": 1.0, "b": 1e22, "c": 1e-7, "d": -0.0, "e": 2**53}, {"ü": "ß\n", "n": None, "t": True}, {"l": [[], [1]]}],
)
def test_what_jsonb_rewrites_does_not_break_the_chain(project: Any, data: dict[str, Any]) -> None:
    audit.record(project=project, who=None, verb="x", data=data)
    assert audit.broken(project) is None


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'thing.undone'",
        "object = ''",
        "data = '{}'",
        "who = NULL",
        "at = at + interval '1 second'",
        "seq = 77",
        "hash = decode(repeat('00', 32), 'hex')",
        "prev_hash = decode(repeat('00', 32), 'hex')",
        "id = gen_random_uuid()",
    ],
)
def test_a_changed_event_is_found_and_named(trail: Any, project: Any, change: str) -> None:
    victim = trail[2]
    tamper(f"UPDATE accounts_auditevent SET {change} WHERE id = %s", victim.pk)
    broken = audit.broken(project)
    assert broken is not None
    expected = {"seq = 77": trail[3].pk}.get(change, victim.pk)
    [finding] = list(audit_chains())
    assert finding.row == str(broken.pk)
    assert "demo" in finding.message
    if not change.startswith("id"):
        assert broken.pk == expected


def test_a_removed_event_is_found_by_the_one_after_it(trail: Any, project: Any) -> None:
    tamper("DELETE FROM accounts_auditevent WHERE id = %s", trail[1].pk)
    broken = audit.broken(project)
    assert broken is not None
    assert broken.pk == trail[2].pk


def test_a_removed_beginning_is_found(trail: Any, project: Any) -> None:
    tamper("DELETE FROM accounts_auditevent WHERE id = %s", trail[0].pk)
    broken = audit.broken(project)
    assert broken is not None
    assert broken.pk == trail[1].pk


def test_a_chain_forged_without_the_key_is_found(trail: Any, project: Any, other_project: Any) -> None:
    victim = trail[-1]
    victim.verb = "thing.forged"
    forged = audit.chain_hash(victim, other_project)
    tamper("UPDATE accounts_auditevent SET verb = %s, hash = %s WHERE id = %s", victim.verb, forged, victim.pk)
    broken = audit.broken(project)
    assert broken is not None
    assert broken.pk == victim.pk


def test_one_broken_trail_does_not_hide_another(trail: Any, project: Any, other_project: Any) -> None:
    event = audit.record(project=None, who=None, verb="account.deactivated", object="user:x")
    audit.record(project=other_project, who=None, verb="fine")
    tamper("UPDATE accounts_auditevent SET verb = 'x' WHERE id IN (%s, %s)", event.pk, trail[0].pk)
    assert {finding.row for finding in audit_chains()} == {str(event.pk), str(trail[0].pk)}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_auditevent SET verb = 'x'",
        "DELETE FROM accounts_auditevent",
        "TRUNCATE accounts_auditevent",
    ],
)
def test_the_database_refuses_to_change_the_trail(trail: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(Error, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_times_follow_the_chain(trail: Any) -> None:
    times = [event.at for event in trail]
    assert times == sorted(times)


def test_the_page_shows_names_and_not_ids_newest_first(
    client: Client, trail: Any, owner: Any, project: Any, rater: Any
) -> None:
    from core.accounts import members

    members.change_roles(project=project, user=rater, roles=["reviewer"], by=owner)
    client.force_login(owner)
    text = client.get("/p/demo/audit/").content.decode()
    assert text.index("member.roles_changed") < text.index("thing.done") < text.index("project.created")
    assert str(rater.pk) not in text
    assert "from: rater; to: reviewer" in text


def test_an_erased_person_is_called_so(client: Client, project: Any, owner: Any, make_user: Any) -> None:
    gone = make_user("gone")
    audit.record(project=project, who=gone, verb="x", object="user:not-a-uuid")
    gone.delete()
    client.force_login(owner)
    assert b"somebody who was erased" in client.get("/p/demo/audit/").content


def test_the_page_is_paged_with_few_queries(
    client: Client, project: Any, owner: Any, django_assert_num_queries: Any
) -> None:
    for n in range(120):
        audit.record(project=project, who=owner, verb=f"verb.{n:03}")
    client.force_login(owner)
    assert b"verb.119" in client.get("/p/demo/audit/").content
    third = client.get("/p/demo/audit/?page=3").content
    assert b"verb.000" in third
    assert b"verb.119" not in third
    for odd in ("0", "-1", "x", "999"):
        assert client.get("/p/demo/audit/", {"page": odd}).status_code == 200
    # membership, count, events, names, frame (session and person are prepared, and not counted)
    with django_assert_num_queries(5):
        client.get("/p/demo/audit/")


def test_an_acceptance_without_a_membership_is_found(project: Any, owner: Any) -> None:
    from core.accounts import invitations
    from core.accounts.models import Invitation

    sent = invitations.invite(project=project, email="a@example.org", role="rater", by=owner, base_url="http://x")
    assert list(accepted_invitations_have_members()) == []
    Invitation.objects.filter(pk=sent.pk).update(accepted_at="2026-01-01T00:00:00Z")
    assert [finding.row for finding in accepted_invitations_have_members()] == [str(sent.pk)]


@pytest.mark.parametrize("many", [1, 3, 5])
def test_a_trail_whose_newest_events_were_cut_off_is_found(trail: Any, project: Any, many: int) -> None:
    tamper("DELETE FROM accounts_auditevent WHERE id = ANY(%s)", [event.pk for event in trail[-many:]])
    [finding] = list(audit_chains())
    assert "it ended with event 5" in finding.message
    assert finding.row == str(project.pk)


def test_what_was_cut_off_stays_missing_when_the_trail_goes_on(trail: Any, project: Any) -> None:
    tamper("DELETE FROM accounts_auditevent WHERE id = %s", trail[-1].pk)
    event = audit.record(project=project, who=None, verb="later")
    assert event.seq == 6
    [finding] = list(audit_chains())
    assert finding.row == str(event.pk)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts_audithead SET seq = 3, hash = (SELECT hash FROM accounts_auditevent WHERE seq = 3)",
        "DELETE FROM accounts_audithead",
    ],
)
def test_a_head_that_was_made_to_fit_is_found(trail: Any, project: Any, change: str) -> None:
    tamper("DELETE FROM accounts_auditevent WHERE id = ANY(%s)", [event.pk for event in trail[3:]])
    tamper(change)
    [finding] = list(audit_chains())
    assert finding.table == "accounts_audithead"
