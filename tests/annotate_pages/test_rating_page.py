"""The rating page's requests and answers, with and without a script on the other side."""

import re
from typing import Any

import pytest
from django.test import Client

from annotate.models import Attempt, Draft, Slot
from core.ledger.models import Judgment
from tests.annotate_pages.pairs import answers, campaign

SCRIPT = {"hx-request": "true"}


@pytest.fixture
def work(project: Any) -> Any:
    return campaign(project, pairs=5, pay="0.5")


@pytest.fixture
def client_of(project: Any) -> Any:
    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="core.accounts.backend.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def at_work(work: Any, rater: Any, client_of: Any) -> Client:
    return client_of(rater)


URL = "/p/demo/rate/first/"


def tokens(html: str) -> list[str]:
    return re.findall(r'name="token" value="([0-9a-f-]{36})"', html)


def test_the_page_holds_the_pair_and_the_next_one_out_of_sight(at_work: Client) -> None:
    page = at_work.get(URL).content.decode()
    current, ahead = tokens(page)
    before, template = page.split('<template id="rate-ahead">')
    assert current in before
    assert ahead in template
    assert Slot.objects.filter(state="leased").count() == 2


def test_a_reload_shows_the_same_pairs_in_the_same_order(at_work: Client) -> None:
    assert tokens(at_work.get(URL).content.decode()) == tokens(at_work.get(URL).content.decode())


def test_without_a_script_a_save_leads_to_the_next_pair_with_a_trace(at_work: Client) -> None:
    current, ahead = tokens(at_work.get(URL).content.decode())
    answer = at_work.post(URL, {"token": current, **answers()})
    assert (answer.status_code, answer["Location"]) == (303 if answer.status_code == 303 else 302, URL)
    page = at_work.get(URL).content.decode()
    assert tokens(page)[0] == ahead
    assert re.search(r"Saved \d\d:\d\d\.", page)
    assert f'name="undo" value="{current}"' in page
    assert "<b>1</b> today" in page
    assert "0.50 EUR" in page


def test_with_a_script_the_answer_is_only_what_the_page_lacks(at_work: Client) -> None:
    current, ahead = tokens(at_work.get(URL).content.decode())
    answer = at_work.post(URL, {"token": current, "ahead": ahead, **answers()}, headers=SCRIPT).content.decode()
    assert "<html" not in answer
    assert f'data-current="{ahead}"' in answer
    assert 'id="rate-current"' not in answer
    (after_next,) = tokens(answer)
    assert after_next not in (current, ahead)


def test_a_script_that_does_not_show_the_current_pair_gets_it_whole(at_work: Client) -> None:
    current, ahead = tokens(at_work.get(URL).content.decode())
    answer = at_work.post(URL, {"token": current, "ahead": "", **answers()}, headers=SCRIPT).content.decode()
    assert 'id="rate-current"' in answer
    assert tokens(answer)[0] == ahead


def test_the_same_save_again_is_answered_and_changes_nothing(at_work: Client) -> None:
    current, _ = tokens(at_work.get(URL).content.decode())
    data = {"token": current, **answers()}
    at_work.post(URL, data, headers=SCRIPT)
    again = at_work.post(URL, data, headers=SCRIPT)
    assert again.status_code == 200
    assert "Saved before." in again.content.decode()
    assert Judgment.objects.count() == 1


def test_other_answers_under_the_same_lease_are_refused_in_words(at_work: Client) -> None:
    current, _ = tokens(at_work.get(URL).content.decode())
    at_work.post(URL, {"token": current, **answers("1")}, headers=SCRIPT)
    again = at_work.post(URL, {"token": current, **answers("-3")}, headers=SCRIPT)
    assert "Saved before with other answers" in again.content.decode()
    assert Judgment.objects.count() == 1


def test_what_is_missing_is_said_in_place(at_work: Client) -> None:
    current, _ = tokens(at_work.get(URL).content.decode())
    data = {"token": current, **answers()}
    del data["b.cold"]
    answer = at_work.post(URL, data, headers=SCRIPT)
    assert answer.status_code == 422
    assert 'data-for="b.cold"' in answer.content.decode()
    page = at_work.post(URL, data)
    html = page.content.decode()
    assert page.status_code == 422
    assert 'data-for="b.cold"' in html
    assert re.search(r'name="a.correct" value="yes"[^>]* checked', html.split("<template")[0])
    assert tokens(html)[0] == current
    assert Judgment.objects.count() == 0


