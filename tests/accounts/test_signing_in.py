"""Signing in by one-time links."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.accounts.models import SignInLink
from core.accounts.signin import DeadLink, consume_link, issue_link
from tests.accounts.conftest import path_of, without_tokens

BASE = "http://testserver"


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_a_link_signs_in_once(client: Client, rater: Any) -> None:
    link = issue_link(user=rater, base_url=BASE)
    answer = client.post(link)
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert signed_in_as(client) == str(rater.pk)

    second = Client()
    assert second.post(link).status_code == 404
    assert signed_in_as(second) is None


def test_opening_a_link_uses_nothing_up(client: Client, rater: Any) -> None:
    link = issue_link(user=rater, base_url=BASE)
    for _ in range(3):
        page = client.get(link)
        assert page.status_code == 200
        assert b"<button" in page.content
    client.head(link)
    assert signed_in_as(client) is None
    client.post(link)
    assert signed_in_as(client) == str(rater.pk)


def test_opening_a_link_asks_the_database_nothing(client: Client, django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        client.get("/in/whatever/")


def test_an_expired_link_is_dead(rater: Any) -> None:
    link = issue_link(user=rater, base_url=BASE, ttl=timedelta(seconds=-1))
    with pytest.raises(DeadLink):
        consume_link(link.rstrip("/").rsplit("/", 1)[1])


def test_the_link_of_a_closed_account_is_dead(client: Client, rater: Any) -> None:
    link = issue_link(user=rater, base_url=BASE)
    rater.is_active = False
    rater.save()
    assert client.post(link).status_code == 404


def test_unknown_used_and_expired_links_are_answered_alike(client: Client, rater: Any) -> None:
    used = issue_link(user=rater, base_url=BASE)
    Client().post(used)
    expired = issue_link(user=rater, base_url=BASE, ttl=timedelta(seconds=-1))
    answers = [client.post(link) for link in (used, expired, "/in/never-was/", "/in/" + "x" * 3000 + "/")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({without_tokens(answer) for answer in answers}) == 1


def test_a_link_goes_where_it_was_asked_for_and_nowhere_else(client: Client, rater: Any) -> None:
    link = issue_link(user=rater, base_url=BASE, then="/p/demo/rate/pilot/?x=1")
    assert client.post(link)["Location"] == "/p/demo/rate/pilot/?x=1"
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        link = issue_link(user=rater, base_url=BASE, then=evil)
        assert Client().post(link)["Location"] == "/"


def test_a_link_needs_the_csrf_token(rater: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    link = issue_link(user=rater, base_url=BASE)
    assert strict.post(link).status_code == 403
    page = strict.get(link)
    token = page.context["csrf_token"]
    assert strict.post(link, {"csrfmiddlewaretoken": str(token)}).status_code == 302


def test_signing_in_changes_the_session_key_and_empties_anothers_session(
    client: Client, rater: Any, reviewer: Any
) -> None:
    client.force_login(reviewer)
    session = client.session
    session["theirs"] = "kept"
    session.save()
    before = client.session.session_key
    client.post(issue_link(user=rater, base_url=BASE))
    assert signed_in_as(client) == str(rater.pk)
    assert client.session.session_key != before
    assert "theirs" not in client.session


def test_the_database_holds_no_secret_of_a_link(rater: Any) -> None:
    secret = issue_link(user=rater, base_url=BASE).rstrip("/").rsplit("/", 1)[1]
    assert len(secret) >= 43
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM accounts_signinlink l")
        rows = "".join(row[0] for row in cursor.fetchall())
    assert secret not in rows
    assert secret.encode().hex() not in rows
    assert SignInLink.objects.count() == 1


def test_asking_for_a_link_mails_one_that_works(
    client: Client, rater: Any, post_office: Callable[[], list[str]]
) -> None:
    answer = client.post("/in/?next=/p/demo/", {"email": rater.email.upper()})
    assert answer.status_code == 200
    assert mail.outbox == []
    [link] = post_office()
    assert mail.outbox[0].to == [rater.email]
    assert client.post(path_of(link))["Location"] == "/p/demo/"
    assert signed_in_as(client) == str(rater.pk)


def test_asking_tells_nobody_whether_an_address_has_an_account(
    client: Client, rater: Any, post_office: Callable[[], list[str]], django_assert_num_queries: Any
) -> None:
    known = client.post("/in/", {"email": rater.email})
    unknown = client.post("/in/", {"email": "nobody@example.org"})
    assert known.status_code == unknown.status_code == 200
    assert without_tokens(known).replace(rater.email.encode(), b"") == without_tokens(unknown).replace(
        b"nobody@example.org", b""
    )
    assert len(post_office()) == 1


def test_no_job_and_no_log_holds_the_secret(
    client: Client, rater: Any, post_office: Callable[[], list[str]], caplog: Any
) -> None:
    caplog.set_level("DEBUG")
    client.post("/in/", {"email": rater.email})
    [link] = post_office()
    secret = link.rstrip("/").rsplit("/", 1)[1]
    client.post(path_of(link))
    client.post(path_of(link))
    with connection.cursor() as cursor:
        cursor.execute("SELECT j::text FROM jobs_job j UNION ALL SELECT a::text FROM accounts_auditevent a")
        assert secret not in "".join(row[0] for row in cursor.fetchall())
    # the test runner's own client logs the paths it asks for; a server's access log is turned off
    ours = [r for r in caplog.records if r.name != "django.request"]
    assert secret not in "".join(record.getMessage() for record in ours)


def test_a_mistyped_address_is_said_at_once(client: Client, db: None) -> None:
    answer = client.post("/in/", {"email": "no address"})
    assert answer.status_code == 422
    assert b"valid e" in answer.content


def test_guessing_links_is_slowed_down(client: Client, limits: None, rater: Any) -> None:
    codes = [client.post(f"/in/guess-{n}/").status_code for n in range(31)]
    assert codes == [404] * 30 + [429]
    link = issue_link(user=rater, base_url=BASE)
    assert client.post(link, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert client.post(link, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_one_address_gets_no_flood_of_links(client: Client, limits: None, rater: Any) -> None:
    codes = [
        client.post("/in/", {"email": rater.email}, REMOTE_ADDR=f"198.51.100.{n}").status_code for n in range(1, 6)
    ]
    assert codes == [200, 200, 200, 429, 429]
    assert client.post("/in/", {"email": "other@example.org"}).status_code == 200


def test_the_pages_of_links_are_not_kept_by_caches(client: Client, db: None) -> None:
    for path in ("/in/", "/in/x/", "/join/x/"):
        assert "no-store" in client.get(path)["Cache-Control"]
        assert client.get(path)["Referrer-Policy"] == "same-origin"


def test_the_address_of_a_link_is_short_of_nothing(rater: Any) -> None:
    link = issue_link(user=rater, base_url="https://plumbline.example.org")
    assert link.startswith("https://plumbline.example.org/in/")
    assert reverse("sign_in_by_link", args=["x"]) == "/in/x/"
