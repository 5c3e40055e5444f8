"""Signing in by password, and what allauth's pages do here."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.accounts.conftest import path_of, without_tokens

PASSWORD = "correct horse battery"


@pytest.fixture
def person(rater: Any) -> Any:
    rater.set_password(PASSWORD)
    rater.save()
    return rater


def attempt(client: Client, email: str, password: str, **more: Any) -> Any:
    return client.post("/account/login/", {"login": email, "password": password}, **more)


def test_a_right_password_signs_in_and_goes_on(client: Client, person: Any) -> None:
    answer = client.post("/account/login/?next=/me/", {"login": person.email.title(), "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"] == "/me/"
    assert client.get("/me/").status_code == 200


def test_a_login_goes_to_no_other_site(client: Client, person: Any) -> None:
    answer = client.post("/account/login/?next=https://evil.example/", {"login": person.email, "password": PASSWORD})
    assert answer["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client: Client, person: Any) -> None:
    wrong = attempt(client, person.email, "not the password")
    unknown = attempt(client, "nobody@example.org", "not the password")
    assert wrong.status_code == unknown.status_code == 200
    assert without_tokens(wrong).replace(person.email.encode(), b"") == without_tokens(unknown).replace(
        b"nobody@example.org", b""
    )


def test_twenty_wrong_passwords_lock_and_nobody_else_notices(
    client: Client, person: Any, limits: None, reviewer: Any
) -> None:
    reviewer.set_password(PASSWORD)
    reviewer.save()
    for _ in range(20):
        attempt(client, person.email, "not the password")
    refused = attempt(client, person.email, PASSWORD)
    assert refused.status_code == 200
    assert b"Too many failed login attempts" in refused.content
    assert "_auth_user_id" not in client.session
    # a forged header is no new address, and from a new address the account is locked all the same
    assert attempt(client, person.email, PASSWORD, headers={"X-Forwarded-For": "203.0.113.1"}).status_code == 200
    assert attempt(client, person.email, PASSWORD, REMOTE_ADDR="198.51.100.1").status_code == 200
    assert attempt(client, reviewer.email, PASSWORD).status_code == 302


def test_trying_many_accounts_from_one_address_is_stopped(client: Client, person: Any, limits: None) -> None:
    for n in range(60):
        attempt(client, f"person{n}@example.org", "not the password", headers={"X-Forwarded-For": f"203.0.113.{n}"})
    answer = attempt(client, person.email, PASSWORD, headers={"X-Forwarded-For": "203.0.113.200"})
    assert answer.status_code == 429
    assert b"Too many attempts" in answer.content


def test_behind_a_proxy_of_ours_the_last_hop_counts(client: Client, person: Any, limits: None, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(60):
        attempt(client, f"p{n}@example.org", "x", headers={"X-Forwarded-For": f"10.0.0.{n}, 203.0.113.5"})
    assert attempt(client, person.email, PASSWORD, headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 429
    assert attempt(client, person.email, PASSWORD, headers={"X-Forwarded-For": "203.0.113.6"}).status_code == 302


def test_the_limits_are_kept_in_a_table_that_all_processes_share(db: None) -> None:
    cache.set("plumbline", "upright")
    assert cache.get("plumbline") == "upright"
    assert cache.add("plumbline", "again") is False


def test_nobody_signs_up_unasked(client: Client, db: None) -> None:
    for name in ("account_signup", "account_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert client.get("/account/signup/").status_code == 404
    assert b"sign up" not in client.get("/account/login/").content.lower()


def test_a_forgotten_password_is_set_anew_by_a_letter(
    client: Client, person: Any, post_office: Callable[[], list[str]]
) -> None:
    assert (
        client.post("/account/password/reset/", {"email": person.email})["Location"] == "/account/password/reset/done/"
    )
    assert client.get("/account/password/reset/done/").status_code == 200
    assert mail.outbox == []
    [link] = post_office()
    page = client.get(path_of(link), follow=True)
    assert page.status_code == 200
    fresh = {"password1": "an entirely new one 7", "password2": "an entirely new one 7"}
    answer = client.post(page.context["action_url"], fresh)
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(person.pk)
    assert b"used up" in Client().get(path_of(link), follow=True).content
    assert attempt(Client(), person.email, "an entirely new one 7").status_code == 302


def test_a_reset_for_an_unknown_address_sends_nothing_and_says_the_same(
    client: Client, person: Any, post_office: Callable[[], list[str]]
) -> None:
    answer = client.post("/account/password/reset/", {"email": "nobody@example.org"})
    assert answer["Location"] == "/account/password/reset/done/"
    assert post_office() == []


def test_a_person_without_a_password_sets_one_and_stays_signed_in(client: Client, rater: Any) -> None:
    client.force_login(rater)
    rater.set_unusable_password()
    rater.save()
    client.force_login(rater)
    assert client.get("/account/password/change/")["Location"] == "/account/password/set/"
    assert client.get("/account/password/set/").status_code == 200
    answer = client.post("/account/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/me/").status_code == 200
    assert attempt(Client(), rater.email, PASSWORD).status_code == 302


def test_changing_the_password_ends_the_other_sessions(client: Client, person: Any) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    client.force_login(person)
    new = "another long enough one 3"
    answer = client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert client.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302


def test_a_short_or_common_password_is_refused(client: Client, rater: Any) -> None:
    rater.set_unusable_password()
    rater.save()
    client.force_login(rater)
    for weak in ("short", "password1234", rater.email):
        answer = client.post("/account/password/set/", {"password1": weak, "password2": weak})
        assert answer.status_code == 200
        rater.refresh_from_db()
        assert not rater.has_usable_password()


def test_a_closed_account_does_not_sign_in(client: Client, person: Any) -> None:
    person.is_active = False
    person.save()
    answer = attempt(client, person.email, PASSWORD)
    assert answer["Location"] == "/account/inactive/"
    assert client.get("/account/inactive/").status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_out_takes_a_post(client: Client, rater: Any) -> None:
    client.force_login(rater)
    assert client.get("/account/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    client.post("/account/logout/")
    assert "_auth_user_id" not in client.session


def test_no_page_shows_a_password_back(client: Client, person: Any) -> None:
    answer = attempt(client, person.email, "a-very-telling-guess")
    assert b"a-very-telling-guess" not in answer.content