@pytest.mark.parametrize("token", ["", "x", "01a1fb16-0000-7000-8000-000000000000"])
def test_a_token_that_is_not_mine_saves_nothing(at_work: Client, token: str) -> None:
    answer = at_work.post(URL, {"token": token, **answers()}, headers=SCRIPT)
    assert answer.status_code in (404, 409)
    assert Judgment.objects.count() == 0


def test_another_raters_token_saves_nothing(at_work: Client, make_member: Any, client_of: Any) -> None:
    other = client_of(make_member("rater", "second"))
    theirs, _ = tokens(other.get(URL).content.decode())
    answer = at_work.post(URL, {"token": theirs, **answers()}, headers=SCRIPT)
    assert answer.status_code == 409
    assert Judgment.objects.count() == 0


def test_a_draft_comes_back_and_goes_when_the_pair_is_saved(at_work: Client) -> None:
    current, _ = tokens(at_work.get(URL).content.decode())
    kept = at_work.post(URL + "draft/", {"token": current, "a.cold": "clearly", "rationale": "so"}, headers=SCRIPT)
    assert re.fullmatch(r"\d\d:\d\d", kept.json()["saved"])
    page = at_work.get(URL).content.decode()
    assert re.search(r'name="a.cold" value="clearly"[^>]* checked', page)
    assert ">so</textarea>" in page
    at_work.post(URL, {"token": current, **answers()}, headers=SCRIPT)
    assert not Draft.objects.exists()
    late = at_work.post(URL + "draft/", {"token": current, "a.cold": "no"}, headers=SCRIPT)
    assert late.json() == {"saved": ""}
    assert not Draft.objects.exists()


def test_a_draft_is_kept_as_shown_when_the_sides_change(at_work: Client) -> None:
    current, _ = tokens(at_work.get(URL).content.decode())
    at_work.post(URL + "draft/", {"token": current, "a.cold": "clearly", "overall": "-2"}, headers=SCRIPT)
    slot = Slot.objects.get(lease_token=current)
    Slot.objects.filter(pk=slot.pk).update(flipped=not slot.flipped)
    page = at_work.get(URL).content.decode()
    assert re.search(r'name="b.cold" value="clearly"[^>]* checked', page)
    assert re.search(r'name="overall" value="2"[^>]* checked', page)


def test_the_heartbeat_says_what_is_still_held(at_work: Client) -> None:
    current, ahead = tokens(at_work.get(URL).content.decode())
    answer = at_work.post(URL + "beat/", {"token": [current, "nonsense", ahead]}, headers=SCRIPT)
    assert answer.json() == {"held": [current, ahead]}


def test_skip_gives_the_pair_back_with_a_reason(at_work: Client) -> None:
    current, ahead = tokens(at_work.get(URL).content.decode())
    answer = at_work.post(URL + "skip/", {"token": current, "ahead": ahead, "reason": "language"}, headers=SCRIPT)
    assert f'data-current="{ahead}"' in answer.content.decode()
    assert Attempt.objects.get(outcome="skipped").reason == "language"


def test_undo_brings_the_same_pair_again(at_work: Client) -> None:
    current, ahead = tokens(at_work.get(URL).content.decode())
    at_work.post(URL, {"token": current, "ahead": ahead, **answers("-2")}, headers=SCRIPT)
    answer = at_work.post(URL + "undo/", {"undo": current}, headers=SCRIPT).content.decode()
    assert "Taken back" in answer
    again, behind = tokens(answer)
    assert behind == ahead
    assert re.search(r'name="overall" value="-2"[^>]* checked', answer)
    assert at_work.post(URL + "undo/", {"undo": "x"}, headers=SCRIPT).status_code == 404


def test_one_cannot_undo_for_another(at_work: Client, make_member: Any, client_of: Any) -> None:
    current, _ = tokens(at_work.get(URL).content.decode())
    at_work.post(URL, {"token": current, **answers()}, headers=SCRIPT)
    other = client_of(make_member("rater", "second"))
    assert other.post(URL + "undo/", {"undo": current}, headers=SCRIPT).status_code == 404


def test_a_rater_sees_why_there_is_nothing(project: Any, rater: Any, make_member: Any, client_of: Any) -> None:
    campaign(project, name="small", pairs=1)
    holder = client_of(make_member("rater", "holder"))
    holder.get("/p/demo/rate/small/")
    page = client_of(rater).get("/p/demo/rate/small/").content.decode()
    assert re.search(r"1 pair is with other raters until \d\d:\d\d\.", page)
    assert tokens(page) == []


