"""Tokens: made once, seen once, kept as a digest, and dead when they should be."""

import io
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from core.accounts import members, tokens
from core.accounts.models import AuditEvent, Role, Token
from core.accounts.redaction import SecretsInPaths
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
FORM = {"name": "nightly", "scopes": ["read", "export"], "days": "30"}


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def secret_in(page: Any) -> str:
    [secret] = {
        word
        for word in page.content.decode().replace("<", " ").replace(">", " ").split()
        if word[:4] == "plb_" and len(word) == 47
    }
    return secret


def test_a_token_from_the_page_opens_its_project_and_is_shown_this_once(ml_lead: Any, project: Any) -> None:
    lead = browser(ml_lead)
    made = lead.post(reverse("token_list", args=["demo"]), FORM)
    secret = secret_in(made)
    assert (
        f"curl -H &quot;Authorization: Bearer {secret}&quot; http://testserver/api/v1/projects/"
        in made.content.decode()
    )
    assert "no-store" in made["Cache-Control"]
    assert Caller(secret).get("projects/demo/").json()["token"]["scopes"] == ["read", "export"]
    listed = lead.get(reverse("token_list", args=["demo"])).content.decode()
    assert secret not in listed
    assert secret[:8] in listed
    assert "nightly" in listed


def test_the_database_does_not_hold_the_secret(make_caller: Any) -> None:
    caller = make_caller()
    caller.get("projects/")
    kept = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE relname LIKE 'a%%'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {table} t")
            kept += [row for (row,) in cursor.fetchall()]
    assert any("plb_" in row for row in kept)
    assert not any(caller.secret in row or caller.secret[8:] in row for row in kept)


def test_no_log_tells_a_token() -> None:
    record = logging.LogRecord("any", logging.INFO, "", 0, "sent %s", ("Bearer plb_" + "x-Y_" * 10,), None)
    SecretsInPaths().filter(record)
    assert record.getMessage() == "sent Bearer plb_[secret]"


def test_a_revoked_token_is_refused_at_once_and_the_trail_says_who_did_it(owner: Any, project: Any) -> None:
    token, secret = tokens.make(project=project, by=owner, name="nightly", scopes=["read"], days=1)
    caller = Caller(secret)
    assert caller.get("projects/").status_code == 200
    browser(owner).post(reverse("token_revoke", args=["demo", token.pk]))
    assert caller.get("projects/").json()["code"] == "bad_token"
    told = AuditEvent.objects.filter(object=f"token:{token.pk}").order_by("seq")
    assert [(event.verb, event.who) for event in told] == [("token.made", owner.pk), ("token.revoked", owner.pk)]
    assert secret not in str(list(told.values()))


def test_an_expired_token_is_refused(owner: Any, project: Any) -> None:
    token, secret = tokens.make(project=project, by=owner, name="nightly", scopes=["read"], days=1)
    Token.objects.filter(pk=token.pk).update(expires_at=Now())
    assert Caller(secret).get("projects/").json()["code"] == "bad_token"


@pytest.mark.parametrize("end", ["membership", "account"])
def test_a_token_dies_when_its_maker_leaves(owner: Any, ml_lead: Any, project: Any, end: str) -> None:
    token, secret = tokens.make(project=project, by=ml_lead, name="nightly", scopes=["read"], days=1)
    kept, _ = tokens.make(project=project, by=owner, name="other", scopes=["read"], days=1)
    if end == "membership":
        members.end_membership(project=project, user=ml_lead, by=owner)
        members.reactivate(project=project, user=ml_lead, by=owner)
    else:
        members.deactivate_account(user=ml_lead, by=owner)
        members.reactivate_account(user=ml_lead, by=owner)
    assert Caller(secret).get("projects/").json()["code"] == "bad_token"
    token.refresh_from_db()
    kept.refresh_from_db()
    assert token.revoked_at is not None
    assert kept.revoked_at is None


