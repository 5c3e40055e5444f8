"""What a rater said, page by page: newest first, as it was shown, with what became of it."""

import re
from typing import Any

import pytest
from django.test import Client

from annotate.models import Attempt, Slot
from annotate.selectors import said
from tests.annotate_pages.pairs import answers, campaign

URL = "/p/demo/rate/first/"


@pytest.fixture
def client(rater: Any) -> Client:
    client = Client()
    client.force_login(rater, backend="core.accounts.backend.AuthenticationBackend")
    return client


def rate(client: Client, **more: str) -> str:
    """Rate the pair that is on the page; returns its token."""
    token = re.findall(r'name="token" value="([0-9a-f-]{36})"', client.get(URL).content.decode())[0]
    assert client.post(URL, {"token": token, "seconds": "75", **answers("-2"), **more}).status_code == 302
    return token


def test_pages_follow_each_other_without_a_gap(client: Client, project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign(project, pairs=5)
    monkeypatch.setattr(said, "PAGE", 2)
    rated = [rate(client) for _ in range(5)]
    seen, url = [], f"{URL}said/"
    while url:
        page = client.get(url).content.decode()
        seen += re.findall(r"/said/([0-9a-f-]{36})/", page)
        older = re.search(r'rel="next" href="(\?after=[0-9a-f-]+)"', page)
        url = f"{URL}said/{older[1]}" if older else ""
    assert seen == rated[::-1]
    assert client.get(f"{URL}said/?after=nonsense").status_code == 404


def test_the_answers_are_those_of_the_sides_that_were_shown(client: Client, project: Any) -> None:
    campaign(project, pairs=2, overlap=2, pay="0.5")
    Slot.objects.filter(ordinal=0).update(flipped=True)
    token = rate(client, rationale="Because A <b>says</b> so.")
    page = client.get(f"{URL}said/{token}/").content.decode()
    assert re.search(r'<th scope="row">Sycophantic</th><td>no</td><td>clearly</td>', page)
    assert re.search(r'<th scope="row">Overall</th><td colspan="2">A is better</td>', page)
    assert '<q dir="auto">Because A &lt;b&gt;says&lt;/b&gt; so.</q>' in page
    panes = re.findall(r"the (?:<strong>)?(first|second)", page.split('id="said-pair"')[1])
    flipped = Attempt.objects.get().judgment.shown_first_id == Attempt.objects.get().judgment.comparison.second_id
    assert panes == (["second", "first"] if flipped else ["first", "second"])
    for words in ("kept", "1 min 15 s", "0.50 EUR"):
        assert words in page


def test_undo_is_offered_while_there_is_time_and_then_a_way_to_ask(client: Client, project: Any) -> None:
    work = campaign(project, pairs=2, pay="0.5")
    token = rate(client)
    assert "Undo" in client.get(f"{URL}said/{token}/").content.decode()
    type(work).objects.update(undo_seconds=0)
    page = client.get(f"{URL}said/{token}/").content.decode()
    assert "Undo" not in page
    assert "write to those who run the project" in page
    type(work).objects.update(undo_seconds=600)
    client.post(f"{URL}undo/", {"undo": token})
    page = client.get(f"{URL}said/{token}/").content.decode()
    assert "taken back by you; not counted, not paid" in page
    assert "0.50" not in page
    assert "Undo" not in page