@pytest.mark.parametrize("state", ["paused", "closed"])
def test_a_campaign_that_stopped_says_so(project: Any, rater: Any, client_of: Any, state: str) -> None:
    work = campaign(project, name="stopped")
    type(work).objects.filter(pk=work.pk).update(state=state)
    assert state.title() in client_of(rater).get("/p/demo/rate/stopped/").content.decode()


PLACES = ["", "beat/", "draft/", "skip/", "undo/", "guideline/"]


@pytest.mark.parametrize("place", PLACES)
def test_a_campaign_does_not_exist_for_those_who_may_not_rate_it(
    work: Any, ml_lead: Any, stranger: Any, client_of: Any, place: str
) -> None:
    for user in (ml_lead, stranger):
        client = client_of(user)
        assert client.get(URL + place).status_code in (404, 405)
        assert client.post(URL + place, {"token": "x"}).status_code in (404, 405)


@pytest.mark.parametrize("place", PLACES)
def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(work: Any, place: str) -> None:
    method = Client().get if place in ("", "guideline/") else Client().post
    answer = method(URL + place, headers={**SCRIPT, "hx-current-url": f"http://testserver{URL}"})
    assert answer["HX-Redirect"].endswith(f"/account/login/?next={URL}")


def test_a_draft_campaign_does_not_exist_for_raters(project: Any, rater: Any, client_of: Any) -> None:
    campaign(project, name="not-yet", state="draft")
    assert client_of(rater).get("/p/demo/rate/not-yet/").status_code == 404


def test_the_first_page_leads_on_and_tells_of_the_week_and_the_guideline(at_work: Client, work: Any) -> None:
    from annotate.campaigns import change_campaign

    page = at_work.get("/p/demo/rate/").content.decode()
    assert "Begin" in page
    current, _ = tokens(at_work.get(URL).content.decode())
    at_work.post(URL, {"token": current, **answers()}, headers=SCRIPT)
    change_campaign(campaign=work, who=None, guideline="Another.")
    page = at_work.get("/p/demo/rate/").content.decode()
    assert "Continue" in page
    assert "1 saved in seven days, 0.50 EUR." in page
    assert "It is now version 2; you last worked with version 1." in page


def test_a_single_response_is_shown_in_one_pane(project: Any, rater: Any, client_of: Any) -> None:
    from annotate.planning import Planned, add_tasks
    from core.catalog.models import Response
    from core.ledger.models import Signal

    campaign(project, name="source", pairs=1)
    alone = campaign(project, name="alone", pairs=0)
    add_tasks(campaign=alone, planned=[Planned(response=Response.objects.first().pk)])
    client = client_of(rater)
    page = client.get("/p/demo/rate/alone/").content.decode()
    assert 'id="pane-b"' not in page
    assert 'name="overall"' not in page
    (token,) = tokens(page)
    data = {"token": token, "a.correct": "yes", "a.sycophantic": "no", "a.cold": "no"}
    assert client.post("/p/demo/rate/alone/", data, headers=SCRIPT).status_code == 200
    assert set(Signal.objects.values_list("question", "response_slot")) == {
        ("correct", 0),
        ("sycophantic", 0),
        ("cold", 0),
    }


def test_an_answer_to_a_save_asks_the_database_little(at_work: Client, django_assert_max_num_queries: Any) -> None:
    page = at_work.get(URL).content.decode()
    for _ in range(2):
        current, ahead = tokens(page)
        page = at_work.post(URL, {"token": current, **answers()}, headers=SCRIPT).content.decode()
    current, ahead = tokens(page)
    with django_assert_max_num_queries(16):
        at_work.post(URL, {"token": current, "ahead": ahead, **answers()}, headers=SCRIPT)


def test_nothing_of_a_pair_is_cached(at_work: Client) -> None:
    answer = at_work.get(URL)
    assert "no-store" in answer["Cache-Control"]
    assert not answer.has_header("ETag")
    assert not answer.has_header("Last-Modified")


def test_the_forms_carry_the_token_that_the_server_asks_for(work: Any, rater: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(rater, backend="core.accounts.backend.AuthenticationBackend")
    page = client.get(URL).content.decode()
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    data = {"token": tokens(page)[0], **answers()}
    assert client.post(URL, data).status_code == 403
    assert client.post(URL, {**data, "csrfmiddlewaretoken": secret}, headers=SCRIPT).status_code == 200
