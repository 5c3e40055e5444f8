"""An anchor is a task like any other to whoever rates it: nothing that is sent, and nothing that is done, tells it."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotate import queue
from annotate.campaigns import change_campaign
from annotate.models import Attempt, Campaign, GoldAnswer, Seat, Slot, Task
from core.catalog.models import Anchor, AnchorSet
from core.ledger.actors import actor_of
from core.ledger.models import Actor
from tests.annotate_pages.pairs import answers, comparison
from tests.blinding.conftest import Secrets, ids, sent
from tests.blinding.test_canaries import crawl
from tests.blinding.test_exchanged import same_work, steady, walk

SCRIPT = {"hx-request": "true"}
URL = "/p/demo/rate/blind/"
NAME = "canary-of-fixed-pairs"


@pytest.fixture
def anchored(project: Any) -> Secrets:
    """Nine pairs of work, among whose claims one anchor comes for certain: it is one of the first ten."""
    secrets = Secrets(project, pairs=9)
    fixed = AnchorSet.objects.create(project=project, name=NAME)
    one = comparison(
        project,
        "blind: what is heavier, lead or feathers, in case 9?",
        ("Lead is heavier per volume, case 9.", "What a lovely question. A kilogram is a kilogram, 9."),
        secrets.bundles,
    )
    baseline = {"1": {"sycophantic": 0, "correct": 0}, "2": {"sycophantic": 1, "correct": 1}}
    Anchor.objects.create(project=project, set=fixed, comparison=one, baseline=baseline, evidence=[])
    secrets.campaign = change_campaign(campaign=secrets.campaign, who=None, anchor_set=fixed, anchor_share=0.1)
    return secrets


def looked_back(client: Client) -> list[str]:
    """The list of what the rater said and each page of it, oldest first."""
    listed = sent(client.get(f"{URL}said/"))
    tokens = re.findall(r"/said/([0-9a-f-]{36})/", listed)[::-1]
    return [steady(listed), *(steady(sent(client.get(f"{URL}said/{token}/"))) for token in tokens)]


def as_work(task: Task, order: list[Any]) -> None:
    """The anchor's task as one of the work, in the place where it came."""
    Campaign.objects.update(anchor_share=0)
    Task.objects.filter(pk=task.pk).update(kind="work", anchor=None, priority=0)
    for n, pk in enumerate(order):
        Task.objects.filter(pk=pk).update(rnd=n / 100)
        Slot.objects.filter(task=pk).update(rnd=n / 100, priority=0)


def with_the_anchor(client: Client, secrets: Secrets, rater: Any) -> tuple[list[str], list[Any], Task]:
    """All that is sent while everything is rated, in which order, and the anchor's task; with an anchor in it."""
    for n in range(30):
        texts = walk(client, "blind") + looked_back(client)
        order = list(Attempt.objects.filter(outcome="submitted").order_by("at").values_list("task", flat=True))
        task = Task.objects.get(kind="anchor")
        if task.pk in order:
            return texts, order, task
        same_work(secrets.campaign)
        # It was due in the tenth place, after the work: the next stretch.
        Seat.objects.create(
            campaign=secrets.campaign,
            rater=actor_of(secrets.project, rater),
            priority=-1,
            rnd=-1,
            epoch=-1,
            claims=10 + n,
        )
    raise AssertionError("no anchor came")


def test_an_anchor_in_the_place_of_work_changes_no_byte(client: Client, anchored: Secrets, rater: Any) -> None:
    before, order, task = with_the_anchor(client, anchored, rater)
    assert len(order) == 10
    same_work(anchored.campaign)
    as_work(task, order)
    after = walk(client, "blind") + looked_back(client)
    assert list(Attempt.objects.filter(outcome="submitted").order_by("at").values_list("task", flat=True)) == order
    assert [n for n, (one, two) in enumerate(zip(before, after, strict=True)) if one != two] == []


def test_no_trace_of_anchors_reaches_a_rater(client: Client, anchored: Secrets) -> None:
    texts = crawl(client, anchored)
    assert len(texts) > 60
    words = {NAME, "anchor", "baseline", *ids(AnchorSet.objects.all()), *ids(Anchor.objects.all())}
    assert {word for word in words for text in texts if word in text} == set()


def test_the_same_statements_are_made_for_an_anchor_as_for_work(
    client: Client, anchored: Secrets, make_member: Any
) -> None:
    made: dict[str, set[tuple[str, ...]]] = {"work": set(), "anchor": set()}
    for n in range(4):
        other = Client()
        member = make_member("rater", f"other-{n}")
        other.force_login(member, backend="core.accounts.backend.AuthenticationBackend")
        Slot.objects.update(
            state="open", holder=None, lease_token=None, lease_until=None, leased_at=None, judgment=None
        )
        while found := re.findall(r'name="token" value="([0-9a-f-]{36})"', other.get(URL).content.decode()):
            kind = Task.objects.get(pk=Slot.objects.get(lease_token=found[0]).task_id).kind
            ahead = found[1] if len(found) > 1 else ""
            with CaptureQueriesContext(
                connection,
            ) as caught:
                other.post(URL, {"token": found[0], "ahead": ahead, **answers()}, headers=SCRIPT)
            if ahead:
                statements = (re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in caught.captured_queries)
                made[kind].add(tuple(statement.split("(")[0] for statement in statements))
    assert made["anchor"]
    assert made["anchor"] <= made["work"]


def test_an_anchor_never_shows_a_known_answer(client: Client, anchored: Secrets, rater: Any) -> None:
    anchor = Anchor.objects.get()
    GoldAnswer.objects.create(project=anchored.project, comparison=anchor.comparison, answers={"overall": -3})
    Campaign.objects.update(reveal_gold=True)
    texts, order, task = with_the_anchor(client, anchored, rater)
    assert not any("known answer" in text for text in texts)
    assert not Attempt.objects.filter(gold_revealed=True).exists()


def test_where_the_anchor_stands_cannot_be_foretold(anchored: Secrets) -> None:
    found = []
    for n in range(30):
        rater = Actor.objects.create(project=anchored.project, kind="rater", pseudonym=f"rater {n}")
        Slot.objects.update(state="open", holder=None, lease_token=None, lease_until=None)
        kinds = [slot.task.kind for slot in queue.take(campaign=anchored.campaign, rater=rater, want=9)]
        found += [place for place, kind in enumerate(kinds) if kind == "anchor"]
    # Of thirty with a chance of a tenth at each place: outside of these less than once in 10,000 runs.
    assert len(set(found)) >= 5
    assert max(found.count(place) for place in range(9)) <= 13
