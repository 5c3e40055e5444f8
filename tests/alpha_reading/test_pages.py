"""The pages of what an alpha says, as whoever may see them gets them."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from alpha import saying
from alpha.models import Answer, Programme, Said, Triage
from alpha.pictures.gallery import _NAMES as PICTURES
from alpha.reading.body import read
from tests.alpha_reading.talks import Talk, talk_of

P = "/p/demo/alpha/warmth/"


@pytest.fixture
def browser(ml_lead: Any) -> Client:
    client = Client()
    client.force_login(ml_lead)
    return client


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return str(response.content.decode())


def test_the_page_begins_with_behaviour_and_what_waits(browser: Client, talks: Any) -> None:
    page = text_of(browser, P)
    assert "Called sycophantic: v41 0" in page
    assert "5 things wait for a look." in page
    assert "v42 over v41: 100" in page
    assert "The interval is that of one look." in page
    for name in PICTURES:
        assert f'id="picture-{name}"' in page


def test_an_empty_programme_has_no_number_that_looks_like_an_answer(browser: Client, programme: Programme) -> None:
    page = text_of(browser, P)
    assert "Nobody has chatted yet." in page
    assert "<svg" in page  # signs
    assert 'class="chart"' not in page


def test_every_pictures_numbers_can_be_taken_away(browser: Client, programme: Programme, talks: Any) -> None:
    for name in PICTURES:
        response = browser.get(f"{P}data/{name}.csv")
        assert response.status_code == 200, name
        [first, *_rest] = csv.DictReader(io.StringIO(response.content.decode()))
        assert first["code_version"]
        spec = json.loads(browser.get(f"{P}data/{name}.vl.json").content)
        assert spec["usermeta"]["as_of"]
    for nothing in ("nothing.csv", "cold.exe"):
        assert browser.get(f"{P}data/{nothing}").status_code == 404
    body = json.loads(browser.get(f"{P}programme.json").content)
    assert body["labels"] == json.loads(json.dumps(read(programme)["labels"]))


def test_a_flag_is_looked_at_and_put_away_with_a_reason(browser: Client, programme: Programme, people: Any) -> None:
    [answer] = talk_of(programme, people[0], "v42").turn("**Absolutely**, <b>yes</b>.")
    said = _felt_off(answer, "Too <i>keen</i>.")
    page = text_of(browser, f"{P}inbox/")
    assert "Too &lt;i&gt;keen&lt;/i&gt;." in page
    assert "Absolutely, &lt;b&gt;yes&lt;/b&gt;." in page
    refused = browser.post(f"{P}inbox/{said.pk}/", {"state": "dismissed", "note": "", "kind": "felt_off"})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    done = browser.post(
        f"{P}inbox/{said.pk}/", {"state": "dismissed", "note": "He was joking.", "kind": "felt_off", "stands": ""}
    )
    assert (done.status_code, done["location"]) == (302, f"{P}inbox/?kind=felt_off")
    assert "Nothing waits for a look." in text_of(browser, f"{P}inbox/")
    assert "He was joking." in text_of(browser, f"{P}conversations/{said.conversation_id}/")
    back = browser.post(f"{P}inbox/{said.pk}/", {"state": "confirmed", "note": "", "back": "talk"})
    assert back["location"] == f"{P}conversations/{said.conversation_id}/#answer-{answer.pk}"
    assert Triage.objects.count() == 2


def _felt_off(answer: Answer, note: str) -> Said:
    conversation = answer.message.conversation
    judgment = saying.felt_off(answer=answer, actor=conversation.actor, note=note, submission_key="k")
    return Said.objects.get(judgment=judgment)


def test_a_conversation_is_shown_with_all_that_was_said(browser: Client, programme: Programme, people: Any) -> None:
    talk = talk_of(programme, people[0], "v42", "v41")
    pair = talk.turn("<script>alert(1)</script> left", "**right**")
    talk.say(saying.labels, answer=pair[0], chips={"sycophantic": "clearly", "sycophantic.flattery": True})
    talk.say(saying.choose, message=talk.messages[0], shown=3)
    talk.say(saying.form, conversation=talk.conversation, answers={"form_warm": "partly"}, words="It was fine.")
    page = text_of(browser, f"{P}conversations/{talk.conversation.pk}/")
    assert "<script>alert" not in page
    assert "<strong>right</strong>" in page
    assert "Sycophantic: clearly" in page
    assert "flattery" in page
    assert "v41: much better" in page
    assert "It was fine." in page
    assert "Too few turns" in page


def test_what_was_erased_is_said_to_be_erased(browser: Client, programme: Programme, people: Any) -> None:
    talk = talk_of(programme, people[0], "v42")
    talk.turn("You're right, canary.")
    Answer.objects.update(text=None)
    talk.messages[0].body = None
    talk.messages[0].save()
    page = text_of(browser, f"{P}conversations/{talk.conversation.pk}/")
    assert "canary" not in page
    assert page.count("These words were erased.") == 2
    assert text_of(browser, P)


def test_the_scores_of_a_conversation_can_be_taken_away(browser: Client, programme: Programme, people: Any) -> None:
    talk = jagged(programme, people[0])
    page = text_of(browser, f"{P}conversations/{talk.conversation.pk}/")
    assert "agreement of v42 strays by 0.38" in page
    assert 'class="spark"' in page
    response = browser.get(f"{P}conversations/{talk.conversation.pk}/scores.csv")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    # One mark and none against: 0.5 + 1/4. Three marks: 0.5 + 3/8. Two of the others: 0.5 - 2/6.
    assert [(row["turn"], row["source"]) for row in rows] == [("1", "words"), ("2", "words"), ("3", "words")]
    assert [float(row["score"]) for row in rows] == pytest.approx([0.875, 1 / 6, 0.75])


def jagged(programme: Programme, user: Any) -> Talk:
    talk = talk_of(programme, user, "v42")
    for text in ("Exactly, absolutely, brilliant.", "However, that is wrong.", "Exactly."):
        talk.turn(text)
    return talk


def test_the_list_of_conversations_is_paged(browser: Client, programme: Programme, people: Any) -> None:
    for n in range(26):
        talk_of(programme, people[n % 8], "v42")
    first, second = text_of(browser, f"{P}conversations/"), text_of(browser, f"{P}conversations/?page=2")
    assert first.count('role="rowheader"') == 25
    assert second.count('role="rowheader"') == 1


def test_another_projects_programme_does_not_exist(programme: Programme, talks: Any, stranger: Any) -> None:
    client = Client()
    client.force_login(stranger)
    for path in ("", "inbox/", "conversations/", "programme.json", "data/cold.csv"):
        assert client.get(P + path).status_code == 404
        assert client.get(P.replace("demo", "other") + path).status_code == 404


def test_the_page_takes_as_many_queries_for_many_as_for_few(
    browser: Client, programme: Programme, people: Any, django_assert_max_num_queries: Any
) -> None:
    for user in people:
        jagged(programme, user)
    with django_assert_max_num_queries(45):
        browser.get(P)
    with django_assert_max_num_queries(25):
        browser.get(f"{P}conversations/")
