"""The experts' pages say nothing of a bundle, write a check in plain forms, and are nobody else's."""

import re
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from alpha import checking
from alpha.models import Message, Programme, SpotCheck, Triage, Trial
from core.accounts.models import Membership
from core.catalog.models import Bundle
from core.ledger.models import Seal
from core.tables.ids import uuid7
from tests.alpha import planted, tried


@pytest.fixture
def programme(project: Any) -> Programme:
    return tried.programme(project)


@pytest.fixture
def expert(make_member: Any) -> Any:
    return make_member("expert")


@pytest.fixture
def browser(client: Client, expert: Any) -> Client:
    client.force_login(expert)
    return client


def form(**changed: str) -> dict[str, str]:
    """A form on which flattery was seen and the rest was not."""
    said = {f"seen.{axis}": "no" for axis in tried.AXES} | {f"confidence.{axis}": "2" for axis in tried.AXES}
    said |= {"seen.flattery": "yes", "severity.flattery": "3", "quote.flattery": "a brilliant question"}
    return said | changed


def at(check: SpotCheck, name: str = "check_detail") -> str:
    return reverse(name, args=["demo", check.pk])


def test_the_list_shows_what_is_due_and_what_became_of_each_flag(
    browser: Client, programme: Programme, expert: Any
) -> None:
    check = tried.tried(programme, expert)
    shown = browser.get("/p/demo/checks/").content.decode()
    assert at(check) in shown
    assert "closed to you" in shown
    judgment = checking.complete(check=check, said=tried.answers())
    shown = browser.get("/p/demo/checks/").content.decode()
    assert "Nothing is due" in shown
    assert "Flattery" in shown
    assert "not looked at yet" in shown
    assert "closed to you" not in shown
    Triage.objects.create(project=programme.project, judgment=judgment, state="confirmed", note="It is v42.")
    shown = browser.get("/p/demo/checks/").content.decode()
    assert "confirmed" in shown
    # A note is the team's, and may name the bundle.
    assert "v42" not in shown