def test_who_only_stops_rating_keeps_their_tokens(owner: Any, make_member: Any, project: Any) -> None:
    both = make_member(Role.ML_LEAD, "both")
    members.add_roles(project=project, user=both, roles=[Role.RATER], by=owner)
    _, secret = tokens.make(project=project, by=both, name="nightly", scopes=["read"], days=1)
    members.change_roles(project=project, user=both, roles=[Role.ML_LEAD], by=owner)
    assert Caller(secret).get("projects/").status_code == 200


def test_last_use_is_written_at_most_once_a_minute(owner: Any, project: Any) -> None:
    token, secret = tokens.make(project=project, by=owner, name="nightly", scopes=["read"], days=1)
    Caller(secret).get("projects/")
    token.refresh_from_db()
    first = token.last_used_at
    Caller(secret).get("projects/")
    token.refresh_from_db()
    assert first is not None
    assert token.last_used_at == first
    Token.objects.filter(pk=token.pk).update(last_used_at=Now() - timedelta(seconds=61))
    Caller(secret).get("projects/")
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at >= first


@pytest.mark.parametrize("wrong", [{"scopes": []}, {"scopes": ["admin"]}, {"days": "366"}, {"days": "0"}, {"name": ""}])
def test_the_page_refuses_what_no_token_may_be(owner: Any, project: Any, wrong: dict[str, Any]) -> None:
    assert browser(owner).post(reverse("token_list", args=["demo"]), {**FORM, **wrong}).status_code == 422
    assert not Token.objects.exists()


def test_sending_the_form_twice_makes_one_token(owner: Any, project: Any) -> None:
    answers = [browser(owner).post(reverse("token_list", args=["demo"]), FORM).status_code for _ in range(2)]
    assert answers == [200, 422]
    assert Token.objects.count() == 1


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "admin"]])
def test_the_database_refuses_a_scope_that_there_is_not(owner: Any, project: Any, scopes: list[str]) -> None:
    token, _ = tokens.make(project=project, by=owner, name="nightly", scopes=["read"], days=1)
    with pytest.raises(IntegrityError, match="token_scopes"), transaction.atomic():
        Token.objects.filter(pk=token.pk).update(scopes=scopes)


def typed(*words: str) -> str:
    out = io.StringIO()
    call_command("token", *words, stdout=out)
    return out.getvalue().strip()


def test_the_command_makes_lists_and_revokes(owner: Any, project: Any) -> None:
    secret = typed("create", "nightly", "--project", "demo", "--scope", "import", "--scope", "read")
    assert Caller(secret).get("imports/").status_code == 200
    assert typed("list", "--project", "demo").startswith(f"{secret[:8]}…  nightly: read, import; good until ")
    [listed] = json.loads(typed("list", "--project", "demo", "--json"))
    assert (listed["name"], listed["scopes"], listed["prefix"]) == ("nightly", ["read", "import"], secret[:8])
    typed("revoke", "nightly", "--project", "demo")
    assert Caller(secret).get("imports/").status_code == 401
    made = json.loads(typed("create", "nightly", "--project", "demo", "--by", owner.email, "--json"))
    assert made["scopes"] == ["read"]
    assert Caller(made["token"]).get("campaigns/").status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        ["create", "x", "--project", "none"],
        ["create", "x", "--project", "demo", "--by", "stranger@example.org"],
        ["create", "x", "--project", "demo", "--by", "rater@example.org"],
        ["create", "x", "--project", "demo", "--days", "400"],
        ["create", "taken", "--project", "demo"],
        ["create", "x" * 81, "--project", "demo"],
        ["create", "", "--project", "demo"],
        ["revoke", "x", "--project", "demo"],
    ],
)
def test_the_command_says_in_a_line_what_it_cannot_do(
    owner: Any, rater: Any, stranger: Any, project: Any, words: list[str]
) -> None:
    tokens.make(project=project, by=owner, name="taken", scopes=["read"], days=1)
    with pytest.raises(CommandError, match=r"^[^\n]+$"):
        typed(*words)
    assert Token.objects.count() == 1
