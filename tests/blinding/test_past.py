"""Looking back tells a rater what they did, and nothing of what others did or what would have been right."""

import re
from typing import Any

import pytest
from django.test import Client

from annotate.models import Attempt, GoldAnswer, Task
from annotate.planning import Planned, add_tasks
from core.ledger import recording
from core.ledger.models import Judgment
from tests.annotate_pages.pairs import answers, bundle, campaign, comparison
from tests.blinding.conftest import sent
from tests.blinding.test_exchanged import steady

URL = "/p/demo/rate/past/"
SCRIPT = {"hx-request": "true"}


@pytest.fixture
def work(project: Any) -> Any:
    """A campaign of two pairs that are equal but for a number; the second has a known answer."""
    made = campaign(project, "past", pairs=0, overlap=3)
    by = bundle(project, "x"), bundle(project, "y")
    for n, kind in enumerate((Task.Kind.WORK, Task.Kind.GOLD)):
        one = comparison(project, f"Question {n}?", (f"First {n}.", f"Second {n}."), by)
        add_tasks(campaign=made, planned=[Planned(comparison=one.pk, kind=kind)])
        Task.objects.filter(comparison=one).update(flip=False)
        if kind == Task.Kind.GOLD:
            GoldAnswer.objects.create(project=project, comparison=one, answers={"overall": -3})
    from annotate.models import Slot

    Slot.objects.update(flipped=False)
    return made


def rate_all(client: Client) -> None:
    while found := re.findall(r'name="token" value="([0-9a-f-]{36})"', client.get(URL).content.decode()):
        client.post(URL, {"token": found[0], "seconds": "12", **answers()}, headers=SCRIPT)


def past(client: Client) -> dict[str, str]:
    """The page of each judgment and its line in the list, by the number of its question, without what differs."""
    listed = sent(client.get(f"{URL}said/"))
    lines = re.findall(r"<li.*?</li>", listed, re.DOTALL)
    found = {}
    for token in re.findall(r"/said/([0-9a-f-]{36})/", listed):
        page = sent(client.get(f"{URL}said/{token}/"))
        number = re.search(r"question (\d)\?", page)[1]  # type: ignore[index]
        line = next(line for line in lines if token in line)
        found[number] = re.sub(r"(question|first|second) \d", r"\1 N", steady(page + line))
    return found


def test_a_pair_with_a_known_answer_looks_like_any_other(client: Client, work: Any) -> None:
    rate_all(client)
    pages = past(client)
    assert len(pages) == 2
    assert pages["0"] == pages["1"]


@pytest.mark.parametrize("standing", ["quarantined", "overruled", "counted"])
def test_what_a_reviewer_rules_does_not_show(client: Client, work: Any, standing: str) -> None:
    rate_all(client)
    before = past(client)
    for judgment in Judgment.objects.all():
        recording.rule(judgment=judgment.pk, standing=standing, reason="looked at")
    assert past(client) == before


def test_what_others_say_does_not_show(client: Client, work: Any, make_member: Any) -> None:
    rate_all(client)
    before = past(client)
    other = Client()
    other.force_login(make_member("rater", "other"), backend="core.accounts.backend.AuthenticationBackend")
    rate_all(other)
    assert past(client) == before


def test_only_ones_own_judgments_can_be_read(client: Client, work: Any, make_member: Any) -> None:
    other = Client()
    other.force_login(make_member("rater", "other"), backend="core.accounts.backend.AuthenticationBackend")
    rate_all(other)
    token = Attempt.objects.filter(outcome="submitted").first().lease_token  # type: ignore[union-attr]
    assert other.get(f"{URL}said/{token}/").status_code == 200
    assert client.get(f"{URL}said/{token}/").status_code == 404
    assert client.get(f"{URL}said/?after={token}").status_code == 404
    assert "Nothing yet" in client.get(f"{URL}said/").content.decode()