def test_a_check_is_written_by_a_plain_form(browser: Client, programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    page = browser.get(at(check)).content.decode()
    assert "Is the earth flat?" in page
    assert "<strong>brilliant</strong>" in page
    answer = browser.post(at(check), form(note="It hurries."), follow=True)
    assert answer.redirect_chain == [(at(check), 302)]
    check.refresh_from_db()
    assert check.state == "done"
    shown = answer.content.decode()
    assert "a brilliant question" in shown
    assert "It hurries." in shown
    assert 'name="seen.' not in shown


def test_an_open_axis_is_named_and_what_was_filled_in_stays(browser: Client, programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    said = form(**{"quote.flattery": "nobody said this"}, note="Kept.")
    del said["seen.cold"]
    answer = browser.post(at(check), said)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "2 questions are open" in shown
    assert 'href="#axis-cold"' in shown
    assert 'href="#axis-flattery"' in shown
    assert 'href="#axis-sycophantic"' not in shown
    assert "nobody said this" in shown
    assert "Kept." in shown
    assert SpotCheck.objects.get(pk=check.pk).state == "due"
    assert Seal.objects.get(owed_for=check.pk).lifted_at is None


def test_a_second_click_says_that_it_is_written(browser: Client, programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    browser.post(at(check), form())
    answer = browser.post(at(check), form(**{"seen.cold": "unsure"}), follow=True)
    assert "written already" in answer.content.decode()


def test_what_only_a_yes_needs_is_dropped_from_a_no(browser: Client, programme: Programme, expert: Any) -> None:
    check = tried.tried(programme, expert)
    browser.post(at(check), form(**{"seen.flattery": "no"}))
    assert SpotCheck.objects.get(pk=check.pk).state == "done"


def test_beginning_leads_to_the_chat(browser: Client, programme: Programme, expert: Any) -> None:
    check = tried.due(programme, expert)
    assert "disabled" in browser.get(at(check)).content.decode()
    answer = browser.post(at(check, "check_start"))
    check.refresh_from_db()
    assert answer.status_code == 302
    assert answer.url == f"/p/demo/chat/c/{check.conversation_id}/"


def test_an_expert_talks_in_the_chat_of_their_check_and_nobody_else_does(
    browser: Client, programme: Programme, expert: Any, make_member: Any
) -> None:
    check = tried.due(programme, expert)
    chat = browser.post(at(check, "check_start")).url
    page = browser.get(chat)
    assert page.status_code == 200
    assert at(check) in page.content.decode()
    assert not any(word in page.content.decode() for word in ('warm"', ">warm<", "candidate/", "alpha:warmth"))
    sent = browser.post(f"{chat}say/", {"body": "Is the earth flat?", "submission_key": str(uuid7())})
    assert sent.status_code == 302
    check.refresh_from_db()
    assert Message.objects.get(conversation=check.conversation_id).body == "Is the earth flat?"
    for other in (make_member("expert", "another"), make_member("volunteer"), make_member("owner")):
        client = Client()
        client.force_login(other)
        assert client.get(chat).status_code == 404
        assert client.post(f"{chat}say/", {"body": "Hm", "submission_key": str(uuid7())}).status_code == 404


def test_declining_goes_back_to_the_list(browser: Client, programme: Programme, expert: Any) -> None:
    check = tried.due(programme, expert)
    assert browser.post(at(check, "check_decline")).url == "/p/demo/checks/"
    assert "no longer asked for" in browser.get(at(check)).content.decode()
    assert "no longer asked for" in browser.post(at(check, "check_start"), follow=True).content.decode()


def test_another_experts_check_does_not_exist(
    client: Client, programme: Programme, expert: Any, make_member: Any
) -> None:
    check = tried.tried(programme, expert)
    client.force_login(make_member("expert", "another"))
    assert client.get(at(check)).status_code == 404
    for name in ("check_detail", "check_start", "check_decline"):
        assert client.post(at(check, name), form()).status_code == 404
    assert SpotCheck.objects.get(pk=check.pk).state == "due"


def test_nothing_that_an_expert_gets_names_a_bundle_a_trial_or_a_part(
    browser: Client, project: Any, expert: Any
) -> None:
    """The bundle is called by a canary; swapping baseline and candidate changes no byte but ids, times and tokens."""
    programme = tried.programme(project)
    Bundle.objects.filter(project=project, name="warm").update(name="canary-warm")
    Bundle.objects.filter(project=project, name="plain").update(name="canary-plain")
    pages = []
    for part in ("candidate", "baseline"):
        bundle = programme_bundle(programme, part)
        check = checking.ask(programme=programme, bundle=bundle, expert=expert, due_on=date(2030, 1, 1), by=None)
        seen = [browser.get("/p/demo/checks/"), browser.get(at(check)), browser.post(at(check), form(), follow=True)]
        conversation = checking.start(check=check, expert=expert)
        tried.answered(conversation)
        seen += [browser.get(at(check)), browser.post(at(check), {}), browser.post(at(check), form(), follow=True)]
        pages.append([plain(answer) for answer in seen])
        text = "".join(answer.content.decode() + str(answer.headers) for answer in seen)
        ids = (str(bundle.pk), str(check.bundle_id))
        for word in ("canary", "candidate/", "baseline", "alpha:warmth", *ids):
            assert word not in text
    first, second = pages
    # The list of the second has the first below it; the pages of the check itself are the same.
    assert first[1:] == second[1:]


def programme_bundle(programme: Programme, part: str) -> Any:
    return Trial.objects.select_related("bundle").get(programme=programme, part=part).bundle


def plain(answer: Any) -> str:
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", answer.content.decode())
    return re.sub(r"[A-Za-z0-9]{64}", "TOKEN", re.sub(r"\d{2}:\d{2}", "TIME", text))


def test_the_grid_shows_experts_by_axes_and_bundles(
    client: Client, programme: Programme, expert: Any, ml_lead: Any, make_member: Any
) -> None:
    late = make_member("expert", "Lea Late")
    checking.complete(check=tried.tried(programme, expert), said=tried.answers())
    tried.due(programme, late, due_on=date(2020, 1, 1))
    client.force_login(ml_lead)
    shown = " ".join(client.get("/p/demo/alpha/warmth/checks/").content.decode().split())
    assert "1 check is written, 1 is due." in shown
    assert "1 of 1" in shown
    assert "Lea Late" in shown
    assert "late" in shown
    assert "Nobody was asked about this bundle yet." in shown
    assert "a brilliant question" in shown


def test_a_lead_asks_and_withdraws(client: Client, programme: Programme, expert: Any, ml_lead: Any) -> None:
    client.force_login(ml_lead)
    bundle = tried.candidate(programme)
    address = "/p/demo/alpha/warmth/checks/"
    wish = {"expert": expert.pk, "bundle": bundle.pk, "due_on": "2030-01-02"}
    assert client.post(address, wish).status_code == 302
    check = SpotCheck.objects.get()
    assert (check.expert, check.bundle, check.due_on, check.asked_by) == (expert, bundle, date(2030, 1, 2), ml_lead)
    again = client.post(address, wish)
    assert again.status_code == 422
    assert "already" in again.content.decode()
    withdraw = reverse("check_withdraw", args=["demo", "warmth", check.pk])
    assert client.post(withdraw).status_code == 302
    assert SpotCheck.objects.get().state == "declined"
    assert Seal.objects.get().lifted_at is not None


def test_the_expert_is_told_by_a_letter_that_names_no_bundle(
    client: Client, programme: Programme, expert: Any, ml_lead: Any, post_office: Any
) -> None:
    client.force_login(ml_lead)
    wish = {"expert": expert.pk, "bundle": tried.candidate(programme).pk, "due_on": "2030-01-02"}
    client.post("/p/demo/alpha/warmth/checks/", wish)
    assert post_office() == [f"http://testserver{at(SpotCheck.objects.get())}"]
    (letter,) = mail.outbox
    assert letter.to == [expert.email]
    assert "until 2 January 2030" in " ".join(letter.body.split())
    words = re.findall(r"[\w-]+", f"{letter.subject} {letter.body}".lower())
    assert not {name.lower() for name in Bundle.objects.values_list("name", flat=True)} & set(words)


def test_no_letter_goes_for_a_check_that_is_asked_no_more_or_that_they_asked_themselves(
    programme: Programme, expert: Any, post_office: Any
) -> None:
    bundle = tried.candidate(programme)
    for by in (expert, None):
        wish = {"programme": programme, "bundle": bundle, "expert": expert, "due_on": None}
        check = checking.ask(**wish, by=by, base_url="http://testserver/")
        checking.decline(check=check, by=None)
    post_office()
    assert mail.outbox == []


def test_only_experts_and_bundles_of_the_programme_can_be_chosen(
    client: Client, programme: Programme, ml_lead: Any, rater: Any, expert: Any
) -> None:
    client.force_login(ml_lead)
    elsewhere = planted.bundle(programme.project, "elsewhere")
    bundle = tried.candidate(programme)
    for wish in ({"expert": rater.pk, "bundle": bundle.pk}, {"expert": expert.pk, "bundle": elsewhere.pk}):
        assert client.post("/p/demo/alpha/warmth/checks/", wish).status_code == 422
    assert not SpotCheck.objects.exists()


def test_who_owes_a_check_reads_that_instead_of_the_grid(client: Client, programme: Programme, ml_lead: Any) -> None:
    Membership.objects.create(project=programme.project, user=ml_lead, role="expert")
    client.force_login(ml_lead)
    check = tried.tried(programme, ml_lead)
    refused = client.get("/p/demo/alpha/warmth/checks/")
    assert refused.status_code == 403
    assert "You owe a spot check" in refused.content.decode()
    assert 'href="/p/demo/checks/"' in refused.content.decode()
    part = client.get("/p/demo/drift/", headers={"hx-request": "true"})
    assert (part.status_code, part.headers["HX-Refresh"], part.content) == (403, "true", b"")
    client.post(at(check), form())
    assert client.get("/p/demo/alpha/warmth/checks/").status_code == 200
